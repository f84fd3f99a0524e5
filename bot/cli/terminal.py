"""What the commands share: saying something to whoever typed them. No command itself."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """A sentence on standard output, seen at once by whoever reads it through a pipe, too."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
