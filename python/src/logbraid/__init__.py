"""Log records of many services, braided into one transaction.

Importing this package loads nothing else. Each name is loaded when it is first used.
"""

# typing is not imported, since it takes longer than the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from logbraid import aiohttp as aiohttp
    from logbraid import boto3 as boto3
    from logbraid import celery as celery
    from logbraid import django as django
    from logbraid import fastapi as fastapi
    from logbraid import flask as flask
    from logbraid import httpx as httpx
    from logbraid import requests as requests

    from ._asgi import ASGI as ASGI
    from ._carry import Executor as Executor
    from ._carry import carry as carry
    from ._handler import KinesisHandler as KinesisHandler
    from ._lambda import lambda_handler as lambda_handler
    from ._lambda import sqs_records as sqs_records
    from ._logtrace import LogTrace as LogTrace
    from ._propagation import headers as headers
    from ._propagation import received as received
    from ._stamp import stamp as stamp
    from ._task import import_task as import_task
    from ._task import task as task
    from ._task import to as to
    from ._trace import trace as trace
    from ._transaction import Transaction as Transaction
    from ._transaction import current as current
    from ._transaction import transaction as transaction
    from ._wsgi import WSGI as WSGI

__version__ = "0.1.0"

#: The module of each public name.
_HOMES = {
    "ASGI": "_asgi",
    "Executor": "_carry",
    "KinesisHandler": "_handler",
    "LogTrace": "_logtrace",
    "Transaction": "_transaction",
    "WSGI": "_wsgi",
    "carry": "_carry",
    "current": "_transaction",
    "headers": "_propagation",
    "import_task": "_task",
    "lambda_handler": "_lambda",
    "received": "_propagation",
    "sqs_records": "_lambda",
    "stamp": "_stamp",
    "task": "_task",
    "to": "_task",
    "trace": "_trace",
    "transaction": "_transaction",
}

#: The modules for frameworks and clients. Each needs its library only when it is used.
_MODULES = frozenset(("aiohttp", "boto3", "celery", "django", "fastapi", "flask", "httpx", "requests"))

__all__ = [
    "ASGI",
    "WSGI",
    "Executor",
    "KinesisHandler",
    "LogTrace",
    "Transaction",
    "carry",
    "current",
    "headers",
    "import_task",
    "lambda_handler",
    "received",
    "sqs_records",
    "stamp",
    "task",
    "to",
    "trace",
    "transaction",
]


def __getattr__(name: str) -> object:
    """Load a public name."""
    from importlib import import_module

    if name in _MODULES:
        return import_module("." + name, __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    if name == "KinesisHandler":
        from ._interpreter import is_main

        home = home if is_main() else "_interpreter"
    value: object = getattr(import_module("." + home, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    """Return the public names."""
    return sorted({*globals(), *_HOMES, *_MODULES})
