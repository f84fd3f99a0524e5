"""The registry: what the settings switch on, in which order; and that one more vendor is one more line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.errors import ProviderBusy
from bot.models import FailureCode
from bot.providers import registry
from bot.providers.apiframe.client import CAPABILITIES
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.vendor import Standing, Vendor
from bot.settings import Settings, load_settings

APIFRAME, ACEDATA = {"apiframe_api_key": "afk_one"}, {"acedata_api_token": "two"}


def settings(**chosen: Any) -> Settings:
    return load_settings(_env_file=None, discord_token="token", **chosen)


class Third:
    """A client of a vendor that nobody has heard of."""

    capabilities: Capabilities = replace(CAPABILITIES, name="third", title="The Third")

    async def submit(self, submission: Submission) -> RemoteTask:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "closed", retry_after=60.0)

    async def fetch(self, task_ids: Any) -> Mapping[str, RemoteTask]:
        return {task_id: RemoteTask(task_id, TaskState.RUNNING) for task_id in task_ids}

    async def upload(self, image: bytes, content_type: str) -> str:
        return "https://third.example/picture"

    async def balance(self) -> float | None:
        return None


class Seal:
    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        return body == b"sealed"

    def task_id(self, body: bytes) -> str | None:
        return None


async def probe(_settings: Settings, _key: SecretStr, _session: aiohttp.ClientSession) -> Standing:
    return Standing()


THIRD = Vendor(
    capabilities=Third.capabilities,
    key=lambda _settings: SecretStr("three"),
    concurrency=lambda _settings: 7,
    connect=lambda _settings, _key, _session: Third(),
    verifier=lambda _key: Seal(),
    probe=probe,
)


@pytest.mark.parametrize(
    ("chosen", "names"),
    [(APIFRAME, ("apiframe",)), (ACEDATA, ("acedata",)), (ACEDATA | APIFRAME, ("apiframe", "acedata"))],
)
async def test_a_provider_is_on_when_its_key_is_set(chosen: dict[str, str], names: tuple[str, ...]) -> None:
    async with aiohttp.ClientSession() as session:
        router = registry.open_router(settings(**chosen), session, lambda *_: None, lambda: 0.0)
    assert router.names == names
    assert set(registry.verifiers(settings(**chosen))) == set(names)


async def test_each_provider_has_its_own_concurrency() -> None:
    chosen = settings(apiframe_concurrency=33, acedata_concurrency=2, **APIFRAME, **ACEDATA)
    async with aiohttp.ClientSession() as session:
        router = registry.open_router(chosen, session, lambda *_: None, lambda: 0.0)
    assert (router.concurrency("apiframe"), router.concurrency("acedata")) == (33, 2)


async def test_one_more_vendor_is_one_more_line() -> None:
    calls: list[tuple[str, str, str]] = []
    vendors = (*registry.VENDORS, THIRD)
    async with aiohttp.ClientSession() as session:
        router = registry.open_router(
            settings(**ACEDATA), session, lambda *call: calls.append(call), lambda: 0.0, vendors
        )
    assert router.names == ("acedata", "third")
    assert router.concurrency("third") == 7
    assert (await router["third"].fetch(["a"]))["a"].state is TaskState.RUNNING
    with pytest.raises(ProviderBusy):
        await router["third"].submit(Submission("j", "p"))
    assert calls == [("third", "fetch", "ok"), ("third", "submit", "ProviderBusy")]
    verifiers = registry.verifiers(settings(**ACEDATA), vendors)
    assert verifiers["third"].genuine({}, b"sealed")
    assert not verifiers["third"].genuine({}, b"open")
