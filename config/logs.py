"""Structured logs: one line per event, the ticket in each, and never a SSIN."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from attestations.api.masking import SSIN


def mask_ssin(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Any:
    """Last line of defence: whatever looks like a SSIN is masked before it is written.

    Also in what is only written by its `repr`, such as a request with its whole address. Tickets
    are ours, and may by chance have eleven digits in a row.
    """
    for key, value in event.items():
        if key == "ticket" or key.startswith("_"):
            continue
        text = value if isinstance(value, str) else repr(value)
        if SSIN.search(text):
            event[key] = SSIN.sub("***********", text)
    return event


def drop_celery_data(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Any:
    """Celery repeats a task's whole context in each of its records: one line says enough."""
    if str(event.get("logger", "")).startswith("celery"):
        event.pop("data", None)
    return event


def structlog_settings(*, level: str, as_json: bool) -> None:
    """Send the standard library's records and structlog's through the same processors."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        mask_ssin,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False)
    if as_json:
        renderer = structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared[:3],
                structlog.stdlib.ExtraAdder(),
                drop_celery_data,
                *shared[3:],
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask_ssin,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("django.request").setLevel("ERROR")
