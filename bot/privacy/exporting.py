"""Exporter: all that is kept of a member as one ZIP: what the rows say as JSON, and the clips and pictures on the disk.

The file has no name, so that it is gone whatever happens to the process. It holds nothing of anybody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.state import write
from bot.errors import Refused
from bot.library.clip_files import ClipFiles
from bot.media.pictures.images import PictureStore
from bot.models import Assembly, Job, JobStatus
from bot.privacy.course import state_of
from bot.storage.privacy.erasing import ErasingStore
from bot.storage.privacy.exporting import ExportStore

JSON_NAME = "rushes.json"
_CLIPS = "clips/"
MOST_BYTES = 100 * 1024 * 1024
"""What one export may take of the disk, however much Discord would let somebody be sent."""

_ENTRY_BYTES = 512
"""What a file takes in a ZIP beside its bytes and its name, and more than that."""

_HIDDEN = ("webhook_base", "webhook_hash", "image_urls", "shown", "shown_status", "strikes", "attempts", "version")
"""What the bot keeps for its own work, and what would let somebody speak for a provider."""


@dataclass(frozen=True, slots=True)
class Package:
    """An open ZIP of `size` bytes. `left_out`: jobs whose clips are not in it: too large, or not on the disk."""

    file: IO[bytes]
    size: int
    left_out: tuple[str, ...]


class Exporter:
    """One export at a time for each member, and for all of them: it reads much."""

    def __init__(
        self, store: ExportStore, erasing: ErasingStore, clips: ClipFiles, pictures: PictureStore, directory: Path
    ) -> None:
        self._store = store
        self._erasing = erasing
        self._clips = clips
        self._pictures = pictures
        self._directory = directory
        self._turn = asyncio.Semaphore(1)
        self._exporting: set[int] = set()

    async def pack(self, user_id: int, limit: int) -> Package:
        """All that is kept of a member in at most `limit` bytes, in a file that the caller closes.

        Refused("export_underway"), or "export_too_large" where there is no room for the words alone.
        """
        if user_id in self._exporting:
            raise Refused("export_underway")
        self._exporting.add(user_id)
        try:
            async with self._turn:
                return await self._pack(user_id, min(limit, MOST_BYTES))
        finally:
            self._exporting.discard(user_id)

    async def _pack(self, user_id: int, limit: int) -> Package:
        guilds = await self._erasing.guilds_of(user_id)
        jobs = await self._store.jobs(user_id, guilds)
        own, takes = await self._shared(user_id)
        document: dict[str, Any] = {
            "user_id": str(user_id),
            "jobs": [_job(job) for job in jobs],
            "votes": await self._store.votes(user_id),
            "brainstorms_and_reels": own,
            "takes_in_brainstorms": takes,
            **await self._store.credits(user_id, guilds),
            "usage": await self._store.usage(user_id),
            "log": await self._store.acts(user_id),
        }
        return await asyncio.to_thread(self._write, document, jobs, limit)

    async def _shared(self, user_id: int) -> tuple[list[Any], list[Any]]:
        """(What the member has put together, their takes in any brainstorm.)"""
        own: list[Any] = []
        takes: list[Any] = []
        seen = ""
        while page := await self._erasing.assemblies_after(seen):
            seen = page[-1].assembly_id
            for assembly in page:
                takes += _takes(assembly, user_id)
                if assembly.target.user_id == user_id:
                    own.append(_assembly(assembly, user_id))
        return own, takes

    def _write(self, document: dict[str, Any], jobs: list[Job], limit: int) -> Package:
        """Blocks on the disk."""
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(tempfile.TemporaryFile(dir=self._directory))
            left_out = self._fill(file, document, jobs, limit)
            size = file.tell()
            if size > limit:
                raise Refused("export_too_large")
            file.seek(0)
            stack.pop_all()  # whoever asked for it closes it
        return Package(file, size, left_out)

    def _fill(self, file: IO[bytes], document: dict[str, Any], jobs: list[Job], limit: int) -> tuple[str, ...]:
        """Write pictures, the newest clips and at last the JSON; the ids of jobs whose clips are not in it."""
        names, missing = [], {job.job_id: None for job in reversed(jobs) if _has_clip(job)}
        words = len(zlib.compress(_json(document | {"left_out": list(missing)})))
        room = limit - words - _ENTRY_BYTES * 2
        with zipfile.ZipFile(file, "w") as archive:
            for job_id, name, path in [*self._pictures_of(jobs), *self._clips_of(missing)]:
                with contextlib.suppress(FileNotFoundError):  # it is no longer kept
                    size = path.stat().st_size + _ENTRY_BYTES
                    if size > room:
                        continue
                    archive.write(path, name)
                    room -= size
                    names.append(name)
                    if name.startswith(_CLIPS):
                        del missing[job_id]
            document = document | {"files": names, "left_out": list(missing)}
            archive.writestr(JSON_NAME, _json(document), compress_type=zipfile.ZIP_DEFLATED)
        return tuple(missing)

    def _clips_of(self, job_ids: Iterable[str]) -> list[tuple[str, str, Path]]:
        return [(job_id, f"{_CLIPS}{job_id}.mp4", self._clips.path(job_id)) for job_id in job_ids]

    def _pictures_of(self, jobs: Iterable[Job]) -> Iterator[tuple[str, str, Path]]:
        for job in jobs:
            for picture in (job.request.first_frame, job.request.last_frame):
                if picture is not None and (path := self._pictures.find(picture.name)) is not None:
                    yield job.job_id, f"pictures/{picture.name}", path


def _has_clip(job: Job) -> bool:
    """Whether there is a clip of it, on the disk or in its channel."""
    return job.kept or (job.status is JobStatus.DELIVERED and job.deleted_at is None)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, default=str).encode()


def _job(job: Job) -> dict[str, Any]:
    """A job without what the bot keeps for its own work."""
    row = {name: value for name, value in asdict(job).items() if name not in _HIDDEN}
    return row | {"target": {name: value for name, value in row["target"].items() if name != "user_id"}}


def _assembly(assembly: Assembly, user_id: int) -> dict[str, Any]:
    """Something of the member's own, with no takes but theirs."""
    state = state_of(assembly)
    if isinstance(state, Brainstorm):
        state = replace(state, takes=tuple(take for take in state.takes if take.owner == user_id), left_out=())
    return {
        "id": assembly.assembly_id,
        "guild_id": assembly.target.guild_id,
        "channel_id": assembly.target.channel_id,
        "kind": assembly.kind,
        "created_at": assembly.created_at,
        "ended_at": assembly.ended_at,
        "state": None if state is None else write(state),
    }


def _takes(assembly: Assembly, user_id: int) -> list[dict[str, Any]]:
    state = state_of(assembly)
    if not isinstance(state, Brainstorm) or assembly.target.user_id == user_id:
        return []
    found = [take for take in state.takes if take.owner == user_id]
    return [{"brainstorm": assembly.assembly_id, **asdict(take)} for take in found]
