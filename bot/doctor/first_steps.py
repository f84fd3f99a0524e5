"""What an owner is told who starts the bot before it is set up: where to click, what to write where, what to run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.doctor.discord_side.rights import invite
from bot.doctor.variables import PORTAL, Reading

_TOKEN = (
    f"Open {PORTAL} -> New Application",
    "   -> Installation: untick User Install, set Install Link to None, save",
    "   -> Bot: turn Public Bot off, save; then Reset Token, Copy",
    "   and put it behind DISCORD_TOKEN= in .env",
)
_KEY = (
    "Get a key from one of the providers, and put it into .env:",
    "   apiframe.ai -> dashboard, API keys: it begins with afk_, and goes behind APIFRAME_API_KEY=",
    "   platform.acedata.cloud -> Hailuo, API token: it goes behind ACEDATA_API_TOKEN=",
)
_SERVER = (
    "Add the bot to your server, with the Application ID from the portal's General Information in this address:",
    f"   {invite('APPLICATION_ID')}",
)
_LAST = (
    ("Let it be looked at: make doctor (or python -m bot doctor)",),
    ("Run it: make run (or python -m bot)",),
)


def lead(reading: Reading, directory: Path) -> list[str]:
    """The steps that are still to be taken, in order; none where the token and a key are there. Reads the directory."""
    settings = reading.settings
    without_token = "DISCORD_TOKEN" in reading.wrong
    without_key = settings.apiframe_api_key is None and settings.acedata_api_token is None
    if not without_token and not without_key:
        return []
    steps = [_file(directory)]
    steps += [_TOKEN, _SERVER] if without_token else []
    steps += [_KEY] if without_key else []
    return ["", "What to do:", *_numbered([*steps, *_LAST])]


def _file(directory: Path) -> tuple[str, ...]:
    if (directory / ".env").exists():
        return (f"Open {directory / '.env'} in an editor",)
    if (directory / ".env.example").exists():
        return ("Make a .env of your own: cp .env.example .env",)
    return (f"Make a file {directory / '.env'}, or set the variables in the environment",)


def _numbered(steps: list[tuple[str, ...]]) -> Iterator[str]:
    for number, (first, *more) in enumerate(steps, 1):
        yield f"{number}. {first}"
        yield from more
