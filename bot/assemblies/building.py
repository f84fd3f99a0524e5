"""Whether something is being made of clips just now, or only waits for people. Pure."""

from __future__ import annotations

from bot.assemblies import state
from bot.assemblies.brainstorm import Brainstorm, BrainstormStage
from bot.assemblies.choice import Choice, ReelStage
from bot.assemblies.takes import Takes
from bot.errors import StateUnreadable
from bot.models import Assembly, AssemblyKind

_STATES: dict[AssemblyKind, type[state.State]] = {
    AssemblyKind.TAKES: Takes,
    AssemblyKind.BRAINSTORM: Brainstorm,
    AssemblyKind.REEL: Choice,
}


def is_building(assembly: Assembly) -> bool:
    """Whether it ends, or comes to where people decide, by itself; one that cannot be read is left as it is."""
    wanted = _STATES.get(assembly.kind)
    if wanted is None or assembly.ended_at is not None:
        return False
    try:
        found = state.read(assembly, wanted)
    except StateUnreadable:
        return False
    if isinstance(found, Brainstorm):
        return found.stage in {BrainstormStage.RESERVING, BrainstormStage.RENDERING}
    return not isinstance(found, Choice) or found.stage in {ReelStage.BUILDING, ReelStage.STOPPED}
