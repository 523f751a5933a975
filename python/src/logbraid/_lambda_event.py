"""What the events of AWS Lambda bring: HTTP requests (API Gateway, function URLs, ALB), SQS and SNS messages."""

from __future__ import annotations

import json
from typing import Any

from ._ids import of_xray, usable_uid
from ._propagation import read_mapping
from ._transaction import NOTHING, Incoming


def incoming_of_event(event: Any) -> Incoming:
    """Return what an event brings. A batch of several messages brings nothing: each is a transaction of its own."""
    if not isinstance(event, dict):
        return NOTHING
    records = event.get("Records")
    if isinstance(records, list):
        return incoming_of_message(records[0]) if len(records) == 1 else NOTHING
    if isinstance(event.get("headers"), dict) or isinstance(event.get("multiValueHeaders"), dict):
        return _of_request(event)
    return NOTHING


def incoming_of_message(record: Any) -> Incoming:
    """Return what a message from SQS or SNS brings, also one from SNS that came through SQS."""
    if not isinstance(record, dict):
        return NOTHING
    sns = record.get("Sns")
    if isinstance(sns, dict):
        return _of_attributes(sns.get("MessageAttributes"), "Value")
    incoming = _of_attributes(record.get("messageAttributes"), "stringValue")
    if incoming.uid is None:
        incoming = _of_attributes(_notification(record.get("body")).get("MessageAttributes"), "Value")
    if incoming.uid is None:
        system = record.get("attributes")
        root = of_xray(_text(system.get("AWSTraceHeader"))) if isinstance(system, dict) else None
        incoming = incoming.with_uid(root)
    return incoming


def _of_request(event: dict[str, Any]) -> Incoming:
    # Of a header with several values, the first counts, as elsewhere.
    several = event.get("multiValueHeaders")
    found = several.items() if isinstance(several, dict) else ()
    first = {name: values[0] for name, values in found if isinstance(values, list) and values}
    incoming = read_mapping({**first, **(event.get("headers") or {})})
    if incoming.uid is None:
        request = event.get("requestContext")
        uid = usable_uid(request.get("requestId")) if isinstance(request, dict) else None
        incoming = incoming.with_uid(uid)
    return incoming


def _of_attributes(attributes: Any, key: str) -> Incoming:
    if not isinstance(attributes, dict):
        return NOTHING
    return read_mapping({name: value.get(key) for name, value in attributes.items() if isinstance(value, dict)})


def _notification(body: Any) -> dict[str, Any]:
    """Return the envelope that SNS puts around a message to SQS."""
    if not isinstance(body, str) or '"MessageAttributes"' not in body:
        return {}
    try:
        envelope = json.loads(body)
    except ValueError:
        return {}
    is_envelope = isinstance(envelope, dict) and envelope.get("Type") == "Notification"
    return envelope if is_envelope else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
