"""Everybody is answered in the language of their own Discord; a clip speaks that of whoever asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import simcord

from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.studio import Studio, open_studio


class Languages:
    """Which language each member's Discord is set to.

    SimCord sends every interaction as en-US; this changes the payload on its way to the bot, as a client would.
    """

    def __init__(self, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
        self._by_member: dict[str, str] = {}
        backend: Any = studio.env.backend
        emit = backend.emit

        def in_their_language(event: str, payload: Mapping[str, Any]) -> None:
            if event == "INTERACTION_CREATE":
                member = payload["member"]["user"]["id"]
                payload = {**payload, "locale": self._by_member.get(member, payload["locale"])}
            emit(event, payload)

        monkeypatch.setattr(backend, "emit", in_their_language)

    def set(self, member: simcord.MemberActor, locale: str) -> None:
        """Choose another language in the settings of one's own Discord."""
        self._by_member[str(member.id)] = locale


@pytest.fixture
def languages(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Languages:
    return Languages(studio, monkeypatch)


async def test_a_korean_member_sees_korean_from_the_command_to_the_clip(studio: Studio, languages: Languages) -> None:
    languages.set(studio.ada, "ko")
    answer = await studio.video(studio.ada, "눈 속의 여우", resolution="768p", duration=6)
    assert "접수했어요. 크레딧 1개를 잡아 두었고, 오늘은 10개 중 9개가 남았어요." in answer
    (status,) = studio.statuses()
    assert "다음 차례예요" in status
    assert "( 취소 )" in status
    (clip,) = await studio.until_clips(1)
    assert f"<@{studio.ada.id}> 님, 영상이 완성됐어요.\n> 눈 속의 여우\n" in clip.content
    assert "6초" in clip.content
    assert "크레딧 1개" in clip.content
    assert "( 한 번 더 )" in studio.readable(clip)
    await studio.until_status("눈 속의 여우", "영상을 올렸어요.")
    assert "내 최근 영상" in await studio.say(studio.ada, "jobs")
    assert "오늘의 크레딧: 크레딧 10개 중 9개 남음" in await studio.say(studio.ada, "quota")


async def test_who_presses_is_answered_in_their_own_language(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio(
        tmp_path,
        renderer=PrebuiltRenderer(clip),
        render_seconds=30.0,
        apiframe_concurrency=1,
        acedata_api_token=None,
    ) as studio:
        languages = Languages(studio, monkeypatch)
        languages.set(studio.ada, "ko")
        languages.set(studio.ben, "ja")
        languages.set(studio.mod, "ja")
        await studio.video(studio.ben, "先に")
        await studio.video(studio.ada, "여우")
        refused = await studio.press(studio.ben, studio.status_of("여우"), "취소")
        assert "動画を頼んだ本人かモデレーターだけが行えます。" in refused
        cancelled = await studio.press(studio.mod, studio.status_of("여우"), "취소")
        assert "キャンセルしました。依頼した人に1クレジットをお返ししました。" in cancelled
        await studio.until_status("여우", "취소됐어요. 크레딧 1개를 돌려드렸어요.")


async def test_the_language_of_a_clip_is_kept_over_a_restart(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), render_seconds=2.0) as studio:
        languages = Languages(studio, monkeypatch)
        languages.set(studio.ada, "zh-CN")
        await studio.video(studio.ada, "狐狸")
        await studio.until_jobs(studio.ada, JobStatus.RENDERING)
        await studio.restart()
        (message,) = await studio.until_clips(1)
        assert "您的视频已完成。" in message.content


async def test_a_refusal_names_options_as_the_command_shows_them(studio: Studio, languages: Languages) -> None:
    languages.set(studio.ada, "ja")
    refused = await studio.video(studio.ada, "狐", resolution="1080p", duration=10)
    assert "`長さ: 6秒`" in refused
    assert "`解像度: 768p`" in refused
    lacking = await studio.video(studio.ada, "狐", provider="acedata", duration=6)
    assert "AceData Cloud には`長さ`オプションがありません。" in lacking


async def test_who_speaks_another_language_is_answered_in_english(studio: Studio, languages: Languages) -> None:
    languages.set(studio.ada, "fr")
    assert "Accepted. 1 credit held" in await studio.video(studio.ada, "un renard")


async def test_discord_is_told_the_names_of_commands_in_every_language(studio: Studio) -> None:
    bot: Any = studio.env.bot
    (video,) = [command for command in await bot.tree.fetch_commands() if command.name == "video"]
    assert {str(locale): name for locale, name in video.name_localizations.items()} == {
        "ko": "영상",
        "zh-CN": "视频",
        "ja": "動画",
    }
