"""boto3: one attribute on messages to SQS and SNS, where there is room for it.

logbraid.boto3.install(session)            # a boto3 session, a client, or a botocore session

A receiver asks for the attribute, and enters the sender's transaction:

    queue.receive_messages(MessageAttributeNames=["All"])
    with logbraid.boto3.received(message): ...
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ._propagation import UID_HEADER, read_mapping, single_header
from ._transaction import transaction

#: SQS takes no more attributes, and SNS passes no more on.
_MAX_ATTRIBUTES = 10
#: What a message or a batch may hold, in bytes: by default, and since 2025 where a queue allows it.
_SIZE_LIMITS = (262_144, 1_048_576)
_ATTRIBUTE_NAMES = frozenset(("traceparent", UID_HEADER.lower()))

_SINGLE = {"sqs.SendMessage": "MessageBody", "sns.Publish": "Message"}
_BATCH = {
    "sqs.SendMessageBatch": ("Entries", "MessageBody"),
    "sns.PublishBatch": ("PublishBatchRequestEntries", "Message"),
}


def install(target: Any = None) -> None:
    """Make a session or a client send the attribute. Clients that a session made before are not changed.

    Without a session, or with the module `boto3`, it is boto3's default session: that of `boto3.client()`.
    """
    if target is None or inspect.ismodule(target):
        target = _default_session()
    events = getattr(target, "events", None) or getattr(getattr(target, "meta", None), "events", None) or target
    if not hasattr(events, "register"):
        raise TypeError(f"{target!r} is no session and no client of boto3")
    for operation, body in _SINGLE.items():
        events.register(f"before-parameter-build.{operation}", _on_single(body), unique_id=f"logbraid-{operation}")
    for operation, (entries, body) in _BATCH.items():
        events.register(
            f"before-parameter-build.{operation}", _on_batch(entries, body), unique_id=f"logbraid-{operation}"
        )


def received(message: Any, name: str | None = None, /, **fields: Any) -> transaction:
    """Return the transaction of the one who sent a message to SQS."""
    if isinstance(message, dict):
        attributes = message.get("MessageAttributes")
    else:
        attributes = getattr(message, "message_attributes", None)
    given = attributes.items() if isinstance(attributes, Mapping) else ()
    found = {key: value.get("StringValue") for key, value in given if isinstance(value, Mapping)}
    return transaction.of(read_mapping(found), fields if name is None else {"transaction": name, **fields})


def _default_session() -> Any:
    import boto3

    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    return boto3.DEFAULT_SESSION


def _on_single(body: str) -> Any:
    def add(params: dict[str, Any], **_: Any) -> None:
        params.update(_with_attribute(params, body, _size(params, body)))

    return add


def _on_batch(entries: str, body: str) -> Any:
    def add(params: dict[str, Any], **_: Any) -> None:
        messages = params.get(entries)
        if not isinstance(messages, (list, tuple)) or not all(isinstance(message, dict) for message in messages):
            return
        # The limit is for all messages of a batch together.
        size, made = sum(_size(message, body) for message in messages), []
        for message in messages:
            with_attribute = _with_attribute(message, body, size)
            size += _size(with_attribute, body) - _size(message, body)
            made.append(with_attribute)
        params[entries] = made

    return add


def _with_attribute(message: Mapping[str, Any], body: str, size: int) -> dict[str, Any]:
    """Return a message with the attribute, or as it is if there is no room. The app's own objects do not change."""
    attributes = message.get("MessageAttributes") or {}
    header = single_header()
    if header is None or not isinstance(attributes, dict) or len(attributes) >= _MAX_ATTRIBUTES:
        return dict(message)
    name, value = header
    added = len(name) + len(value) + len("String")
    is_too_large = any(size <= limit < size + added for limit in _SIZE_LIMITS)
    if is_too_large or any(key.lower() in _ATTRIBUTE_NAMES for key in attributes):
        return dict(message)
    attribute = {"DataType": "String", "StringValue": value}
    return {**message, "MessageAttributes": {**attributes, name: attribute}}


def _size(message: Mapping[str, Any], body: str) -> int:
    """Return the bytes that a message counts for."""
    size = _bytes(message.get(body))
    attributes = message.get("MessageAttributes")
    for name, value in attributes.items() if isinstance(attributes, dict) else ():
        size += _bytes(name)
        for part in value.values() if isinstance(value, dict) else ():
            size += _bytes(part)
    return size


def _bytes(value: object) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "replace"))
    return len(value) if isinstance(value, (bytes, bytearray)) else 0
