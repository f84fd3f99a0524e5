"""What becomes of a step that raises something unforeseen: it is tried again after growing pauses, then given up."""

from __future__ import annotations

FAULTS = 10
"""Unforeseen exceptions of one step in a row, over an hour, after which it is given up: what hinders it stays."""

_FIRST_SECONDS = 30.0
_LONGEST_SECONDS = 600.0


def fault_pause(faults: int) -> float:
    """Seconds after the `faults`-th unforeseen exception in a row, counted from 1."""
    return float(min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** min(faults - 1, 16)))
