"""Which files the jobs of a database need. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bot.media.pictures.images import NAME
from bot.storage.sqlite.copying import Holder


class Needed(NamedTuple):
    """Files by their path within the data directory.

    Without a `required` one a job could not go on, or somebody's clip would be lost. One that is `useful` is there
    sometimes: a clip that has just been fetched, say, and that could be fetched again.
    """

    required: frozenset[str]
    useful: frozenset[str]


def plan_needed(holders: Iterable[Holder]) -> Needed:
    """The pictures of what is open, the clips that are kept, and clips that something unfinished is made of."""
    required: set[str] = set()
    useful: set[str] = set()
    for holder in holders:
        if holder.open:
            # A name that is none of ours is no path of ours.
            required |= {f"images/{name}" for name in holder.pictures if NAME.fullmatch(name)}
        if holder.job_id.isalnum():
            (required if holder.kept else useful).add(f"clips/{holder.job_id}.mp4")
    return Needed(frozenset(required), frozenset(useful - required))
