"""OpenTelemetry's current trace, if the program uses OpenTelemetry."""

from __future__ import annotations

import sys


class Span:
    """The ids of a span, as they are written."""

    __slots__ = ("flags", "span_id", "trace_id")

    def __init__(self, trace_id: str, span_id: str, flags: str) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.flags = flags


def current_span() -> Span | None:
    """Return the current span. OpenTelemetry is asked only if the program has imported it."""
    api = sys.modules.get("opentelemetry.trace")
    if api is None:
        return None
    try:
        context = api.get_current_span().get_span_context()
        if not context.is_valid:
            return None
        return Span(f"{context.trace_id:032x}", f"{context.span_id:016x}", f"{int(context.trace_flags):02x}")
    except Exception:  # noqa: BLE001 - a half-imported or a foreign package must not end the app's transaction
        return None
