"""The custom ids of what acts on a reel; they outlive a restart because all they need is in them."""

from __future__ import annotations

REEL = r"(?P<assembly_id>[0-9a-f]{20})"


def reel_id(verb: str, assembly_id: str) -> str:
    """The custom id of whatever does `verb` to a reel. The hyphen tells it from those that carry a job."""
    return f"rushes:reel-{verb}:{assembly_id}"


def reel_template(*verbs: str) -> str:
    """The pattern of these, for DynamicItem."""
    return rf"rushes:reel-(?P<verb>{'|'.join(verbs)}):{REEL}"
