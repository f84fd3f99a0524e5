"""`python -m bot doctor`: what is wrong with this installation. What is looked at is in bot.doctor."""

from __future__ import annotations

import argparse
import asyncio
import logging

from bot import __version__


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--json", action="store_true", help="print the findings as JSON, and nothing else")


def run(options: argparse.Namespace) -> int:
    """Print the findings; 1 if one of them is an error."""
    from bot.doctor import report, variables
    from bot.doctor.examination import Surroundings, examine

    # What the parts that are used say in a log is in the findings, in other words.
    logging.getLogger().addHandler(logging.NullHandler())
    findings = asyncio.run(examine(variables.read(), Surroundings()))
    show = report.as_json if options.json else report.as_text
    print(show(findings, __version__))  # noqa: T201 - this is what the command is for
    return report.status_of(findings)
