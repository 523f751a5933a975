"""Credentials of profiles that only botocore can use: single sign-on, roles, processes."""

from __future__ import annotations

import threading
import time
import weakref

from ._core import Keys, needs_botocore

TYPE_CHECKING = False  # as in _handler
if TYPE_CHECKING:
    import logging
    from typing import Any

#: How often the thread looks whether credentials are wanted.
_INTERVAL_SECONDS = 0.1

#: The threads that ask botocore.
_threads: set[int] = set()


def keys() -> Keys | None:
    """Return where a thread supplies credentials, or None if the core finds them by itself."""
    if not needs_botocore():
        return None
    from importlib.util import find_spec

    if find_spec("botocore") is None:
        return None
    made = Keys()
    threading.Thread(target=_run, args=(weakref.ref(made),), name="logbraid-credentials", daemon=True).start()
    return made


def is_of_the_program(record: logging.LogRecord) -> bool:
    """Return whether a record is not one of botocore's while it is asked here."""
    return record.thread not in _threads


def _run(reference: weakref.ref[Keys]) -> None:
    """Supply credentials whenever they are wanted, as long as there is a handler."""
    here = threading.get_ident()
    _threads.add(here)
    try:
        while True:
            wanted = reference()
            if wanted is None:
                return
            if wanted.wanted():
                _supply(wanted)
            del wanted
            time.sleep(_INTERVAL_SECONDS)
    finally:
        _threads.discard(here)


def _supply(wanted: Keys) -> None:
    try:
        from botocore.session import get_session

        found: Any = get_session().get_credentials()
        if found is None:
            return wanted.fail("botocore finds none")
        # Known only of those that end.
        frozen, ends = found.get_frozen_credentials(), getattr(found, "_expiry_time", None)
        expires = None if ends is None else int(ends.timestamp())
        wanted.give(frozen.access_key, frozen.secret_key, frozen.token, expires)
    except Exception as error:  # noqa: BLE001 - a profile may be wrong in any way
        wanted.fail(f"{type(error).__name__}: {error}")
