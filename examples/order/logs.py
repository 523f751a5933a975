"""The logging configuration of all three services."""

import logging.config
import os

import logbraid


def configure(service: str) -> None:
    """Send records to the stream that LOGBRAID_STREAM names. Without it, write them to the standard error stream."""
    logbraid.stamp()
    stream = os.environ.get("LOGBRAID_STREAM")
    to_stream = {"class": "logbraid.KinesisHandler", "stream": stream, "service": service, "level": "DEBUG"}
    to_stderr = {"class": "logging.StreamHandler", "formatter": "line", "level": "DEBUG"}
    line = {"format": f"%(log_uid)s {service:10} %(levelname)-7s %(message)s"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": line},
            "handlers": {"out": to_stream if stream else to_stderr},
            "root": {"handlers": ["out"], "level": "DEBUG"},
        }
    )
