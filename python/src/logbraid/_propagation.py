"""Headers: what a request or a message brings, and what the next one is given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable, Union

from . import _otel
from ._ids import new_span_id, of_traceparent, of_xray, trace_id, usable_uid
from ._transaction import NOTHING, Incoming, Transaction, current, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    #: Headers, as servers and clients of queues have them. Names and values may be bytes.
    Carrier = Union[Mapping[str, Any], Iterable[tuple[Any, Any]], None]

#: The header with the id itself, in the spelling of whoever chose it. Also on answers.
UID_HEADER = "X-Log-Uid"
#: The entry of the baggage with the place in the tree of tasks.
_TASK_ENTRY = "logbraid.task"
#: W3C's limits for what has to be passed on.
_MAX_BAGGAGE = 8192
_MAX_TRACESTATE = 512
_PATH = re.compile(r"[0-9a-f/-]{1,200}")
_VISIBLE = re.compile(r"[\x20-\x7e]*")

#: The headers that are read, in small letters.
NAMES = ("x-log-uid", "traceparent", "x-correlation-id", "x-request-id", "x-amzn-trace-id", "baggage", "tracestate")


def read(get: Callable[[str], str | None]) -> Incoming:
    """Return what a carrier brings. `get` returns the value of a header by its name in small letters."""
    trace = of_traceparent(get("traceparent"))
    baggage, task = _split_baggage(get("baggage") or "")
    request_id = usable_uid(get("x-request-id"))
    chosen, task_of_uid = split_token(get("x-log-uid") or "")
    uid = (
        chosen
        or (trace and trace[0])
        or usable_uid(get("x-correlation-id"))
        or request_id
        or of_xray(get("x-amzn-trace-id"))
    )
    if uid is None:
        return Incoming(baggage=baggage)
    return Incoming(
        uid=uid,
        task=task_of_uid or task,
        baggage=baggage,
        tracestate=_visible(get("tracestate") or "", _MAX_TRACESTATE) if trace else "",
        flags=trace[1] if trace else NOTHING.flags,
        is_chosen=chosen is not None,
        request_id=request_id,
    )


def read_mapping(carrier: Carrier) -> Incoming:
    """Return what headers bring: a mapping or pairs, whatever the case of their names. Anything else brings nothing."""
    carried: Any = carrier
    small: dict[str, str] = {}
    try:
        for pair in carried.items() if hasattr(carried, "items") else carried or ():
            name, value = (_as_text(part) for part in pair)
            if name is not None and value is not None:
                small.setdefault(name.lower(), value)
    except (TypeError, ValueError):
        return NOTHING
    return read(small.get)


def _as_text(part: object) -> str | None:
    if isinstance(part, bytes):
        return part.decode("latin-1")
    return part if isinstance(part, str) else None


def received(carrier: Carrier, name: str | None = None, /, **fields: Any) -> transaction:
    """Return the transaction of the one who sent a request or a message, by its headers: a mapping, pairs, or None.

    with logbraid.received(message.headers, "order"):
        ...
    """
    return transaction.of(read_mapping(carrier), fields if name is None else {"transaction": name, **fields})


def headers() -> dict[str, str]:
    """Return the headers that carry the current transaction to another service, none outside of transactions."""
    here = current()
    if here is None:
        return {}
    trace, incoming, task = trace_id(here.uid), here.incoming, here.export_place()
    made = {"traceparent": _traceparent(here, trace)}
    if incoming.tracestate:
        made["tracestate"] = incoming.tracestate
    entries = [entry for entry in (incoming.baggage, task and f"{_TASK_ENTRY}={task}") if entry]
    if entries:
        made["baggage"] = ",".join(entries)
    if here.uid != trace:
        made[UID_HEADER] = here.uid
    return made


def single_header() -> tuple[str, str] | None:
    """Return the one header that says most, for carriers that have little room."""
    here = current()
    if here is None:
        return None
    trace = trace_id(here.uid)
    if here.uid == trace and not here.place.path:
        return "traceparent", _traceparent(here, trace)
    return UID_HEADER, here.export()


def split_token(token: str) -> tuple[str | None, str]:
    """Return the id and the path of a task of a token that `Transaction.export` made."""
    uid, _, task = token.partition(";")
    return usable_uid(uid), task if _PATH.fullmatch(task) else ""


def _traceparent(here: Transaction, trace: str) -> str:
    span = _otel.current_span()
    if span is not None and span.trace_id == trace:
        return f"00-{trace}-{span.span_id}-{span.flags}"
    return f"00-{trace}-{new_span_id()}-{here.incoming.flags}"


def _split_baggage(text: str) -> tuple[str, str]:
    """Return the entries of others, and the path of the sender's task."""
    others, task = [], ""
    for entry in _visible(text, _MAX_BAGGAGE).split(","):
        name, _, value = entry.partition("=")
        if name.strip() != _TASK_ENTRY:
            others.append(entry.strip())
        elif _PATH.fullmatch(value.strip()):
            task = value.strip()
    return ",".join(filter(None, others)), task


def _visible(text: str, limit: int) -> str:
    return text if len(text) <= limit and _VISIBLE.fullmatch(text) else ""
