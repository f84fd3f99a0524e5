"""The commands of `python -m bot` beside running it; each is a module here, loaded only when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its module has `add_arguments(parser)` and `run(options) -> int`, the exit status.

    What is wrong with the settings may be raised as ConfigurationError. A command prints for people on standard output.
    """

    name: str
    help: str

    @property
    def module(self) -> str:
        """Where it is."""
        return f"bot.cli.{self.name}"


COMMANDS: tuple[Command, ...] = (
    Command("doctor", "look for what is wrong with this installation, and say what to do; changes and spends nothing"),
    Command("pause", "take nothing new from now on; what is on the way ends"),
    Command("resume", "take new requests again"),
    Command("drain", "take nothing new, and let the bot end once its last clip is there"),
    Command("backup", "copy the database, and the files that it needs, also while the bot runs"),
    Command("restore", "put a backup into an empty data directory"),
)
