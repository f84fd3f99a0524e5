"""python -m bot: read the arguments and the settings, run until SIGTERM or SIGINT, say clearly what is missing.

The application is loaded only where it is run, so that --version and --help answer at once.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import __version__
from bot.cli import COMMANDS
from bot.errors import ConfigurationError
from bot.timings import TIMINGS, Timings

log = logging.getLogger("bot")


async def run(timings: Timings = TIMINGS) -> None:
    """Run one bot until it is asked to stop, or was drained."""
    from bot.app import open_app
    from bot.client.connection import connect_until, without_voice
    from bot.jobs.next_steps import JobStep
    from bot.logs.formats import set_up_logging
    from bot.settings import load_settings

    without_voice()
    settings = load_settings()
    set_up_logging(settings.log_format, frozenset(JobStep))
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with open_app(settings, timings=timings, drained=stopping.set) as app:
        log.info("rushes %s, providers: %s", __version__, ", ".join(app.services.provider_names))
        await connect_until(stopping, settings, app.services.outlet, app.new_bot)
        log.info("stopping")


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command and its options; --version and --help, and what is not known, end with SystemExit."""
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Rushes, a Discord bot for video clips. Without a command it runs until SIGTERM or Ctrl+C.",
        epilog="Its settings are environment variables, or lines of .env in this directory; see .env.example.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"rushes {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="run the bot, as without a command", allow_abbrev=False)
    typed = list(sys.argv[1:] if arguments is None else arguments)
    for command in COMMANDS:
        added = commands.add_parser(command.name, help=command.help, allow_abbrev=False)
        if command.name in typed:
            importlib.import_module(command.module).add_arguments(added)
    named = next((word for word in typed if not word.startswith("-")), "run")
    options, unknown = parser.parse_known_args(typed) if named in commands.choices else (None, [named])
    if unknown:
        parser.error(f"{' '.join(unknown)} is not known here. Settings are environment variables; see --help.")
    assert options is not None
    return options


def main(arguments: Sequence[str] | None = None, timings: Timings = TIMINGS) -> int:
    """The exit status: 0 after a stop that was asked for, 1 when a setting is wrong, 2 when an argument is."""
    options = parse_arguments(arguments)
    try:
        if options.command not in {None, "run"}:
            return int(importlib.import_module(f"bot.cli.{options.command}").run(options))
        asyncio.run(run(timings))
    except ConfigurationError as error:
        starting = options.command in {None, "run"}
        title = "Rushes cannot start" if starting else f"rushes {options.command}"
        lines = [f"{title}:", str(error), *(_first_steps() if starting else ())]
        print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - the one message for a terminal
        return 1
    return 0


def _first_steps() -> list[str]:
    from bot.doctor import first_steps, variables

    return first_steps.lead(variables.read(), Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
