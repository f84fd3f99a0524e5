"""What people do: a hundred commands at once, other people's buttons, forged ids, other people's servers, odd words."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage
from tests.wire.interactions import Interaction
from tests.wire.mentions import texts, walk
from tests.wire.things import MANAGER_PERMISSIONS, MEMBER_PERMISSIONS, Message

READY = "your clip is ready"
NOT_YOURS = "Only the person who asked for it, or a moderator, can do that."
OLD = "That button is from another version of me"
NO_SUCH = "There is no such clip in this server."
NOT_ALLOWED = "You need the *Manage Server* permission for that."
Act = Callable[[Stage, Trouble], Awaitable[Story]]


# -- a crowd -----------------------------------------------------------------------------------------------------------


async def hundred(stage: Stage, trouble: Trouble) -> Story:
    """ada presses Enter a hundred times; she has ten credits."""
    prompts = [f"take {number:03}" for number in range(100)]
    calls = [stage.command("ada", "video", prompt=prompt, provider="auto") for prompt in prompts]
    asked = await asyncio.gather(*calls)
    await stage.until(lambda: all(stage.reply(one) or stage.too_late(one) for one in asked), "an answer to all", 60.0)
    answers = {prompt: stage.reply(one) for prompt, one in zip(prompts, asked, strict=True)}
    accepted = [prompt for prompt, said in answers.items() if said.startswith("Accepted")]
    refused = [said for prompt, said in answers.items() if said and prompt not in accepted]
    late = len(prompts) - len(accepted) - len(refused)
    seen = [f"{len(said)} × “{said[0]}”" for said in ([answers[prompt] for prompt in accepted], refused) if said]
    story = Story(", ".join(seen))
    story.seen += f", {late} × nothing: Discord's 3 s were over before their turn came" if late else ""
    story.wrong += [] if len(accepted) == 10 else [f"{len(accepted)} accepted"]
    story.wrong += [f"refused with {said!r}" for said in refused if "Nothing is left of your 10 credits" not in said]
    queued = {str(prompt) for (prompt,) in stage.rows("SELECT prompt FROM jobs")} & set(prompts)
    story.wrong += [] if queued == set(accepted) else [f"told of {accepted}, queued are {sorted(queued)}"]
    for prompt in accepted:
        story.wrong += (await judged(stage, replace(trouble, words=READY, seconds=60.0), prompt)).wrong
    ada = stage.wire.world.user("ada").user_id
    booked = dict(stage.rows("SELECT kind, sum(credits) FROM ledger WHERE user_id = ? GROUP BY kind", ada))
    story.wrong += [] if booked == {"hold": 10, "settle": 10} else [f"the ledger says {booked}"]
    story.credits_back = "10 held, 10 settled, 90 never held"
    return story


# -- buttons -----------------------------------------------------------------------------------------------------------


async def _press(stage: Stage, who: str, message: Message, *, custom_id: str = "", label: str = "") -> str:
    pressed = await stage.wire.interactions.press(who, message, custom_id=custom_id or None, label=label or None)
    stage.asked.append(pressed)
    return await stage.answer(pressed)


async def _planted(stage: Stage, who: str, message: Message, custom_id: str) -> str:
    """Press a button that carries a forged id, as if Discord had let it be put there."""
    button = next(part for part in walk(message.components) if part.get("type") == 2)
    assert isinstance(button, dict)
    kept, button["custom_id"] = button["custom_id"], custom_id
    try:
        return await _press(stage, who, message, custom_id=custom_id)
    finally:
        button["custom_id"] = kept


def _status_message(stage: Stage, prompt: str) -> Message:
    return next(m for m in stage.messages() if m.components and not m.content and prompt in texts(m.payload))


async def somebody_elses(stage: Stage, trouble: Trouble) -> Story:
    """ben presses Cancel on ada's request while it waits, and Delete on her clip."""
    prompt = "a scene that ben would rather not see"
    stage.apiframe.alter = lambda job: job | {"status": "PROCESSING"} if "status" in job else job
    await stage.video(prompt)
    said = await _press(stage, "ben", _status_message(stage, prompt), label="Cancel")
    stage.apiframe.alter = None
    story = await judged(stage, replace(trouble, words=READY), prompt)
    deleted = await _press(stage, "ben", stage.clips(prompt)[0], label="Delete")
    story.seen = said
    story.wrong += [f"ben was told {text!r}" for text in (said, deleted) if text != NOT_YOURS]
    story.wrong += [] if stage.clips(prompt) else ["the clip is gone"]
    return story


async def forged(stage: Stage, trouble: Trouble) -> Story:
    """ben sends custom ids that no button of his has."""
    prompt = "a scene with buttons"
    await stage.video(prompt)
    story = await judged(stage, replace(trouble, words=READY), prompt)
    message = stage.clips(prompt)[0]
    for verb in ("cancel", "again", "delete", "send"):
        story.seen = await _planted(stage, "ben", message, f"rushes:{verb}:{secrets.token_hex(10)}")
        story.wrong += [] if story.seen == NO_SUCH else [f"{verb}: {story.seen!r}"]
    real = (stage.job(prompt) or ("", ""))[0]
    short, unknown = "rushes:cancel:" + "0" * 19, "rushes:drop:" + "a" * 20
    odd = [f"rushes:cancel:{real}", "rushes:cancel:../../../etc/passwd", short, unknown, "\u202e"]
    for one in odd:
        pressed = await stage.wire.interactions.press("ben", message, custom_id=one)
        stage.asked.append(pressed)
        # One that a button could have is on none here: discord.py does not even look at it.
        said = await stage.answer(pressed)
        story.wrong += [] if said.startswith(OLD) else [f"{one!r} was answered {said!r}"]
    story.wrong += [] if stage.clips(prompt) else ["the clip is gone"]
    story.credits_back = "nothing held"
    return story


async def foreign_message(stage: Stage, trouble: Trouble) -> Story:
    """ben forges a Delete that carries the id of his own clip, and sends it for ada's message."""
    hers, his = "a scene of ada's", "a scene of ben's"
    await stage.video(hers)
    await stage.video(his, user="ben")
    story = await judged(stage, replace(trouble, words=READY), hers)
    await judged(stage, replace(trouble, words=READY), his)
    (job_id, _), target = stage.job(his) or ("", ""), stage.clips(hers)[0]
    story.seen = await _planted(stage, "ben", target, f"rushes:delete:{job_id}")
    story.wrong += [] if stage.clips(hers) else ["ada's clip was deleted by ben"]
    return story


async def other_server(stage: Stage, trouble: Trouble) -> Story:
    """eve, who manages a server of her own, presses with the id of a clip that is not of that server."""
    await _second_server(stage)
    prompt = "a scene of the first server"
    await stage.video(prompt)
    story = await judged(stage, replace(trouble, words=READY), prompt)
    job_id, _ = stage.job(prompt) or ("", "")
    own = "a scene of the second server"
    await stage.video(own, user="eve", channel="den")
    await stage.over(own)
    for verb in ("cancel", "again", "delete", "send"):
        story.seen = await _planted(stage, "eve", stage.clips(own)[0], f"rushes:{verb}:{job_id}")
        story.wrong += [] if story.seen == NO_SUCH else [f"{verb}: {story.seen!r}"]
    listing = await stage.answer(await stage.command("eve", "jobs", "den"))
    story.wrong += ["/jobs shows another server's clips"] if prompt in listing else []
    return story


async def _second_server(stage: Stage) -> None:
    world = stage.wire.world
    if "den" in {channel.name for channel in world.channels.values()}:
        return
    guild = world.add_guild("The Other Room")
    world.add_channel(guild, "den")
    world.add_member(guild, world.add_user("eve"), MANAGER_PERMISSIONS)
    world.add_member(guild, world.user("ada"), MEMBER_PERMISSIONS)
    guild.present = False
    await stage.wire.changes.guild(guild.guild_id, present=True)


# -- admin commands ----------------------------------------------------------------------------------------------------

ADMIN: dict[str, dict[str, object]] = {
    "admin quota set": {"credits": 10_000},
    "admin quota grant": {"member": "ada", "credits": 10_000},
    "admin quota show": {"member": "ben"},
}


def admin(who: str, where: Callable[[Stage], Awaitable[str]], expected: tuple[str, ...]) -> Act:
    """Every admin command by somebody, somewhere: refused, and nobody's credits change."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        before = stage.rows("SELECT * FROM allowances") + stage.rows("SELECT * FROM grants")
        channel, story = await where(stage), Story(credits_back="nothing held")
        for command, options in ADMIN.items():
            asked: Interaction = await stage.command(who, command, channel, **options)
            story.seen = await stage.answer(asked)
            story.wrong += [] if story.seen in expected else [f"{command}: {story.seen!r}"]
        after = stage.rows("SELECT * FROM allowances") + stage.rows("SELECT * FROM grants")
        story.wrong += [] if before == after else ["somebody's credits changed"]
        return story

    return act


async def _here(_stage: Stage) -> str:
    return "brainstorm"


async def _private(stage: Stage) -> str:
    world = stage.wire.world
    return str(world.private_channel(world.user("max")).channel_id)


async def _den(stage: Stage) -> str:
    await _second_server(stage)
    return "den"


async def granted_elsewhere(stage: Stage, trouble: Trouble) -> Story:
    """eve grants credits in her own server: they do not count in the first one."""
    await _second_server(stage)
    before = await stage.answer(await stage.command("ada", "quota"))
    said = await stage.answer(await stage.command("eve", "admin quota grant", "den", member="ada", credits=10_000))
    after = await stage.answer(await stage.command("ada", "quota"))
    story = Story(f"in eve's server: {said}; in the first one: {after}", "nothing held")
    story.wrong += [] if before == after else [f"{before!r} became {after!r}"]
    return story


# -- words -------------------------------------------------------------------------------------------------------------

PROMPTS = {
    "@everyone and @here": "look @everyone and @here",
    "mentions of people, roles and channels": "wake up <@{ben}> <@!{ben}> <@&{guild}> <#{guild}>",
    "a masked link": "a fox [click here](https://evil.example/x) and <https://evil.example>",
    "markdown and code fences": "```\n**bold** ||spoiler|| # heading\n> quote ``` `x",
    "right-to-left and zero-width characters": "\u202egnp.exe\u202c a\u200bb\u2066c\u2069 \u200f\ufeff\u061c fox",
    "an invite": "join discord.gg/abc and https://discord.com/invite/abc",
    "custom emoji, timestamps, commands": "<:a:1> <a:b:2> <t:0:R> </video:1> <id:customize>",
    "emoji newer than Python": "\U0001fae9 \U0001fadf and \U0001f6d8 in the rain",
    "2000 characters of markup": "*_~`|[](<@" * 200,
    "Zalgo": "f" + "\u0301\u0316" * 400 + "ox",
    "SQL and templates": "'; DROP TABLE jobs; -- {0} {job} %s ${x} {{7*7}}",
}
MARKUP = re.compile(r"<(@[!&]?\d|#\d|a?:\w+:\d|t:\d|/\w+:\d|id:\w)")
LIVE = re.compile(r"(?<!\\)\]\(<?https?://(?!discord\.com/channels/)|<@[!&]|[\u202e\u2066\u2069\u200f\u061c]")
"""A masked link that is not the bot's own, a mention, a character that turns the text around."""


def words() -> list[Trouble]:
    """Prompts that try to be more than words."""
    return [
        Trouble(f"Prompt: {name}", words=READY, act=_say(prompt), cheap=name.startswith(("@", "a masked", "right")))
        for name, prompt in PROMPTS.items()
    ]


def _say(pattern: str) -> Act:
    async def act(stage: Stage, trouble: Trouble) -> Story:
        world = stage.wire.world
        numbers = {"{ben}": world.user("ben").user_id, "{guild}": world.guild("The Cutting Room").guild_id}
        typed = pattern
        for name, number in numbers.items():
            typed = typed.replace(name, str(number))
        marked = {message.message_id for message in world.messages()}
        said = await stage.video(typed)
        (stored,) = stage.rows("SELECT prompt FROM jobs ORDER BY created_at DESC LIMIT 1")[0]
        await stage.over(str(stored))
        await stage.until(lambda: _new_clips(stage, marked), f"a clip ({said})")
        shown = texts(_new_clips(stage, marked)[0].payload).split("\n> ")[1].split("\n-# ")[0]
        story = Story(f"@ada your clip is ready. > {shown[:90]}")
        story.credits_back = "no: the clip came"
        story.wrong += ["markup was kept"] if MARKUP.search(str(stored)) else []
        lost = [letter for letter in typed if letter > "\U0001f000" and letter not in str(stored)]
        story.wrong += [f"{lost} were lost"] if lost else []
        for message in [m for m in world.messages() if m.message_id not in marked]:
            text = texts(message.payload)
            story.wrong += [f"{live[0]!r} is live in {text[:80]!r}" for live in LIVE.finditer(text)]
            named = message.mentioned.users - {world.user("ada").user_id}
            story.wrong += ["it mentions somebody"] if named or message.mentioned.everyone else []
        return story

    return act


def _new_clips(stage: Stage, marked: set[int]) -> list[Message]:
    found = [m for m in stage.messages() if m.message_id not in marked and READY in m.content]
    return [m for m in found if any(part.get("type") == 2 for part in walk(m.components))]


def troubles() -> list[Trouble]:
    """All of them."""
    ten = {"QUOTA_DAILY_CREDITS": "10"}
    return [
        Trouble("100 commands at once, with 10 credits", act=hundred, alone=True, variables=ten, cheap=True,
                seconds=60.0),
        Trouble("A button pressed by somebody else", act=somebody_elses, cheap=True),
        Trouble("Buttons with forged ids", act=forged, cheap=True),
        Trouble("A forged Delete of one's own clip, sent for somebody else's message", act=foreign_message),
        Trouble("Buttons with the id of another server's clip", act=other_server, alone=True),
        Trouble("Admin commands by a plain member", act=admin("ada", _here, (NOT_ALLOWED,)), cheap=True),
        Trouble("Admin commands in a private message", act=admin("max", _private, (
            NOT_ALLOWED, "This works in a server's channels only."))),
        Trouble("Admin commands by a plain member of another server", act=admin("ada", _den, (NOT_ALLOWED,)),
                alone=True),
        Trouble("Credits granted in another server", act=granted_elsewhere, alone=True),
        *words(),
    ]  # fmt: skip
