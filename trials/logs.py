"""JSON logs by allow-list: a line carries only these fields, so a name, an answer or an arm has no way in."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

FIELDS = ("status", "method", "route", "task", "seconds", "count", "actor", "verb", "code")
QUIET = {"django.request": logging.ERROR, "django.security": logging.ERROR, "celery": logging.INFO, "kombu": logging.WARNING}


class Lines(logging.Formatter):
    """Our own loggers (`uplift.*`) say a fixed sentence; of anybody else's only the place and the error's type are kept."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        if record.name.startswith("uplift"):
            line["event"] = record.msg  # never its arguments
            line |= {field: getattr(record, field) for field in FIELDS if hasattr(record, field)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            places = []
            while trace is not None:
                places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
                trace = trace.tb_next
            line["trace"] = places
        return json.dumps(line)


def configure(_settings: object) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("uplift").setLevel(logging.INFO)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
