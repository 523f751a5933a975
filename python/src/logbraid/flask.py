"""Flask: a transaction for each request."""

from __future__ import annotations

from typing import Any

from ._wsgi import WSGI


def install(app: Any, **fields: Any) -> None:
    """Put each request of the app into a transaction. All its records get the fields."""
    app.wsgi_app = WSGI(app.wsgi_app, **fields)
