"""Logs: one JSON line an event on standard output, masked before it is written."""

import json
import logging.config
import sys
from pathlib import Path
from typing import Any, TextIO

import orjson
import structlog

from mypay.kit.masking import masked

_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
]


def _mask(_logger: Any, _method: str, event: Any) -> Any:
    return masked(event)


def _dumps(event: Any, **_options: Any) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:  # a number beyond 64 bits, say: a client's body must not break the log
        return json.dumps(event, default=str)


def _stream() -> TextIO:
    """Standard output for services; commands keep it for their answer and log to standard error."""
    is_command = Path(sys.argv[0]).name == "manage.py" and sys.argv[1:2] != ["work"]
    return sys.stderr if is_command else sys.stdout


def logging_config(level: str, *, report: Any = None) -> None:
    """Point the standard library's logging and structlog at one JSON formatter; `report` hears of our own lines first."""
    stream = _stream()
    renderer = structlog.processors.JSONRenderer(serializer=_dumps)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [*_shared, structlog.stdlib.add_logger_name],
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        _mask,
                        renderer,
                    ],
                }
            },
            "handlers": {"stream": {"class": "logging.StreamHandler", "stream": stream, "formatter": "json"}},
            "root": {"handlers": ["stream"], "level": level},
            "loggers": {
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "WARNING"},
                "celery": {"level": "WARNING"},
            },
        }
    )
    # Our own lines go straight out: the standard library's machinery costs more than the line.
    structlog.configure(
        processors=[*_shared, *([report] if report else []), structlog.processors.format_exc_info, _mask, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
