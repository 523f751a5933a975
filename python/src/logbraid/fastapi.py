"""FastAPI and Starlette: a transaction for each request, around everything that the application does.

logbraid.fastapi.install(app)
"""

from __future__ import annotations

from typing import Any

from ._asgi import ASGI


def install(app: Any, **fields: Any) -> None:
    """Put each request of the app into a transaction. All its records get the fields.

    `app.add_middleware(logbraid.ASGI)` is inside of what answers when the app fails. This is around it.
    """
    build = app.build_middleware_stack

    def build_around() -> ASGI:
        return ASGI(build(), **fields)

    app.build_middleware_stack = build_around
    # It was built if the app has had a request.
    if getattr(app, "middleware_stack", None) is not None:
        app.middleware_stack = ASGI(app.middleware_stack, **fields)
