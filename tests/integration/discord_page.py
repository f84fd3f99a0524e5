"""The generated part of docs/discord.md: what each of Discord's codes means here, and what the person is told.

`python -m tests.integration.discord_page` brings the page up to date.
"""

from __future__ import annotations

from benchmarks.pages import DOCS, table, with_part
from bot.models import FailureCode
from cogs.core.codes import CODES, Meaning
from cogs.i18n.words import ENGLISH, translation

PAGE = DOCS / "discord.md"
HEAD = ("Code", "Discord's words", "Means to us", "What the person is told of a clip that meets it every time")


def brought_up_to_date(page: str) -> str:
    """The page with its table made anew."""
    rows = [(str(code), said, str(meaning), t(meaning)) for code, (meaning, said) in sorted(CODES.items())]
    return with_part(page, "codes", table(HEAD, rows))


def t(meaning: Meaning) -> str:
    """The sentence at the end, from the catalogue."""
    say = translation(ENGLISH)
    match meaning:
        case Meaning.PASSING | Meaning.PLACE:
            sentence = say(f"failures.{FailureCode.CHANNEL_GONE}")
        case Meaning.MESSAGE:
            sentence = say(f"failures.{FailureCode.MESSAGE_REFUSED}")
        case Meaning.SMALLER:
            sentence = say("clip.too_large", megabytes="...", url="...", until="...")
        case Meaning.ANSWER:
            sentence = "nothing: it concerns answers to commands alone, and their time is over"
    return f"after an hour: {sentence}" if meaning is Meaning.PASSING else sentence


if __name__ == "__main__":
    PAGE.write_text(brought_up_to_date(PAGE.read_text("utf-8")), "utf-8")
