"""python -m bot restore: put a backup where there is no database yet, and say what comes next."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot import data_dir
from bot.cli.backup import summary
from bot.cli.terminal import say
from bot.library.copies.restoring import restore
from bot.settings import load_settings
from bot.storage.sqlite.visiting import path_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """From where."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="what python -m bot backup has written")


def run(options: argparse.Namespace) -> int:
    """0 once it is there."""
    settings = load_settings()
    data = data_dir.prepare(settings.data_dir, ())
    with data_dir.lock(data):
        manifest = restore(Path(options.directory).absolute(), path_of(settings.database), data)
    say(f"Put back into {data}, as of {manifest.taken_at}: {summary(manifest)}.")
    say(
        "Make sure that the bot that was backed up does not run any more: what was on the way at that time goes on"
        " here, and two bots would pay for it and post it twice. Then start this one: python -m bot"
    )
    return 0
