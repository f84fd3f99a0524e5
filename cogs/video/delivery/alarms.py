"""An alarm in words: what is wrong, and what to do about it."""

from __future__ import annotations

from bot.outlet import Alarm
from cogs.core.texts import moment
from cogs.i18n.words import Translation


def alarm_text(alarm: Alarm, t: Translation) -> str:
    """Its sentence, with moments as whoever reads it has them."""
    facts = {
        name: moment(float(str(value)), "f") if name.endswith("_at") else value for name, value in alarm.facts.items()
    }
    return t(f"alarms.{alarm.name}", **facts)
