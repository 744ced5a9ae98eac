"""Structured logs: one JSON object a line, on standard output, with nothing of a patient.

In: a level. Out: loggers. What is logged are names from the program and numbers: routes as they are
written in it, stable codes, tenants, durations. Other libraries' records keep their logger and
level alone, because their messages hold URLs and values.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def set_up(level: str) -> None:
    """Log from this level on; to be called once in a process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_OthersHandler()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)  # they go to standard error otherwise, with their words
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
    logging.getLogger("uvicorn.error").setLevel(LEVELS[level])
    logging.getLogger("uvicorn.access").disabled = True


def logger() -> Any:
    """The program's logger."""
    return structlog.get_logger()


def where(error: BaseException) -> list[str]:
    """Where in the code an error arose: files, lines and functions, never the values."""
    return [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ][-12:]


class _OthersHandler(logging.Handler):
    """What libraries log, without their words, save uvicorn's of starting and stopping."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        said = {"event": "other", "logger": record.name}
        if record.name == "uvicorn.error" and not kind and record.levelno <= logging.INFO:
            said["message"] = record.getMessage()
        if kind:
            said["exception"] = kind.__name__
        structlog.get_logger().log(record.levelno, **said)
