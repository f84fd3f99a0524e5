"""The pages of the panel, and the custom ids of what is on them: they outlive a restart."""

from __future__ import annotations

from enum import StrEnum


class Page(StrEnum):
    """What the panel shows."""

    OVERVIEW = "overview"
    MEMBERS = "members"
    PLACES = "places"
    BUDGET = "budget"
    PACE = "pace"
    WORDS = "words"
    LOG = "log"


def panel_id(verb: str, page: Page, version: int) -> str:
    """The custom id of what does `verb` on a page that shows the rules of this version."""
    return f"rushes:panel-{verb}:{page}:{version}"


def panel_template(*verbs: str) -> str:
    """The pattern of these, for DynamicItem."""
    pages = "|".join(Page)
    return rf"rushes:panel-(?P<verb>{'|'.join(verbs)}):(?P<page>{pages}):(?P<version>\d{{1,9}})"
