"""From a draft to queued jobs with their status messages: the way that /video, the buttons and the menus share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace

from bot.assemblies import rows
from bot.errors import DeliveryError, MessageGone, Refused, StorageFailed
from bot.jobs.intake import Accepted, Draft, Order
from bot.models import ReplyTarget
from bot.policy.asking import Asker
from cogs.core.answers import Interaction, answer, asker_of, check_permissions, defer, done, translation_for
from cogs.core.names import readable
from cogs.core.texts import jump_url
from cogs.video.readers import Reader

log = logging.getLogger(__name__)


async def ask(
    interaction: Interaction,
    draft: Draft,
    first: Reader | None = None,
    last: Reader | None = None,
    *,
    takes: int = 1,
    note: str = "",
) -> None:
    """Refuse, or reserve the price, queue the jobs, show their status in the channel and give a private receipt.

    `note` is said after the receipt.
    """
    services = interaction.client.services
    asker = asker_of(interaction)
    check_permissions(interaction)
    if not await defer(interaction):
        return
    hidden = [picture is not None and picture.spoiler for picture in (first, last)]
    prompt = await readable(interaction, draft.prompt)
    draft = replace(draft, prompt=prompt, first_spoiler=hidden[0], last_spoiler=hidden[1])
    await services.jobs.check([Order(asker.target, draft, standing=asker.standing)] * takes)
    async with _reading(interaction, asker.target, takes, first):
        pictures = await asyncio.gather(_read_any(first), _read_any(last))
        accepted = await _submit(interaction, asker, draft, pictures, takes)
        done(interaction)
    receipt = await _receipt(interaction, accepted)
    await answer(interaction, f"{receipt}\n{note}" if note else receipt)


def _reading(
    interaction: Interaction, target: ReplyTarget, takes: int, first: Reader | None
) -> AbstractAsyncContextManager[None]:
    return nullcontext() if first is None else interaction.client.services.jobs.reading(target, takes)


async def _submit(
    interaction: Interaction, asker: Asker, draft: Draft, pictures: tuple[bytes | None, bytes | None], takes: int
) -> Accepted:
    services, (first, last), target = interaction.client.services, pictures, asker.target
    if takes == 1:
        return await services.jobs.submit([Order(target, draft, standing=asker.standing)], first=first, last=last)
    assembly = await rows.begin_takes(services.assembler, target, takes, services.timings.abandoned)
    order = Order(target, replace(draft, assembly_id=assembly.assembly_id), standing=asker.standing)
    try:
        return await services.jobs.submit([order] * takes, first=first, last=last)
    except Refused:
        with contextlib.suppress(StorageFailed):  # it gets no jobs, and is found to be abandoned by itself
            await rows.abandon(services.assembler, assembly)
        raise


async def _receipt(interaction: Interaction, accepted: Accepted) -> str:
    services, t = interaction.client.services, translation_for(interaction)
    allowance = accepted.allowance
    held = t("status.held", count=accepted.price, left=allowance.left, limit=allowance.limit)
    place, without = None, "status.accepted_unposted"
    for job in accepted.jobs:
        try:
            shown = await services.jobs.open_status(job, await services.view(job))
        except (DeliveryError, StorageFailed) as error:
            log.info("job %s: its status message is left to the status editor: %s", job.job_id, error)
            without = "status.accepted_unshown" if isinstance(error, MessageGone) else without
            continue
        place = place or jump_url(shown.target, shown.status_message_id)
    if place is None:
        return t(without, held=held)
    return t("status.accepted", held=held, place=place)


async def _read_any(reader: Reader | None) -> bytes | None:
    return None if reader is None else await reader()
