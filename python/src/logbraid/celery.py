"""Celery: a task runs in the transaction of the one who sent it.

logbraid.celery.install()              # in the module of the app, for workers and senders
"""

from __future__ import annotations

from typing import Any

from . import _lifetime
from ._propagation import split_token
from ._transaction import NOTHING, Incoming, current, transaction

#: The header of a message with the token.
_HEADER = "logbraid"
_ID = "logbraid"


def install() -> None:
    """Give messages the token, and let workers take it. Doing it twice changes nothing."""
    from celery import signals

    signals.before_task_publish.connect(_before_publish, weak=False, dispatch_uid=_ID)
    signals.task_prerun.connect(_before_run, weak=False, dispatch_uid=_ID)
    signals.task_postrun.connect(_after_run, weak=False, dispatch_uid=_ID)
    _lifetime.watch_celery()


def _before_publish(headers: Any = None, **_: Any) -> None:
    here = current()
    if here is not None and isinstance(headers, dict):
        headers.setdefault(_HEADER, here.export())


def _before_run(task: Any = None, **_: Any) -> None:
    request = task.request
    token = getattr(request, _HEADER, None) or (getattr(request, "headers", None) or {}).get(_HEADER)
    uid, place = split_token(token if isinstance(token, str) else "")
    incoming = NOTHING if uid is None else Incoming(uid=uid, task=place, is_chosen=True)
    block = transaction.of(incoming, {"celery_task": task.name, "celery_id": request.id})
    block.__enter__()
    request._logbraid = block  # noqa: SLF001 - ends with the request that it is kept in


def _after_run(task: Any = None, state: Any = None, **_: Any) -> None:
    block = getattr(task.request, "_logbraid", None)
    if block is not None:
        task.request._logbraid = None  # noqa: SLF001
        is_failed = state not in ("SUCCESS", "IGNORED", "REJECTED")
        block.leave(is_failed)
