"""One set-up of structlog for every process: console on a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from daemon.config.model import Logging


def configure(settings: Logging) -> None:
    """Send every log line to standard error, standard output being for data."""
    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.level.upper()]
        ),
        # A line and its end in one write: daemon and panel share this stream.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries that log by the standard module speak up for warnings only.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, force=True)


def get_logger(name: str) -> Any:
    """A logger bound to the part that speaks."""
    return structlog.get_logger().bind(part=name)
