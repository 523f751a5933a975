"""The options of a handler: what makes no sense is refused at once, in words that name the option."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from os import PathLike, fspath

TYPE_CHECKING = False  # as in _handler
if TYPE_CHECKING:
    from typing import Any, Union

    #: Access key, secret key, and the token of temporary credentials.
    Credentials = Union["tuple[str, str]", "tuple[str, str, str | None]", Mapping[str, Any]]

#: A stream's name or ARN:
#: <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>.
_STREAM = re.compile(r"[a-zA-Z0-9_.-]{1,128}|arn:aws[^ ]*:kinesis:[^ ]+:stream/[a-zA-Z0-9_.-]{1,128}")
#: The longest time that an option may say, in seconds.
MAX_SECONDS = 86_400.0
#: The smallest buffer: room for a few records.
_MIN_BUFFER_MB = 0.01
#: Larger than any memory or disk.
_MAX_SIZE = 2.0**30


def stream(given: object) -> str:
    """Return a stream."""
    name = text("stream", given)
    if not name:
        raise ValueError("stream is empty")
    if not _STREAM.fullmatch(name):
        raise ValueError(f"stream is {name!r}; it must be a name of letters, digits, '_', '.' and '-', or an ARN")
    return name


def text(name: str, given: object) -> str:
    """Return an option that is a text."""
    if not isinstance(given, str):
        raise TypeError(f"{name} is {given!r}; it must be text")
    return given


def text_or_none(name: str, given: object) -> str | None:
    """Return an option that may be a text."""
    return None if given is None else text(name, given)


def address(given: object) -> str | None:
    """Return an endpoint."""
    url = text_or_none("endpoint_url", given)
    if url is not None and not url.startswith(("http://", "https://")):
        raise ValueError(f"endpoint_url is {url!r}; it must begin with https:// or http://")
    return url


def one_of(name: str, given: object, *values: str) -> str:
    """Return an option that is one of several words."""
    if given not in values:
        *first, last = (f'"{value}"' for value in values)
        raise ValueError(f"{name} is {given!r}; it must be {', '.join(first)} or {last}")
    return str(given)


def number(name: str, given: object, least: float, most: float, unit: str) -> float:
    """Return an option that is a number."""
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise TypeError(f"{name} is {given!r}; it must be {unit}")
    if not isfinite(given) or not least <= given <= most:
        raise ValueError(f"{name} is {given!r}; it must be {unit} from {least:g} to {most:g}")
    return float(given)


def seconds(name: str, given: object) -> float:
    """Return an option that is a time."""
    return number(name, given, 0.0, MAX_SECONDS, "a number of seconds")


def size(name: str, given: object, unit: str, least: float = _MIN_BUFFER_MB) -> float:
    """Return an option that is an amount of memory or disk."""
    return number(name, given, least, _MAX_SIZE, f"a number of {unit}")


def folder(given: str | PathLike[str] | None) -> str | None:
    """Return the folder of the spool."""
    if given is None:
        return None
    if not isinstance(given, (str, PathLike)):
        raise TypeError(f"spool is {given!r}; it must be the path of a folder")
    path = fspath(given)
    if not isinstance(path, str):
        raise TypeError(f"spool is {given!r}; it must be the path of a folder, as text")
    if not path.strip():
        raise ValueError("spool is empty; it must be the path of a folder")
    return path


def keys(given: Credentials | None) -> tuple[str, str, str | None] | None:
    """Return access key, secret key and token."""
    if given is None:
        return None
    parts: Any = given
    if not isinstance(given, Mapping) and hasattr(parts, "access_key") and hasattr(parts, "secret_key"):
        # As botocore has them.
        parts = (parts.access_key, parts.secret_key, getattr(parts, "token", None))
    elif isinstance(given, Mapping):
        names = ("access_key", "secret_key", "token")
        longer = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        parts = [given.get(name, given.get(other)) for name, other in zip(names, longer)]
    if not isinstance(parts, (tuple, list)):
        raise TypeError("credentials must be access key, secret key and token, as a tuple or a mapping")
    if len(parts) not in (2, 3):
        raise ValueError("credentials must be an access key, a secret key, and a token if they are temporary")
    access_key, secret_key, token = (*parts, None)[:3]
    if not access_key or not secret_key:
        raise ValueError("credentials must have an access key and a secret key")
    if not all(isinstance(part, str) for part in (access_key, secret_key, token or "")):
        raise TypeError("credentials must be texts")
    return str(access_key), str(secret_key), str(token) if token else None
