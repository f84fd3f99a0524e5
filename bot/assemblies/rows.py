"""How the rows of each kind are begun and changed, and what a member may have open at once. No Discord."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.assemblies import brainstorm as brainstorming
from bot.assemblies import choice as choosing
from bot.assemblies.assembler import Assembler
from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.choice import Choice
from bot.assemblies.state import read, read_all, write
from bot.assemblies.takes import Takes
from bot.changes import AssemblyChanges
from bot.errors import Refused
from bot.models import Assembly, AssemblyKind, ReplyTarget

# -- takes -------------------------------------------------------------------------------------------------------------


async def begin_takes(assembler: Assembler, target: ReplyTarget, takes: int, abandoned: float) -> Assembly:
    """Write the assembly down before its jobs; it is woken by them, or looked at once after `abandoned` seconds."""
    state = write(Takes(takes))
    return (await assembler.begin(AssemblyKind.TAKES, target, state, due_in=abandoned))[0]


async def abandon(assembler: Assembler, assembly: Assembly) -> None:
    """End an assembly that gets nothing to put together, because it was refused."""
    ended: AssemblyChanges = {"ended_at": assembler.now(), "due_at": None}
    await assembler.change(assembly.assembly_id, lambda _fresh: ended, guild_id=assembly.target.guild_id)


async def look_again(assembler: Assembler, assembly_id: str, guild_id: int) -> None:
    """Have takes looked at once more, because a clip among them was taken away; other kinds look for themselves."""
    known = await assembler.get(assembly_id, guild_id=guild_id)
    if known.kind is not AssemblyKind.TAKES:
        assembler.poke(assembly_id)
        return
    opened: AssemblyChanges = {"ended_at": None, "due_at": assembler.now()}
    await assembler.change(assembly_id, lambda _fresh: opened, guild_id=guild_id)


# -- brainstorms -------------------------------------------------------------------------------------------------------


def brainstorm_edited(edit: brainstorming.Edit) -> Callable[[Assembly], AssemblyChanges]:
    """An edit of a brainstorm as one of its row; Refused for one that was closed, whatever its stage says."""

    def columns(fresh: Assembly) -> AssemblyChanges:
        if fresh.ended_at is not None:
            raise Refused("brainstorm_over")
        return {"state": write(edit(read(fresh, Brainstorm)))}

    return columns


def check_no_other_draft(others: Sequence[Assembly]) -> None:
    """Refused for a member who has a draft open already: drafts cost nothing, so one each has to do."""
    for other, storm in read_all(others, Brainstorm):
        if storm.stage is brainstorming.BrainstormStage.DRAFTING:
            place = storm.thread_id or other.target.channel_id
            raise Refused("brainstorm_open", place=f"<#{place}>", assembly_id=other.assembly_id)


# -- reels -------------------------------------------------------------------------------------------------------------


def check_no_other_reel(others: Sequence[Assembly]) -> None:
    """Refused for a member of whom a reel is being made already: they cost nothing, so one at a time has to do."""
    if any(choice.stage is choosing.ReelStage.BUILDING for _, choice in read_all(others, Choice)):
        raise Refused("reel_underway")
