"""What the doctor says: findings, and how they are shown. Nothing is looked at here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

_SHORTEST = 4
"""Characters; a shorter secret is a placeholder, and striking it out would break words."""


class Level(StrEnum):
    """How much a finding matters: an error is what keeps the bot from its work."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has found, in one line, and what to do about it; without advice there is nothing to do."""

    name: str
    level: Level
    found: str
    advice: str = ""


def fine(name: str, found: str) -> Finding:
    """All is well there."""
    return Finding(name, Level.OK, found)


def warning(name: str, found: str, advice: str) -> Finding:
    """The bot works, but not as it could."""
    return Finding(name, Level.WARNING, found, advice)


def error(name: str, found: str, advice: str) -> Finding:
    """Something does not work."""
    return Finding(name, Level.ERROR, found, advice)


def one_line(finding: Finding, secrets: Iterable[str]) -> Finding:
    """The same without what no terminal should see: secrets, should somebody have repeated one, and control codes."""
    return replace(finding, found=_clean(finding.found, secrets), advice=_clean(finding.advice, secrets))


def _clean(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, "***")
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())


def status_of(findings: Iterable[Finding]) -> int:
    """The exit status: 1 where something is an error."""
    return int(any(finding.level is Level.ERROR for finding in findings))


def as_json(findings: Sequence[Finding], version: str) -> str:
    """For a program."""
    return json.dumps({"version": version, "findings": [asdict(each) for each in findings]}, ensure_ascii=False)


def as_text(findings: Sequence[Finding], version: str) -> str:
    """For people: a line for each finding, one below it for its advice, and how many there are at the end."""
    widest = max((len(finding.name) for finding in findings), default=0)
    lines = [f"rushes {version}", ""]
    for finding in findings:
        lines.append(f"{finding.level:<8} {finding.name:<{widest}}  {finding.found}")
        if finding.advice:
            lines.append(f"{'':<8} {'':<{widest}}  -> {finding.advice}")
    return "\n".join([*lines, "", _verdict(findings)])


def _verdict(findings: Sequence[Finding]) -> str:
    counted = Counter(finding.level for finding in findings)
    wrong = [
        f"{count} {level}{'' if count == 1 else 's'}"
        for level in (Level.ERROR, Level.WARNING)
        if (count := counted[level])
    ]
    return f"{' and '.join(wrong)}." if wrong else "All is well."
