"""AWS Lambda: a transaction for each invocation and for each message, and a flush before the function returns."""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import os
import time
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast, overload

from ._ids import new_uid, of_xray
from ._lambda_event import incoming_of_event, incoming_of_message
from ._transaction import Incoming, current, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

F = TypeVar("F", bound=Callable[..., Any])

#: How long a function waits for its records to be sent, at most.
FLUSH_SECONDS = 2.0
#: What is left of the invocation's time for the rest.
_MARGIN_SECONDS = 0.2
_MILLIS = 1000.0
#: What the records of an invocation have.
_FIELDS = ("function_name", "aws_request_id")
#: Where Lambda's runtime puts the trace of the invocation.
_XRAY = "_X_AMZN_TRACE_ID"


@overload
def lambda_handler(function: F, /) -> F: ...
@overload
def lambda_handler(*handlers: logging.Handler) -> Callable[[F], F]: ...
def lambda_handler(*handlers: Any) -> Any:
    """Put each invocation into a transaction, and send its records before it returns.

        @logbraid.lambda_handler(handler)
        def main(event, context): ...

    Without handlers, all handlers of all loggers are flushed whose `flush` takes a `timeout`.
    """
    # Used without brackets, the only argument is the function.
    if len(handlers) == 1 and inspect.isroutine(handlers[0]):
        return _decorate(handlers[0], ())
    return lambda function: _decorate(function, handlers)


def _decorate(function: F, handlers: tuple[Any, ...]) -> F:
    @functools.wraps(function)
    def invoke(event: Any, context: Any, *more: Any) -> Any:
        try:
            with _transaction(event, context) as here:
                answer = function(event, context, *more)
                if _is_failed(answer):
                    here.keep()
                return answer
        finally:
            _flush(handlers or _all_handlers(), _seconds_left(context))

    return cast("F", invoke)


def _transaction(event: Any, context: Any) -> transaction:
    incoming = incoming_of_event(event)
    request = getattr(context, "aws_request_id", None)
    if incoming.uid is None:
        incoming = Incoming(of_xray(os.environ.get(_XRAY)) or request, baggage=incoming.baggage)
    fields = dict(zip(_FIELDS, (getattr(context, "function_name", None), request)))
    return transaction.of(incoming, {name: value for name, value in fields.items() if value is not None})


def _is_failed(answer: object) -> bool:
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    return isinstance(status, int) and status >= 500  # noqa: PLR2004 - HTTP's


class SqsRecord:
    """A message of an event from SQS."""

    def __init__(self, raw: dict[str, Any], is_alone: bool = True) -> None:
        self._is_alone = is_alone
        #: The message as Lambda passes it.
        self.raw = raw
        self.message_id: str = raw.get("messageId", "")
        self.body: str = raw.get("body", "")

    @property
    def transaction(self) -> transaction:
        """The transaction of the one who sent the message. Else a new one, or that of the invocation if it is alone."""
        incoming, here = incoming_of_message(self.raw), current()
        if incoming.uid is None and not self._is_alone:
            incoming = incoming.with_uid(new_uid())
        given = {} if here is None else {name: here.fields[name] for name in _FIELDS if name in here.fields}
        return transaction.of(incoming, {**given, "sqs_message": self.message_id})


def sqs_records(event: dict[str, Any]) -> Iterator[SqsRecord]:
    """Return the messages of an event from SQS, each with a transaction of its own.

    for record in logbraid.sqs_records(event):
        with record.transaction:
            ...
    """
    records = event.get("Records") or ()
    return (SqsRecord(raw, is_alone=len(records) == 1) for raw in records)


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return FLUSH_SECONDS
    return min(FLUSH_SECONDS, float(remaining()) / _MILLIS - _MARGIN_SECONDS)


def _flush(handlers: Iterable[Any], seconds: float) -> None:
    until = time.monotonic() + seconds
    for handler in handlers:
        # The app's answer goes before its records.
        with contextlib.suppress(Exception):
            handler.flush(timeout=max(0.0, until - time.monotonic()))


def _all_handlers() -> list[Any]:
    loggers = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
    handlers = {id(handler): handler for logger in loggers for handler in getattr(logger, "handlers", ())}
    return [handler for handler in handlers.values() if _takes_timeout(type(handler))]


def _takes_timeout(kind: Any) -> bool:
    try:
        return "timeout" in inspect.signature(kind.flush).parameters
    except (TypeError, ValueError):
        return False
