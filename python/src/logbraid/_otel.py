"""OpenTelemetry's current trace, if the program uses OpenTelemetry."""

from __future__ import annotations

import sys
from typing import NamedTuple


class Span(NamedTuple):
    """The ids of a span, as they are written."""

    trace_id: str
    span_id: str
    flags: str


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
