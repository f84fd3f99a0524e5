"""With PUBLIC_URL set providers call back: a clip is there sooner, and nothing a caller says is believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.ports import free_port
from sandbox.providers.faults import Fault, Route
from sandbox.providers.hooks import signature
from tests.acceptance.studio import Studio, open_studio

SELDOM: dict[str, Any] = {"poll_min_seconds": 30.0, "poll_max_seconds": 40.0}


@pytest.fixture
async def studio(tmp_path: Path, clip: Path) -> AsyncIterator[Studio]:
    """A studio that would look for itself only after half a minute: what arrives before came by a callback."""
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), **SELDOM) as studio:
        yield studio


def address_of(studio: Studio, provider: str) -> str:
    """The webhook address that a provider was given for the latest job."""
    box = studio.box.apiframe if provider == "apiframe" else studio.box.acedata
    field = "webhookUrl" if provider == "apiframe" else "callback_url"
    return next(str(r.json[field]) for r in reversed(box.requests) if r.json and field in r.json)


async def called(session: aiohttp.ClientSession, address: str) -> int:
    async with session.post(address, json={"task_id": "x", "success": True}) as reply:
        return reply.status


@pytest.mark.parametrize("provider", ["apiframe", "acedata"])
async def test_a_callback_brings_the_clip_at_once(studio: Studio, provider: str) -> None:
    await studio.video(studio.ada, "quick", provider=provider)
    await studio.until_clips(1)


async def test_fifty_callbacks_bring_one_clip(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), **SELDOM) as studio:
        await studio.video(studio.ada, "once is enough", provider="acedata")
        await studio.until_jobs(studio.ada, JobStatus.RENDERING)
        address = address_of(studio, "acedata")
        async with aiohttp.ClientSession() as session:
            replies = await asyncio.gather(*(called(session, address) for _ in range(50)))
        assert set(replies) == {204}
        await studio.until_clips(1)
        await asyncio.sleep(0.5)
        assert len(studio.clips()) == 1


async def test_a_forged_callback_changes_nothing_and_every_failure_is_the_same_404(studio: Studio) -> None:
    await studio.video(studio.ada, "safe", provider="apiframe")
    await studio.until_jobs(studio.ada, JobStatus.RENDERING)
    address = address_of(studio, "apiframe")
    body = b'{"jobId":"x","status":"COMPLETED","result":{"videoUrl":"http://127.0.0.1:1/evil.mp4"}}'
    good = {"X-Webhook-Signature": signature(studio.box.apiframe.key, body)}
    async with aiohttp.ClientSession() as session:
        for method, url, headers, data in [
            ("GET", address, good, None),
            ("POST", address, {}, body),
            ("POST", address, {"X-Webhook-Signature": "sha256=" + "0" * 64}, body),
            ("POST", address[:-1] + ("0" if address[-1] != "0" else "1"), good, body),
            ("POST", address.replace("/apiframe/", "/acedata/"), good, body),
            ("POST", address, good, body + b" " * 70_000),
        ]:
            async with session.request(method, url, headers=headers, data=data) as reply:
                assert (reply.status, await reply.text()) == (404, "404: Not Found")
        async with session.post(address, headers=good, data=body) as reply:
            assert reply.status == 204
    await studio.until_clips(1)
    (job,) = await studio.jobs(studio.ada)
    assert job.video_url is not None
    assert "evil" not in job.video_url


async def test_an_unknown_outcome_is_delivered_after_all_when_the_task_calls_back(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=2) as studio:
        studio.box.acedata.faults.add(Fault(route=Route.SUBMIT, reset=True, effect=True))
        await studio.video(studio.ada, "lost and found", provider="acedata")
        await studio.until_jobs(studio.ada, JobStatus.UNKNOWN)
        assert (await studio.allowance(studio.ada)).left == 10
        await studio.until_clips(1)
        assert studio.submissions() == 1
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
        assert (await studio.allowance(studio.ada)).left == 10, "what was given back stays given back"


async def test_without_any_callback_the_clip_comes_all_the_same(tmp_path: Path, clip: Path) -> None:
    unreachable = f"http://127.0.0.1:{free_port()}"
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), public_url=unreachable) as studio:
        await studio.video(studio.ada, "patience", provider="apiframe")
        await studio.until_clips(1)


async def test_a_provider_that_refuses_the_field_gets_the_job_without_it(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip)) as studio:
        refusal = {"error": "Validation failed", "details": {"webhookUrl": ["Unrecognized key"]}}
        studio.box.apiframe.faults.add(Fault(route=Route.SUBMIT, status=400, body=refusal))
        await studio.video(studio.ada, "plain", provider="apiframe")
        await studio.until_clips(1)
        sent = [r.json for r in studio.box.apiframe.requests if r.path == "/v2/videos/generate" and r.json]
        assert ["webhookUrl" in body for body in sent] == [True, False]
        assert studio.charged() == 1
