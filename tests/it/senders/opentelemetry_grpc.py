"""OpenTelemetry's SDK, over gRPC with gzip."""

import logging

from grpc import Compression
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from script import UID, end, report

HOST, PORT = report.address("otlp")

provider = LoggerProvider(Resource({"service.name": "checkout"}))
for compression in (Compression.NoCompression, Compression.Gzip):
    exporter = OTLPLogExporter(endpoint=f"http://{HOST}:{PORT}", insecure=True, compression=compression)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, schedule_delay_millis=60_000))
logger = logging.getLogger("shop")
logger.addHandler(LoggingHandler(logger_provider=provider))
logger.warning("otlp %d", 1, extra={"log_uid": UID, "amount": 12.5})
report(flushed=provider.force_flush())
provider.shutdown()
end()
