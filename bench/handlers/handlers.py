"""The handlers. Each function imports what it needs, and returns a handler that sends to the sink.

Queues are so long that none drops a record of the benchmark. All else is as the handler's documentation sets it up.
"""

import logging

#: More than the benchmark ever has waiting.
QUEUE = 300_000
LONGEST_FLUSH_MS = 120_000
#: watchtower sends only what it is told, beside the message.
WATCHTOWER_ATTRIBUTES = [
    *("levelname", "name", "pathname", "lineno", "funcName", "process", "threadName", "exc_text"),
    *("log_uid", "customer", "order", "span_id", "client", "amount"),
]


def none(url):
    """What an application costs that only makes records."""
    return logging.NullHandler


def logbraid(url):
    """The kit's handler."""
    from logbraid import KinesisHandler

    return lambda: KinesisHandler("logs", service="orders", endpoint_url=url, credentials=("a", "b"), max_buffer_mb=64)


def article(url):
    """The article's: every value as text, one PutRecord for each record, in the caller."""
    import article

    return lambda: article.ArticleHandler(url)


def orjson(url):
    """A carefully written one: orjson, a thread, PutRecords of 500."""
    import careful

    return lambda: careful.CarefulHandler(url)


def victorialogs(url):
    """victorialogs-handler: orjson, a thread, JSON lines over HTTP."""
    from vlogs_handler import VictoriaLogsHandler

    return lambda: VictoriaLogsHandler(url=url, buffer_size=QUEUE)


def watchtower(url):
    """watchtower: a thread, CloudWatch Logs."""
    import boto3
    from watchtower import CloudWatchLogFormatter, CloudWatchLogHandler

    def make():
        client = boto3.client("logs", endpoint_url=url)
        handler = CloudWatchLogHandler("logs", boto3_client=client, create_log_group=False, create_log_stream=False)
        handler.setFormatter(CloudWatchLogFormatter(add_log_record_attrs=WATCHTOWER_ATTRIBUTES))
        return handler

    return make


def opentelemetry(url):
    """OpenTelemetry's handler, batch processor and OTLP exporter over HTTP."""
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    def make():
        provider = LoggerProvider(Resource.create({"service.name": "orders"}))
        exporter = OTLPLogExporter(endpoint=url + "/v1/logs")
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=QUEUE))
        handler = LoggingHandler(logger_provider=provider)
        handler.flush = lambda: provider.force_flush(LONGEST_FLUSH_MS)
        return handler

    return make


#: In the order of the table.
ALL = (none, logbraid, article, orjson, victorialogs, watchtower, opentelemetry)
