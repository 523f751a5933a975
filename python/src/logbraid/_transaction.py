"""Transactions: what all records that are written inside of one have in common."""

from __future__ import annotations

import itertools
import os
from contextvars import ContextVar, Token

from . import _otel
from ._ids import new_uid, uid_of

TYPE_CHECKING = False  # as in _handler
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable, Protocol, TypeVar, Union
    from uuid import UUID

    #: What a uid may be given as.
    Uid = Union[str, int, UUID]
    F = TypeVar("F", bound=Callable[..., Any])

    class Held(Protocol):
        """Records that a handler holds back until it is known whether they are wanted."""

        def release(self) -> None:
            """Send them."""

        def drop(self) -> None:
            """Forget them."""


#: The types of fields that go along to another process.
PLAIN = (str, int, float, bool, type(None))


class Incoming:
    """What came with a request or a message from elsewhere."""

    __slots__ = ("baggage", "flags", "is_chosen", "request_id", "task", "tracestate", "uid")

    def __init__(
        self,
        uid: str | None = None,
        task: str = "",
        baggage: str = "",
        tracestate: str = "",
        flags: str = "01",
        *,
        is_chosen: bool = False,
        request_id: str | None = None,
    ) -> None:
        self.uid = uid
        #: The `X-Request-ID`.
        self.request_id = request_id
        #: The path of the sender's task, "" for none.
        self.task = task
        #: W3C baggage and tracestate, passed on as they came.
        self.baggage = baggage
        self.tracestate = tracestate
        #: The flags of the traceparent.
        self.flags = flags
        #: Whether the id is the sender's own, and not one that a proxy gave the request.
        self.is_chosen = is_chosen

    def with_uid(self, uid: str | None) -> Incoming:
        """Return the same with another id."""
        return Incoming(
            uid,
            self.task,
            self.baggage,
            self.tracestate,
            self.flags,
            is_chosen=self.is_chosen,
            request_id=self.request_id,
        )


NOTHING = Incoming()


class Place:
    """A place in the tree of tasks, which numbers the tasks below it."""

    __slots__ = ("_numbers", "_prefix", "path")

    def __init__(self, path: str, prefix: str = "") -> None:
        self.path = path
        self._prefix = path + "/" if path else prefix
        self._numbers = itertools.count(1)

    def next_path(self) -> str:
        """Return the path of one more task below this place."""
        return f"{self._prefix}{next(self._numbers)}"


class _Shared:
    """What nested blocks of one transaction share in this process."""

    __slots__ = ("ends", "held", "incoming", "kept", "place")

    def __init__(self, incoming: Incoming) -> None:
        self.incoming = incoming
        self.held: Held | None = None
        self.kept = False
        #: How many ends it has before what is held back is forgotten.
        self.ends = 1
        # Another process of the transaction may number its tasks from 1 too.
        prefix = os.urandom(3).hex() + "-" if incoming.uid and not incoming.task else ""
        self.place = Place(incoming.task, prefix)


class Transaction:
    """A transaction, as one block of the program sees it."""

    __slots__ = ("_shared", "fields", "is_root", "place", "uid")

    def __init__(self, uid: str, fields: dict[str, Any], shared: _Shared, place: Place, is_root: bool) -> None:
        #: The `log_uid` of its records.
        self.uid = uid
        #: What each record gets that is written in the block. May be changed in it.
        self.fields = fields
        #: Where tasks that begin in the block are in the tree.
        self.place = place
        #: Whether the transaction began with this block, in this process.
        self.is_root = is_root
        self._shared = shared

    def __repr__(self) -> str:
        return f"<Transaction {self.uid} {self.fields!r}>"

    @property
    def held(self) -> Held | None:
        """What a handler holds back of this transaction."""
        return self._shared.held

    @held.setter
    def held(self, held: Held | None) -> None:
        self._shared.held = held

    @property
    def kept(self) -> bool:
        """Whether `keep` was called."""
        return self._shared.kept

    @property
    def incoming(self) -> Incoming:
        """What the transaction came with from elsewhere."""
        return self._shared.incoming

    def bind(self, **fields: Any) -> None:
        """Add fields to the records that are written in the block from now on."""
        self.fields.update(fields)

    def keep(self) -> None:
        """Send what handlers hold back of this transaction."""
        self._shared.kept = True
        held = self._shared.held
        if held is not None:
            held.release()

    def export(self) -> str:
        """Return a token for `import_task` in another thread or process. Each token is a new place in the tree."""
        task = self.export_place()
        return f"{self.uid};{task}" if task else self.uid

    def export_place(self) -> str:
        """Return the path for a task elsewhere, "" outside of tasks."""
        return self.place.next_path() if self.place.path else ""

    def nested(self, fields: dict[str, Any], place: Place | None = None) -> Transaction:
        """Return a block inside of this one."""
        return Transaction(self.uid, {**self.fields, **fields}, self._shared, place or self.place, is_root=False)

    def outlive_block(self) -> None:
        """Let the transaction go on after its block. Whoever calls this calls `end` once more."""
        self._shared.ends += 1

    def end(self) -> None:
        """Forget what handlers hold back, if nobody wanted it."""
        self._shared.ends -= 1
        if self._shared.ends > 0:
            return
        held, self._shared.held = self._shared.held, None
        if held is not None and not self._shared.kept:
            held.drop()


_current: ContextVar[Transaction | None] = ContextVar("logbraid_transaction", default=None)


def current() -> Transaction | None:
    """Return the transaction that the caller is in."""
    return _current.get()


def begin(incoming: Incoming, fields: dict[str, Any]) -> Transaction:
    """Return a transaction with the id that came with a request, else the one in context, else a new one."""
    parent, span = _current.get(), None
    uid = incoming.uid
    if parent is not None and uid in (None, parent.uid):
        return parent.nested(fields)
    if not incoming.is_chosen:
        span = _otel.current_span()
    if span is not None:
        if incoming.request_id:
            # OpenTelemetry's id is the transaction's. A search for the one that a proxy gave finds it too.
            fields = {"request_id": incoming.request_id, **fields}
        uid = span.trace_id
        incoming = incoming.with_uid(uid)
    shared = _Shared(incoming)
    return Transaction(uid or new_uid(), dict(fields), shared, shared.place, is_root=True)


def refuse_function(kind: str, name: object) -> None:
    """Raise TypeError if a decorator was used without brackets: it got the function as its name."""
    if callable(name):
        usage = f'@logbraid.{kind}("name")'
        raise TypeError(f"{kind} got a function instead of a name: write {usage}, with brackets")


def mark(error: BaseException | None, uid: str) -> None:
    """Let an exception that leaves a transaction keep its uid: servers log it outside of all middleware."""
    try:
        if error is not None:
            error._logbraid_uid = uid  # type: ignore[attr-defined]  # noqa: SLF001
    except Exception:  # noqa: BLE001 - an exception's own class may refuse it
        return


class Block:
    """A `with` block in a transaction, and a decorator that puts each call into one."""

    def __init__(self) -> None:
        self._entered: list[tuple[Transaction, Token[Transaction | None], Transaction | None]] = []

    def _begin(self) -> Transaction:
        raise NotImplementedError

    def _again(self) -> Block:
        """Return an equal block, for one more call of a decorated function."""
        raise NotImplementedError

    def _enter(self) -> Transaction:
        outer, here = _current.get(), self._begin()
        self._entered.append((here, _current.set(here), outer))
        return here

    def _take_entered(self) -> tuple[Transaction, Token[Transaction | None], Transaction | None]:
        """Return what was entered in this context: threads and tasks may use one block at once."""
        now = _current.get()
        for entry in reversed(tuple(self._entered)):
            if entry[0] is now:
                self._entered.remove(entry)
                return entry
        return self._entered.pop()

    def leave(self, is_failed: bool, error: BaseException | None = None) -> None:
        """End the block. Callers that have no exception to show say whether it failed."""
        if not self._entered:
            return
        here, token, outer = self._take_entered()
        if is_failed:
            here.keep()
        try:
            _current.reset(token)
        except ValueError:
            # The block ends in another context, as that of a generator that somebody else closes.
            if _current.get() is here:
                _current.set(outer)
        if here.is_root:
            mark(error, here.uid)
            here.end()

    def __enter__(self) -> Any:
        return self._enter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave(kind is not None, error)

    async def __aenter__(self) -> Any:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: F) -> F:
        from ._decorate import decorate

        return decorate(function, self._again)


class transaction(Block):  # noqa: N801 - used like a function
    """A transaction: all records that are written inside of it get its id and its fields.

    The id is `uid`, else that of the transaction in context, else a new one. A `uid` is a UUID, an integer, or text of
    at most 128 visible ASCII characters. Anything else raises ValueError or TypeError.

        with logbraid.transaction("order", customer="alice") as t:
            log.info("check availability for %d widgets", 1000)

        @logbraid.transaction("nightly")
        def job(): ...
    """

    def __init__(self, name: str | None = None, /, *, uid: Uid | None = None, **fields: Any) -> None:
        super().__init__()
        refuse_function("transaction", name)
        self._fields = fields if name is None else {"transaction": name, **fields}
        self._outer: Transaction | None = None
        given = uid_of(uid)
        self._incoming = NOTHING if given is None else Incoming(uid=given, is_chosen=True)

    @classmethod
    def of(cls, incoming: Incoming, fields: dict[str, Any]) -> transaction:
        """Return the block for what came from elsewhere."""
        block = cls()
        block._incoming, block._fields = incoming, fields
        return block

    @classmethod
    def inside(cls, here: Transaction) -> transaction:
        """Return a block inside of a transaction that may not be the one in context."""
        block = cls()
        block._outer = here
        return block

    def _begin(self) -> Transaction:
        return begin(self._incoming, self._fields) if self._outer is None else self._outer.nested({})

    def _again(self) -> transaction:
        return transaction.of(self._incoming, self._fields)

    def __enter__(self) -> Transaction:
        return self._enter()

    async def __aenter__(self) -> Transaction:
        return self._enter()
