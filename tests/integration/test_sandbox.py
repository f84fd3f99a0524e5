"""The stand-ins over real sockets, as any client of the two providers would use them."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import imageio_ffmpeg
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from PIL import Image, ImageChops, ImageOps, ImageStat

from sandbox.drawing.render import PrebuiltRenderer as Stub
from sandbox.providers.acedata import Unfinished
from sandbox.providers.catalogue import ACEDATA_ERRORS, APIFRAME_ERRORS
from sandbox.providers.faults import Ending, Fault, Garbage, Outcome, Route
from sandbox.providers.hooks import signature
from sandbox.servers import Sandbox

Json = dict[str, Any]
ORDER: Json = {"model": "hailuo-02", "prompt": "golden sunset over the ocean"}
ASK: Json = {"action": "generate", "model": "minimax-t2v", "prompt": "a fox in a misty forest"}


@pytest.fixture
def stub(tmp_path: Path) -> Stub:
    (path := tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(4000))
    return Stub(path)


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


class Caller:
    """A client of both stand-ins that answers (status, JSON)."""

    def __init__(self, box: Sandbox, session: ClientSession) -> None:
        self.box = box
        self.session = session

    async def generate(self, body: Json, **headers: str) -> tuple[int, Json]:
        url, known = f"{self.box.apiframe.url}/v2/videos/generate", {"X-API-Key": self.box.apiframe.key}
        async with self.session.post(url, json=body, headers=known | headers) as response:
            assert response.headers["x-request-id"]
            return response.status, await response.json()

    async def look(self, path: str) -> tuple[int, Json]:
        headers = {"X-API-Key": self.box.apiframe.key}
        async with self.session.get(f"{self.box.apiframe.url}/v2/{path}", headers=headers) as response:
            return response.status, await response.json()

    async def ask(self, path: str, body: Json) -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {self.box.acedata.token}"}
        async with self.session.post(f"{self.box.acedata.url}/hailuo/{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def finished_job(self, body: Json) -> Json:
        _, accepted = await self.generate(body)
        await asyncio.wait_for(self.box.apiframe.tasks[accepted["jobId"]].ended.wait(), 30)
        return (await self.look(f"jobs/{accepted['jobId']}"))[1]

    async def finished_task(self, body: Json) -> Json:
        _, accepted = await self.ask("videos", body | {"async": True})
        await asyncio.wait_for(self.box.acedata.tasks[accepted["task_id"]].ended.wait(), 30)
        return (await self.ask("tasks", {"action": "retrieve", "id": accepted["task_id"]}))[1]

    async def download(self, url: str, path: Path) -> Path:
        async with self.session.get(url) as response:
            assert (response.status, response.content_type) == (200, "video/mp4")
            path.write_bytes(await response.read())
        return path


async def decode(clip: Path, *arguments: str) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-i", str(clip), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, words = await process.communicate()
    assert process.returncode == 0
    return words.decode()


def picture(size: tuple[int, int], colour: str) -> bytes:
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste(colour, (size[0] // 3, size[1] // 4, size[0] // 2, size[1] // 2))
    image.save(out := BytesIO(), "PNG")
    return out.getvalue()


async def test_apiframe_round_trip_gives_a_clip_that_decodes(http: ClientSession, tmp_path: Path) -> None:
    async with Sandbox(render_seconds=0.3) as box:
        caller = Caller(box, http)
        status, accepted = await caller.generate(ORDER)
        assert (status, accepted["status"]) == (202, "QUEUED")
        await asyncio.sleep(0.1)
        _, running = await caller.look(f"jobs/{accepted['jobId']}")
        assert (running["status"], running["result"]) == ("PROCESSING", None)
        assert 0 < running["progress"] < 100
        await asyncio.wait_for(box.apiframe.tasks[accepted["jobId"]].ended.wait(), 30)
        _, job = await caller.look(f"jobs/{accepted['jobId']}")
        assert (job["status"], job["progress"], job["error"], job["creditCost"]) == ("COMPLETED", 100, None, 5)
        words = await decode(await caller.download(job["result"]["videoUrl"], tmp_path / "a.mp4"), "-f", "null", "-")
        assert re.findall(r"frame=\s*(\d+)", words)[-1] == "144"
        assert re.search(r"h264.*yuv420p.*bt709.*1366x768.*24 fps", words)
        assert box.apiframe.completed_at.keys() == {accepted["jobId"]}
        async with http.get(job["result"]["videoUrl"], headers={"Range": "bytes=4-7"}) as part:
            assert (part.status, await part.read()) == (206, b"ftyp")


async def test_first_and_last_frame_are_the_pictures(http: ClientSession, tmp_path: Path) -> None:
    pictures = picture((800, 640), "red"), picture((900, 600), "blue")
    async with Sandbox(render_seconds=0.1) as box:
        caller, urls = Caller(box, http), []
        for data in pictures:
            form, headers = aiohttp.FormData({"file": BytesIO(data)}), {"X-API-Key": box.apiframe.key}
            async with http.post(f"{box.apiframe.url}/v2/uploads", data=form, headers=headers) as response:
                assert response.status == 201
                upload = await response.json()
                assert (upload["contentType"], upload["byteSize"]) == ("image/png", len(data))
                urls.append(upload["url"])
        job = await caller.finished_job(ORDER | {"hailuoParams": {"image": urls[0], "end_image": urls[1]}})
        clip = await caller.download(job["result"]["videoUrl"], tmp_path / "b.mp4")
    chosen = "select=eq(n\\,0)+eq(n\\,71),scale=in_color_matrix=bt709"
    await decode(clip, "-vf", chosen, "-fps_mode", "passthrough", str(tmp_path / "%d.png"))
    for number, data in enumerate(pictures, start=1):
        shown = Image.open(tmp_path / f"{number}.png").convert("RGB")
        assert shown.size == (960, 768)
        wanted = ImageOps.fit(Image.open(BytesIO(data)).convert("RGB"), shown.size, Image.Resampling.LANCZOS)
        assert max(ImageStat.Stat(ImageChops.difference(shown, wanted)).mean) < 3


async def test_idempotency_replay_conflict_and_money(http: ClientSession, stub: Stub) -> None:
    async with Sandbox(render_seconds=0, renderer=stub, credits=12) as box:
        caller, header = Caller(box, http), {"Idempotency-Key": "one"}
        _, first = await caller.generate(ORDER, **header)
        await box.apiframe.tasks[first["jobId"]].ended.wait()
        assert await caller.generate(ORDER, **header) == (202, first | {"status": "COMPLETED"})
        assert (await caller.generate(ORDER | {"prompt": "other"}, **header))[0] == 409
        assert [charge.credits for charge in box.apiframe.charges] == [5]
        box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
        failed = await caller.finished_job(ORDER)
        assert (failed["status"], failed["creditCost"]) == ("FAILED", 0)
        assert failed["error"] == "Provider returned an error: content policy violation"
        assert box.apiframe.credits == 7
        status, body = await caller.generate(ORDER | {"hailuoParams": {"duration": 10}})
        assert (status, body["creditsRequired"], body["creditsAvailable"]) == (402, 8, 7)
        assert (await caller.look("me"))[1]["team"]["credits"] == 7


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"webhook_url": "https://example.com"}, ""),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"hailuoParams": {"seed": 1}}, "hailuoParams"),
        ({"hailuoParams": {"duration": 8}}, "hailuoParams.duration"),
        ({"hailuoParams": {"duration": 10, "resolution": "1080p"}}, "hailuoParams.duration"),
        ({"hailuoParams": {"end_image": "https://example.com/a.png"}}, "hailuoParams.end_image"),
        ({"hailuoParams": {"image": "data:image/png;base64,AA"}}, "hailuoParams.image"),
    ],
)
async def test_apiframe_is_strict(http: ClientSession, stub: Stub, change: Json, path: str) -> None:
    async with Sandbox(renderer=stub) as box:
        status, body = await Caller(box, http).generate(ORDER | change)
        assert (status, list(body["details"])) == (400, [path])
        assert not box.apiframe.charges
        assert "X-API-Key" not in box.apiframe.requests[0].headers
        assert box.apiframe.requests[0].json == ORDER | change


async def test_apiframe_lists_jobs_by_page(http: ClientSession, stub: Stub) -> None:
    async with Sandbox(render_seconds=0, renderer=stub) as box:
        caller = Caller(box, http)
        made = [(await caller.finished_job(ORDER))["id"] for _ in range(5)]
        seen, cursor = [], ""
        while cursor is not None:
            _, page = await caller.look(f"jobs?limit=2{cursor and '&cursor=' + cursor}")
            assert page["hasMore"] == (page["nextCursor"] is not None)
            seen += [job["id"] for job in page["jobs"]]
            cursor = page["nextCursor"]
        assert sorted(seen) == sorted(made)
        assert (await caller.look("jobs?status=FAILED"))[1] == {"jobs": [], "nextCursor": None, "hasMore": False}
        for path, status in (("jobs?limit=101", 400), ("jobs/nonsense", 400), (f"jobs/{uuid.uuid4()}", 404)):
            assert (await caller.look(path))[0] == status


RUNNING = [(Unfinished.EMPTY, {}), (Unfinished.ABSENT, "absent"), (Unfinished.NULL, None), (Unfinished.JSON_TEXT, {})]


@pytest.mark.parametrize(("form", "running"), RUNNING)
async def test_acedata_unfinished_forms(http: ClientSession, stub: Stub, form: Unfinished, running: Any) -> None:
    async with Sandbox(render_seconds=0.5, renderer=stub, unfinished=form) as box:
        caller = Caller(box, http)
        _, accepted = await caller.ask("videos", ASK | {"async": True})
        _, task = await caller.ask("tasks", {"action": "retrieve", "id": accepted["task_id"]})
        assert task.get("response", "absent") == running
        assert "finished_at" not in task
        done = await caller.finished_task(ASK)
        assert isinstance(done["response"], str) == (form is Unfinished.JSON_TEXT)


async def test_acedata_processing_batch_and_limit(http: ClientSession, stub: Stub) -> None:
    form = Unfinished.SUCCESS_PROCESSING
    async with Sandbox(render_seconds=9, renderer=stub, unfinished=form, max_concurrency=2) as box:
        caller = Caller(box, http)
        ids = [(await caller.ask("videos", ASK | {"async": True}))[1]["task_id"] for _ in range(2)]
        _, batch = await caller.ask("tasks", {"action": "retrieve_batch", "ids": [*ids, "unknown"]})
        assert ([item["id"] for item in batch["items"]], batch["count"]) == (ids, 2)
        response = batch["items"][0]["response"]
        assert (response["success"], response["data"][0]["state"]) == (True, "processing")
        assert "video_url" not in response["data"][0]
        status, body = await caller.ask("videos", ASK)
        assert (status, body["error"]["code"]) == (429, "too_many_requests")
        assert (await caller.ask("tasks", {"action": "retrieve", "id": "unknown"}))[0] == 404
        for change in ({"duration": 6}, {"model": "minimax-i2v"}, {"model": "other"}, {"action": "edit"}):
            assert (await caller.ask("videos", ASK | change))[1]["error"]["code"] == "bad_request"


async def test_acedata_held_reply_and_failure(http: ClientSession, tmp_path: Path) -> None:
    async with Sandbox(render_seconds=0.2) as box:
        caller = Caller(box, http)
        status, held = await caller.ask("videos", ASK)
        assert (status, held["success"], held["data"][0]["state"]) == (200, True, "succeeded")
        words = await decode(await caller.download(held["data"][0]["video_url"], tmp_path / "c.mp4"), "-f", "null", "-")
        assert re.findall(r"frame=\s*(\d+)", words)[-1] == "144"
        lost = {"model": "minimax-i2v", "first_image_url": f"{box.apiframe.url}/uploads/none.png"}
        task = await caller.finished_task(ASK | lost)
        assert task["response"]["error"]["code"] == "api_error"
        assert [charge.credits for charge in box.acedata.charges] == [1, 1, -1]


async def test_callback_and_signed_webhooks(http: ClientSession, stub: Stub) -> None:
    heard: list[tuple[web.Request, bytes]] = []
    all_heard = asyncio.Event()

    async def hear(request: web.Request) -> web.Response:
        heard.append((request, await request.read()))
        if len(heard) == 5:
            all_heard.set()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", hear)
    async with TestServer(app) as ear, Sandbox(render_seconds=0.8, renderer=stub) as box:
        caller, url = Caller(box, http), str(ear.make_url("/"))
        await caller.finished_task(ASK | {"callback_url": url})
        await caller.finished_job(ORDER | {"webhookUrl": url, "webhookEvents": ["progress", "completed"]})
        await asyncio.wait_for(all_heard.wait(), 5)
    assert b'"state": "succeeded"' in heard[0][1]
    assert [request.headers["X-Webhook-Event"] for request, _ in heard[1:]] == ["progress"] * 3 + ["completed"]
    assert all(request.headers["X-Webhook-Signature"] == signature("afk_sandbox", body) for request, body in heard[1:])


async def test_faults_break_what_they_are_told_to(http: ClientSession, stub: Stub) -> None:
    async with Sandbox(render_seconds=0, renderer=stub) as box:
        caller, script = Caller(box, http), box.apiframe.faults
        script.add(Fault(reset=True), Fault(reset=True, effect=True), Fault(garbage=Garbage.NESTED))
        for charged in (0, 1):
            with pytest.raises(aiohttp.ClientError):
                await caller.generate(ORDER)
            assert len(box.apiframe.charges) == charged
        async with http.post(f"{box.apiframe.url}/v2/videos/generate") as response:
            assert (await response.text()).startswith("[[[")
        script.add(Fault(outcome=Outcome(Ending.LINK_FORBIDDEN)), Fault(Route.FILE, status=500, body="no"))
        job = await caller.finished_job(ORDER)
        assert job["expired"] is True
        for status in (500, 403):
            async with http.get(job["result"]["videoUrl"]) as response:
                assert response.status == status
        script.add(Fault(outcome=Outcome(Ending.LINK_CUT)))
        job = await caller.finished_job(ORDER)
        async with http.get(job["result"]["videoUrl"]) as response:
            with pytest.raises(aiohttp.ClientError):
                await response.read()


async def test_documented_errors_can_be_played_from_outside(http: ClientSession, stub: Stub) -> None:
    async with Sandbox(render_seconds=0, renderer=stub) as box:
        for standin, catalogue in ((box.apiframe, APIFRAME_ERRORS), (box.acedata, ACEDATA_ERRORS)):
            names = [{"name": name} for name in catalogue]
            async with http.post(f"{standin.url}/sandbox/faults", json=names) as response:
                assert (response.status, len((await response.json())["waiting"])) == (200, len(catalogue))
            async with http.post(f"{standin.url}/sandbox/faults", json={"name": "nothing"}) as response:
                assert response.status == 400
            assert standin.faults.waiting == tuple(catalogue.values())
        box.apiframe.faults.clear()
        box.apiframe.faults.add(APIFRAME_ERRORS["rate_limited"])
        async with http.post(f"{box.apiframe.url}/v2/videos/generate") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "2")
        async with http.get(f"{box.apiframe.url}/sandbox/ledger") as response:
            assert [request["path"] for request in (await response.json())["requests"]] == ["/v2/videos/generate"]
