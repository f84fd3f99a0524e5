"""/jobs: one's own recent clips, with what can still be done about each; and the buttons that outlive a restart."""

from __future__ import annotations

from discord import app_commands, ui
from discord.ext import commands

from bot.client import RushesBot
from bot.jobs.transitions import CANCELLABLE
from bot.models import Job, JobStatus
from cogs.answers import Interaction, target_of, words_of
from cogs.views import buttons, texts
from cogs.views.quoting import quoted
from cogs.words import Words


class Jobs(commands.Cog):
    """A member's own clips."""

    @app_commands.command()
    @app_commands.guild_only()
    async def jobs(self, interaction: Interaction) -> None:
        """List your recent clips: their state, cancel one, or have a finished one sent again."""
        target, words = target_of(interaction), words_of(interaction)
        found = await interaction.client.services.jobs.recent(target.guild_id, target.user_id)
        if not found:
            await interaction.response.send_message(words("jobs.none_yet"), ephemeral=True)
            return
        await interaction.response.send_message(view=_listing(found, words), ephemeral=True)


def _listing(found: list[Job], words: Words) -> ui.LayoutView:
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.TextDisplay(words("jobs.heading")))
    for job in found:
        button = _button(job, words)
        text = ui.TextDisplay[ui.LayoutView](_line(job, words))
        layout.add_item(ui.Section(text, accessory=button) if button is not None else text)
    return layout


def _button(job: Job, words: Words) -> buttons.JobButton | None:
    if job.status in CANCELLABLE:
        return buttons.CancelButton(job.job_id, words)
    if job.status in {JobStatus.DELIVERED, JobStatus.PARKED}:
        return buttons.SendButton(job.job_id, words)
    return None


def _line(job: Job, words: Words) -> str:
    state = words(f"jobs.states.{job.status}")
    line = f"{quoted(job.request.prompt, 80)}\n-# {state} · {texts.moment(job.created_at)}"
    target = job.target
    if job.result_message_id is not None:
        line += f" · https://discord.com/channels/{target.guild_id}/{target.channel_id}/{job.result_message_id}"
    if job.failure is not None:
        line += f"\n-# {texts.reason(job, words)}"
    return line


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(*buttons.ALL)
    await bot.add_cog(Jobs())


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(*buttons.ALL)
