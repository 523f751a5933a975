"""Texts of the app's own objects, which may raise when they are asked for one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Callable


def text_of(value: object) -> str:
    """Return `str(value)`. If that raises, the type and the failure: `<Order: RuntimeError: no text>`."""
    return _safely(str, value)


def render(message: object, args: tuple[Any, ...]) -> str:
    """Return the text of a message and its arguments, as logging makes it. Raises nothing."""
    # As logging: a single mapping holds the values of names.
    values: Any = args[0] if len(args) == 1 and isinstance(args[0], Mapping) and args[0] else args
    try:
        return str(message) % values if args else str(message)
    except Exception:  # noqa: BLE001 - as logging, which does not raise for such a call either
        return _render_again(text_of(message), args)


def level_of(level: int | str, name: str = "level") -> int:
    """Return the number of a level. Raises ValueError or TypeError if it is none."""
    if isinstance(level, int):
        return int(level)
    if not isinstance(level, str):
        raise TypeError(f"{name} is {level!r}; it must be a level, such as logging.INFO or 'INFO'")
    number = logging.getLevelName(level)
    if not isinstance(number, int):
        raise ValueError(f"{name} is {level!r}, which is no level")  # noqa: TRY004 - a level may be text
    return number


def _render_again(message: str, args: tuple[Any, ...]) -> str:
    """Render with a text in the place of each argument that has none."""
    usable = tuple(arg if _has_text(arg) else _Failing(_safely(repr, arg)) for arg in args)
    try:
        return message % usable
    except Exception:  # noqa: BLE001 - the message and its arguments do not fit
        return f"{message} {usable!r}" if args else message


def _has_text(value: object) -> bool:
    try:
        str(value)
        repr(value)
    except Exception:  # noqa: BLE001 - the app's own methods
        return False
    return True


def _safely(function: Callable[[object], str], value: object) -> str:
    try:
        return function(value)
    except Exception as error:  # noqa: BLE001 - the app's own methods
        try:
            why = f"{type(error).__name__}: {error}"
        except Exception:  # noqa: BLE001 - the exception's own text
            why = type(error).__name__
        return f"<{type(value).__name__}: {why}>"


class _Failing:
    """Stands for an object that has no text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text
