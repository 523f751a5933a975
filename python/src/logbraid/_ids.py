"""Ids: new ones, and those that came from elsewhere."""

from __future__ import annotations

import os
import re
import sys
import time

from ._interpreter import is_main

if is_main():
    from ._core import is_uid
else:

    def is_uid(text: str) -> bool:
        """Return whether a text may be an id. What knows it all runs in the main interpreter only."""
        return text.lower() not in _NO_ID


#: What an app may give to say that it has no id.
_NO_ID = frozenset(("-", "none", "null", "undefined", "unknown", "nil", "n/a", "false"))
#: At most 128 characters of visible ASCII, without the characters that separate the parts of a header.
_UID = re.compile(r"[!#-+\--:<-\[\]-~]{1,128}")
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_XRAY_ROOT = re.compile(r"(?:^|;)\s*Root=1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})(?:;|$)")
_HEX_32 = re.compile(r"[0-9a-f]{32}")


def new_uid() -> str:
    """Return a UUIDv7 as 32 hexadecimal digits. It is a valid W3C trace id, and carries its time."""
    millis = time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF
    rand = int.from_bytes(os.urandom(10), "big")
    return "%032x" % (millis << 80 | 0x7 << 76 | (rand >> 62 & 0xFFF) << 64 | 0x2 << 62 | rand & 0x3FFF_FFFF_FFFF_FFFF)


def new_span_id() -> str:
    """Return 16 hexadecimal digits that are not all zero."""
    return "%016x" % (int.from_bytes(os.urandom(8), "big") or 1)


def usable_uid(text: object) -> str | None:
    """Return an id from elsewhere, without blanks around it, or None if it is none for ingest or in a header."""
    if not isinstance(text, str):
        return None
    uid = text.strip()
    return uid if _UID.fullmatch(uid) and is_uid(uid) else None


def uid_of(given: object) -> str | None:
    """Return the id that the app gives. None, "" and words such as "-" say that there is none.

    Raises TypeError for what is neither text, integer nor UUID, and ValueError for text that can be no id.
    """
    if given is None or (isinstance(given, str) and (not given.strip() or given.strip().lower() in _NO_ID)):
        return None
    # The module is there if the app has a UUID.
    uuid = sys.modules.get("uuid")
    is_known = isinstance(given, (str, int)) or (uuid is not None and isinstance(given, uuid.UUID))
    if not is_known or isinstance(given, bool):
        raise TypeError(f"uid is a {type(given).__name__}; it must be text, an integer or a UUID")
    uid = usable_uid(given if isinstance(given, str) else str(given))
    if uid is None:
        raise ValueError(
            f"uid is {given!r}; it must be at most 128 visible ASCII characters, without blanks, quotes, commas,"
            " semicolons and backslashes, and nothing that says that there is no id, such as zeros, NaN or ${id}"
        )
    return uid


def trace_id(uid: str) -> str:
    """Return the W3C trace id that stands for an id: the same digits if they are 32, else a hash."""
    digits = uid.replace("-", "").lower()
    if _HEX_32.fullmatch(digits):
        return digits
    import hashlib  # takes longer than all else that a handler needs

    return hashlib.sha256(uid.encode()).hexdigest()[:32]


def of_traceparent(text: str | None) -> tuple[str, str] | None:
    """Return the trace id and the flags of a `traceparent`, or None if it is not valid."""
    match = _TRACEPARENT.fullmatch((text or "").strip())
    if match is None:
        return None
    version, trace, span, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or not trace.strip("0") or not span.strip("0"):
        return None
    return trace, flags


def of_xray(text: str | None) -> str | None:
    """Return the root of an `X-Amzn-Trace-Id` as 32 hexadecimal digits."""
    match = _XRAY_ROOT.search(text or "")
    return (match.group(1) + match.group(2)).lower() if match else None
