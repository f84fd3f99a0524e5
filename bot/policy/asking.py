"""Who asks, and where, as Discord says it at the moment of a command or a press. Nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from bot.models import ReplyTarget


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether somebody may ask here: their roles, the channel that a thread belongs to, and whether the
    place is age-restricted."""

    roles: frozenset[int] = frozenset()
    parent_id: int | None = None
    age_restricted: bool = False


NO_STANDING = Standing()
"""Nothing is known, so nothing is assumed."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks, with the place of the answer."""

    target: ReplyTarget
    standing: Standing = NO_STANDING
