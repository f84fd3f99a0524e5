"""Brainstorms in every stage, as version 0.1.0 left them, and what they become."""

from __future__ import annotations

from dataclasses import dataclass

from tests.integration.first_release import FirstRelease, assembly_id_of, job_id_of, storm, take

DAY = 86_400.0
STORMS = {
    "new": "drafting, open", "open": "drafting, open", "lying": "ended, ended", "cut off": "drafting, open",
    "asked": "voting, open", "rendered": "voting, open", "voted": "ended, ended", "summed up": "ended, ended",
    "storm over": "ended, ended",
}  # fmt: skip
CLIPS = {"r1": "rendered", "v1": "voted", "v2": "voted", "s1": "summed up", "s2": "summed up"}
"""Those that were brought already, and of which brainstorm they are."""


@dataclass(frozen=True)
class Storms:
    """Writes brainstorms and their jobs; `places` are the thread and the board of each by its name."""

    past: FirstRelease
    places: dict[str, tuple[int, int]]
    other: int

    def begun(self, name: str, stage: str, *takes: tuple[int, int], **more: object) -> int:
        """A brainstorm with takes by number and owner; the id of the command that began it."""
        listed = [take(number, owner, f"[Push in] {name}") for number, owner in takes]
        thread_id, board = self.places.get(name, (None, None))
        state = storm(name, stage, listed, **{"touched_at": self.past.now, "thread_id": thread_id, **more})
        over: dict[str, object] = {"ended_at": self.past.now, "due_at": None} if stage == "ended" else {}
        return self.past.assembly(name, "brainstorm", state, message_id=board, **over)

    def job(self, name: str, of: str, place: int, interaction_id: int, status: str, **more: object) -> None:
        """The job of a take, numbered by its place among those that were asked for, as 0.1.0 did."""
        closing = "settle" if status == "delivered" else None
        of_it = {"channel_id": self.places[of][0], "assembly_id": assembly_id_of(of), "prompt": f"[Push in] {of}"}
        self.past.job(name, status, closing, interaction_id=interaction_id, take=place, **of_it, **more)


def write_storms(storms: Storms, clips: dict[str, int], task: str) -> None:
    """One in every stage, some twice: as it was noted, and as a crash left it."""
    past, ada = storms.past, storms.past.user_id
    two = ((1, ada), (2, ada))
    storms.begun("new", "drafting", *two)
    storms.begun("open", "drafting", *two)
    storms.begun("lying", "drafting", (1, ada), touched_at=past.now - DAY - 60)
    storms.begun("cut off", "reserving", *two, touched_at=past.now - 60)
    # Take 2 was removed before, and the credits of the other member did not reach.
    asked = storms.begun("asked", "reserving", (1, ada), (3, storms.other), (4, ada))
    storms.job("a1", "asked", 0, asked, "queued")
    storms.job("a4", "asked", 1, asked, "queued")
    rendered = storms.begun("rendered", "rendering", *two)
    storms.job("r1", "rendered", 0, rendered, "delivered", result_message_id=clips["r1"])
    storms.job("r2", "rendered", 1, rendered, "rendering", task_id=task)
    for name, jobs in (("voted", ("v1", "v2")), ("summed up", ("s1", "s2"))):
        interaction_id = storms.begun(name, "voting", *two, ends_at=past.now - 5)
        for place, job in enumerate(jobs):
            storms.job(job, name, place, interaction_id, "delivered", result_message_id=clips[job])
        past.vote(job_id_of(jobs[1]), storms.other)
    storms.begun("storm over", "ended", *two)
