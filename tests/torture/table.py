"""One row per promise: what was done, how often, and how often the promise was broken. Nothing is run here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A promise after a run. `control` marks a row that switched a safeguard off: there, violations must be found."""

    promise: str
    runs: int
    violations: int
    note: str = ""
    control: bool = False

    @property
    def kept(self) -> bool:
        """Whether this is how it should be."""
        return (self.violations > 0) if self.control else (self.violations == 0 and self.runs > 0)


@dataclass(frozen=True, slots=True)
class Fate:
    """One row of a hostile outside or of hostile people: what the person saw, and what it cost them.

    Without `run` it could not be tried on this machine, and `seen` says why.
    """

    trouble: str
    seen: str
    credits_back: str
    alive: bool
    grown_mib: float = 0.0
    run: bool = True


def promises(rows: Iterable[Row]) -> str:
    """A Markdown table of promises."""
    lines = ["| Promise | Runs | Violations | |", "|---|---:|---:|---|"]
    for row in rows:
        lines.append(f"| {row.promise} | {row.runs} | {row.violations} | {verdict(row)} |")
    return "\n".join(lines)


def verdict(row: Row) -> str:
    """The last column: a promise that was not kept says so before anything else."""
    if not row.kept:
        return f"**NOT KEPT**: {row.note}" if row.note else "**NOT KEPT**"
    return "negative control: found, as it must be" if row.control else row.note


def fates(found: Iterable[Fate]) -> str:
    """A Markdown table of troubles."""
    lines = ["| Trouble | What the person saw | Credits back | Bot alive | Memory |", "|---|---|---|---|---:|"]
    for fate in found:
        alive = ("yes" if fate.alive else "NO") if fate.run else ""
        grown = f"{fate.grown_mib:+.1f} MiB" if fate.grown_mib else ""
        lines.append(f"| {fate.trouble} | {fate.seen} | {fate.credits_back} | {alive} | {grown} |")
    return "\n".join(lines)
