"""The two forms of the log: lines for people, or one JSON object on each line for what collects logs.

Both say the same; what must not stand in a log must not be given to it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection
from datetime import UTC, datetime

from bot.logs.steps import taken

_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_JOB_ID = re.compile(r"[0-9a-f]{20}", re.ASCII)
_ABOUT_JOB = re.compile(r"(?:.* )?job ([0-9a-f]{20})\b", re.ASCII)


class JsonLines(logging.Formatter):
    """One object for each record: time, level, logger, message; job_id and exc where there is such a thing.

    A message is about a job if it says so, or if it comes from a step of these `kinds`, whose keys are ids of jobs.
    """

    def __init__(self, kinds: Collection[str] = ()) -> None:
        super().__init__()
        self._kinds = kinds

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, in ASCII, so that nothing in it can end the line."""
        message = record.getMessage()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        if job_id := self._job_id(message):
            line["job_id"] = job_id
        if trouble := self._trouble(record):
            line["exc"] = trouble
        return json.dumps(line)

    def _job_id(self, message: str) -> str | None:
        if said := _ABOUT_JOB.match(message):
            return said[1]
        step = taken()
        ours = step is not None and step.kind in self._kinds and _JOB_ID.fullmatch(step.key)
        return step.key if step is not None and ours else None

    def _trouble(self, record: logging.LogRecord) -> str:
        told = [self.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
        return "\n".join([*told, *([record.stack_info] if record.stack_info else [])])


def set_up_logging(log_format: str, kinds: Collection[str] = ()) -> None:
    """Write the log to standard error in this form; `kinds` are the steps whose keys are ids of jobs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(kinds) if log_format == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("discord").setLevel(logging.WARNING)
    # It tells each failed attempt to connect with a traceback; bot.client.gateway says once that there are some.
    logging.getLogger("discord.shard").setLevel(logging.CRITICAL)
