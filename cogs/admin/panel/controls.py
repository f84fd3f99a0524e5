"""What the menus and buttons of the panel do. Rights are checked at each press, and again when a form is sent.

A change of rules names the version that its page showed: of two moderators at once, the second sees the newer state and
presses again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from discord import ui

from bot.errors import Refused
from bot.moderation.desk import Desk, RuleEdit
from bot.policy.words import parse_patterns, parse_words
from cogs.admin.panel.forms import BlockForm, Numbers, NumbersForm, RoleForm, WordsForm
from cogs.admin.panel.page import Page, panel_template
from cogs.admin.panel.showing import build
from cogs.core import texts
from cogs.core.answers import Interaction, check_manager, defer_update, done, show, target_of, translation_for
from cogs.core.components import PersistentItem
from cogs.core.forms import Form, show_form
from cogs.core.posting import NOBODY

_PACE = ("pending", "per_minute", "free_per_hour", "strikes")

Change = Callable[[Desk], Awaitable[object]]
"""Changes something, and may raise Refused."""


async def redraw(interaction: Interaction, page: Page, change: Change | None = None) -> None:
    """Do something if the presser may, and show the page as it is then, with what came of it."""
    check_manager(interaction)
    if not await defer_update(interaction):
        return
    t, note = translation_for(interaction), ""
    if change is not None:
        try:
            await change(interaction.client.services.desk)
            done(interaction)
            note = f"**{t('panel.saved')}**"
        except Refused as error:
            note = f"**{texts.refusal(error, t)}**"
    await show(interaction, view=await build(interaction, page, note), allowed_mentions=NOBODY)


class PanelMenu(PersistentItem, template=panel_template("page", "makers", "channels", "log", "unblock")):
    """The menus."""

    async def press(self, interaction: Interaction) -> None:
        """Turn to another page, or change what the menu is about."""
        assert isinstance(self.item, ui.Select | ui.UserSelect | ui.RoleSelect | ui.ChannelSelect)
        verb, page, version = self.found["verb"], Page(self.found["page"]), int(self.found["version"])
        values: list[Any] = list(self.item.values)
        if verb == "page":
            await redraw(interaction, Page(values[0]))
            return
        admin = target_of(interaction)
        if verb == "unblock":
            await redraw(interaction, page, lambda desk: desk.pardon(admin, values[0].id))
            return
        ids = tuple(value.id for value in values)
        edits: dict[str, RuleEdit] = {
            "makers": lambda rules: rules.but(makers=ids),
            "channels": lambda rules: rules.but(channels=ids),
            "log": lambda rules: rules.but(log_channel=ids[0] if ids else None),
        }
        # An erasure looks through channels that were the log channel once.
        facts = {"count": len(ids)} | ({"channel_id": ids[0]} if verb == "log" and ids else {})
        await redraw(interaction, page, lambda desk: desk.change(admin, verb, edits[verb], facts, version=version))


class PanelButton(
    PersistentItem,
    template=panel_template("pause", "resume", "adults", "spoilers", "roles", "block", "budget", "pace", "words"),
):
    """The buttons: some do something at once, the others open a form."""

    async def press(self, interaction: Interaction) -> None:
        """Do it."""
        check_manager(interaction)
        verb, page, version = self.found["verb"], Page(self.found["page"]), int(self.found["version"])
        admin = target_of(interaction)
        at_once: dict[str, Change] = {
            "pause": lambda desk: desk.pause(admin),
            "resume": lambda desk: desk.resume(admin),
            "adults": lambda desk: desk.change(admin, "adults", _toggle_adults, version=version),
            "spoilers": lambda desk: desk.change(admin, "spoilers", _toggle_spoilers, version=version),
        }
        if verb in at_once:
            await redraw(interaction, page, at_once[verb])
        else:
            await show_form(interaction, await _FORMS[verb](interaction, page, version))


def _toggle_adults(rules: Any) -> Any:
    return rules.but(age_restricted_only=not rules.age_restricted_only)


def _toggle_spoilers(rules: Any) -> Any:
    return rules.but(spoilers=not rules.spoilers)


async def _budget(interaction: Interaction, page: Page, version: int) -> Form:
    t, desk = translation_for(interaction), interaction.client.services.desk
    rules = (await desk.rules(target_of(interaction).guild_id)).rules
    labels = {"day": t("panel.forms.budget.day"), "month": t("panel.forms.budget.month")}

    async def sent(pressed: Interaction, numbers: Numbers) -> None:
        admin, caps = target_of(pressed), {"daily_budget": numbers["day"], "monthly_budget": numbers["month"]}
        edit: RuleEdit = lambda rules: rules.but(**caps)  # noqa: E731
        await redraw(pressed, page, lambda desk: desk.change(admin, "budget", edit, numbers, version=version))

    present = {"day": rules.daily_budget, "month": rules.monthly_budget}
    return NumbersForm(t("panel.forms.budget.title"), labels, present, sent)


async def _pace(interaction: Interaction, page: Page, version: int) -> Form:
    t, desk = translation_for(interaction), interaction.client.services.desk
    rules = (await desk.rules(target_of(interaction).guild_id)).rules

    async def sent(pressed: Interaction, numbers: Numbers) -> None:
        admin = target_of(pressed)
        edit: RuleEdit = lambda rules: rules.but(**numbers)  # noqa: E731
        await redraw(pressed, page, lambda desk: desk.change(admin, "pace", edit, numbers, version=version))

    labels = {name: t(f"panel.forms.pace.{name}") for name in _PACE}
    return NumbersForm(t("panel.forms.pace.title"), labels, {name: getattr(rules, name) for name in _PACE}, sent)


async def _words(interaction: Interaction, page: Page, version: int) -> Form:
    t, desk = translation_for(interaction), interaction.client.services.desk
    rules = (await desk.rules(target_of(interaction).guild_id)).rules

    async def sent(pressed: Interaction, words: str, patterns: str) -> None:
        admin = target_of(pressed)

        async def change(desk: Desk) -> object:
            found = {"words": parse_words(words), "patterns": parse_patterns(patterns)}
            facts = {name: len(entries) for name, entries in found.items()}
            return await desk.change(admin, "words", lambda rules: rules.but(**found), facts, version=version)

        await redraw(pressed, page, change)

    return WordsForm(t, rules.words, rules.patterns, sent)


async def _roles(interaction: Interaction, page: Page, version: int) -> Form:
    async def sent(pressed: Interaction, role: int, credits_: int | None) -> None:
        admin = target_of(pressed)

        def edit(rules: Any) -> Any:
            others = {one: share for one, share in rules.role_credits.items() if one != role}
            return rules.but(role_credits=others if credits_ is None else others | {role: credits_})

        facts = {"role": f"<@&{role}>", "limit": credits_}
        await redraw(pressed, page, lambda desk: desk.change(admin, "roles", edit, facts, version=version))

    return RoleForm(translation_for(interaction), sent)


async def _block(interaction: Interaction, page: Page, _version: int) -> Form:
    async def sent(pressed: Interaction, user_id: int, reason: str, days: int | None) -> None:
        admin = target_of(pressed)
        await redraw(pressed, page, lambda desk: desk.block(admin, user_id, reason, days))

    return BlockForm(translation_for(interaction), sent)


_FORMS: dict[str, Callable[[Interaction, Page, int], Awaitable[Form]]] = {
    "budget": _budget,
    "pace": _pace,
    "words": _words,
    "roles": _roles,
    "block": _block,
}

ALL = (PanelMenu, PanelButton)
