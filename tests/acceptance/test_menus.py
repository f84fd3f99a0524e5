"""The menus of messages and members: a picture, a clip or an avatar that is there already becomes a clip."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import discord
import simcord
from PIL import Image

from bot.models import Job, JobStatus, Relation
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.studio import Studio, open_studio


def picture(colour: str, *, kind: str = "PNG", size: tuple[int, int] = (480, 360)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


async def answered(studio: Studio, result: simcord.InteractionResult) -> str:
    assert result.response is not None
    assert result.ephemeral
    return studio.readable(result.response.message)


async def use(studio: Studio, who: simcord.MemberActor, menu: str, on: discord.Message) -> simcord.InteractionResult:
    return await who.context_menu(studio.channel, menu, on)


async def animate(
    studio: Studio, who: simcord.MemberActor, message: discord.Message, prompt: str, **values: str
) -> str:
    """Animate the picture of a message; the private answer."""
    form = await use(studio, who, "Animate this image", message)
    assert form.modal is not None
    return await answered(studio, await who.submit_modal(form, {"prompt": prompt, **values}))


async def only_job(studio: Studio, who: simcord.MemberActor) -> Job:
    await studio.until_jobs(who, JobStatus.DELIVERED)
    return (await studio.jobs(who))[0]


async def test_a_picture_in_the_channel_becomes_the_first_frame(studio: Studio) -> None:
    sent = await studio.ada.send(studio.channel, "look", attachments=[("a.png", picture("red"))])
    answer = await animate(studio, studio.ben, sent, "it comes alive")
    assert "1 credit held, 9 of 10 left" in answer
    assert "use the same menu on that one within 10 minutes" in answer
    job = await only_job(studio, studio.ben)
    assert job.request.first_frame is not None
    assert job.request.last_frame is None
    assert (await studio.allowance(studio.ada)).used == 0, "whoever used the menu pays"


async def test_two_pictures_of_one_message_are_the_first_and_the_last_frame(studio: Studio) -> None:
    files = [("notes.txt", b"x"), ("a.png", picture("red")), ("b.jpg", picture("blue", kind="JPEG"))]
    sent = await studio.ada.send(studio.channel, attachments=files)
    await animate(studio, studio.ada, sent, "from one to the other")
    job = await only_job(studio, studio.ada)
    assert job.request.first_frame is not None
    assert job.request.last_frame is not None


async def test_a_second_use_goes_from_the_picture_before_to_this_one(studio: Studio) -> None:
    first = await studio.ada.send(studio.channel, attachments=[("a.png", picture("red", size=(480, 360)))])
    second = await studio.ada.send(studio.channel, attachments=[("b.png", picture("blue", size=(640, 480)))])
    await use(studio, studio.ben, "Animate this image", first)
    alone = await use(studio, studio.mod, "Animate this image", second)
    assert alone.modal is not None
    assert "choice" not in str(alone.modal), "what another member pointed at is not offered"
    await animate(studio, studio.ben, second, "there", choice="1")
    job = await only_job(studio, studio.ben)
    assert job.request.first_frame is not None
    assert job.request.last_frame is not None
    assert (job.request.first_frame.width, job.request.last_frame.width) == (480, 640)


async def test_a_message_without_a_picture_is_refused(studio: Studio) -> None:
    plain = await studio.ada.send(studio.channel, "no picture")
    assert "has no picture" in await answered(studio, await use(studio, studio.ben, "Animate this image", plain))
    gif = await studio.ada.send(studio.channel, attachments=[("a.gif", b"GIF89a")])
    assert "not a PNG" in await answered(studio, await use(studio, studio.ben, "Animate this image", gif))


async def test_bytes_are_believed_more_than_names(studio: Studio) -> None:
    sent = await studio.ada.send(studio.channel, attachments=[("a.png", b"MZ not a picture")])
    assert "not a PNG" in await animate(studio, studio.ben, sent, "boo")
    assert await studio.jobs(studio.ben) == []
    assert (await studio.allowance(studio.ben)).held == 0


async def test_a_picture_that_was_deleted_while_the_form_was_open_costs_nothing(studio: Studio) -> None:
    sent = await studio.ada.send(studio.channel, attachments=[("a.png", picture("red"))])
    form = await use(studio, studio.ben, "Animate this image", sent)
    studio.env.backend.cdn._blobs.clear()
    answer = await answered(studio, await studio.ben.submit_modal(form, {"prompt": "too late"}))
    assert "did not hand the picture over" in answer
    assert (await studio.allowance(studio.ben)).held == 0


async def test_the_picture_of_a_status_message_can_be_animated(studio: Studio) -> None:
    await studio.video(studio.ada, "a walk", image=("x.png", picture("red")))
    await only_job(studio, studio.ada)
    await animate(studio, studio.ben, studio.status_of("a walk"), "another walk")
    assert (await only_job(studio, studio.ben)).request.first_frame is not None


# -- clips -------------------------------------------------------------------------------------------------------------


async def test_the_menus_of_a_clip_do_what_its_buttons_do(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip)) as studio:
        await studio.video(studio.ada, "a fox")
        parent = await only_job(studio, studio.ada)
        await studio.restart()
        (message,) = studio.clips()
        form = await use(studio, studio.ben, "Extend this clip", message)
        await studio.ben.submit_modal(form, {"prompt": "it runs"})
        child = await only_job(studio, studio.ben)
        assert (child.parent_id, child.relation) == (parent.job_id, Relation.EXTENDS)
        form = await use(studio, studio.mod, "Remix this clip", message)
        await studio.mod.submit_modal(form, {"prompt": "a wolf", "format": ["/"], "provider": ["auto"]})
        child = await only_job(studio, studio.mod)
        assert (child.parent_id, child.relation) == (parent.job_id, Relation.REMIX)


async def test_other_messages_bring_no_clip(studio: Studio) -> None:
    sent = await studio.ada.send(studio.channel, "hello")
    await studio.video(studio.ada, "a fox")
    await only_job(studio, studio.ada)
    for message in (sent, studio.status_of("a fox")):
        for menu in ("Extend this clip", "Remix this clip"):
            assert "no clip of mine" in await answered(studio, await use(studio, studio.ben, menu, message))


# -- avatars -----------------------------------------------------------------------------------------------------------


async def test_an_avatar_becomes_a_clip(studio: Studio) -> None:
    eve = studio.guild.add_member(studio.env.create_user("eve", avatar="a_0123"))
    url = f"https://cdn.discordapp.com/avatars/{eve.id}/a_0123.png?size=1024"
    studio.env.backend.cdn._blobs[url] = picture("red", size=(512, 512))
    form = await studio.ada.context_menu(studio.channel, "Animate avatar", eve)
    await studio.ada.submit_modal(form, {"prompt": "she waves"})
    job = await only_job(studio, studio.ada)
    assert job.request.first_frame is not None
    assert job.request.first_frame.width == 512


async def test_who_has_no_avatar_cannot_be_animated(studio: Studio) -> None:
    result = await studio.ada.context_menu(studio.channel, "Animate avatar", studio.ben)
    assert "no picture of their own" in await answered(studio, result)
