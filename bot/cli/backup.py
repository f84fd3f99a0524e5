"""python -m bot backup: copy the database and the files that it needs, while the bot runs or not."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bot import data_dir
from bot.cli.terminal import say
from bot.errors import ConfigurationError
from bot.library.copies.manifest import Manifest
from bot.library.copies.taking import Installation, take
from bot.settings import load_settings
from bot.storage.sqlite.visiting import path_of, schema_of
from bot.storage.tables import HEAD


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and how much."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="a directory that is new or empty")
    parser.add_argument("--all", action="store_true", help="all clips and pictures, not only those that jobs need")


def run(options: argparse.Namespace) -> int:
    """0 once the backup is there and was checked."""
    settings = load_settings()
    here, directory = Installation(path_of(settings.database), settings.data_dir), Path(options.directory).absolute()
    schema = schema_of(here.database)
    if schema is None:
        raise ConfigurationError(f"there is no database at {here.database}: look at DATA_DIR and DATABASE_URL.")
    if schema > HEAD:
        raise ConfigurationError(f"the database is of a newer Rushes (its version is {schema}): use that one.")
    if schema != HEAD and data_dir.in_use(here.data):
        raise ConfigurationError(f"an earlier Rushes runs on {here.data}: stop it first.")
    manifest = take(here, directory, time.time(), everything=options.all)
    say(f"The backup is in {directory}, and was checked: {summary(manifest)}.")
    say(
        "Whoever has it has the prompts and pictures of members, and the secret that signs this bot's links; it does"
        " not hold .env, nor any token or key. To put it back: python -m bot restore"
    )
    if manifest.missing:
        say(f"{len(manifest.missing)} files that jobs need were not there: {', '.join(manifest.missing)}")
    return 0


def summary(manifest: Manifest) -> str:
    """What a backup holds, in words."""
    jobs = ", ".join(f"{count} {status}" for status, count in manifest.jobs.items())
    size = sum(one.size for one in manifest.files.values())
    count, files = sum(manifest.jobs.values()), len(manifest.files)
    return f"{count} job{'' if count == 1 else 's'} ({jobs or 'none'}), {files} files, {size / 1e6:.1f} MB"
