"""What a message may contain. Pure; raises Refusal. Permissions and sizes of files belong to messages.py.

Sources: discord-api-docs, resources/message and components/reference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tests.wire.mentions import TEXT_DISPLAY, walk
from tests.wire.refusals import empty_message, invalid_form
from tests.wire.things import Flag

MAX_CONTENT = 2000
MAX_EMBEDS = 10
MAX_EMBED_TEXT = 6000
MAX_ROWS = 5
MAX_COMPONENTS = 40
MAX_DISPLAYED = 4000
MAX_FILES = 10
MAX_NONCE = 25
MAX_OPTIONS = 25
ACTION_ROW, BUTTON, SELECT = 1, 2, 3
MEDIA = "attachment://"
LABELS = {"label": 80, "custom_id": 100}
OPTION_LABELS = {"label": 100, "value": 100, "description": 100}


def check_message(payload: Mapping[str, Any], flags: Flag, filenames: Collection[str]) -> None:
    """Refuse a message as it would stand after a post or an edit; `filenames` are those of its attachments."""
    if len(payload.get("content") or "") > MAX_CONTENT:
        raise invalid_form("content", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_CONTENT} or fewer in length.")
    if len(payload.get("embeds") or []) > MAX_EMBEDS:
        raise invalid_form("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_EMBEDS} or fewer in length.")
    if len(filenames) > MAX_FILES:
        raise invalid_form("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_FILES} or fewer in length.")
    if Flag.COMPONENTS_V2 in flags:
        _check_v2(payload)
    else:
        _check_rows(payload)
    _check_components(payload, filenames)
    if not any((payload.get("content"), payload.get("embeds"), payload.get("components"), filenames)):
        raise empty_message()


def check_nonce(payload: Mapping[str, Any]) -> str | None:
    """The nonce, if there is one."""
    nonce = payload.get("nonce")
    if nonce is not None and len(str(nonce)) > MAX_NONCE:
        raise invalid_form("nonce", "NONCE_TYPE_TOO_LONG", f"Must be {MAX_NONCE} or fewer in length.")
    return None if nonce is None else str(nonce)


def _check_v2(payload: Mapping[str, Any]) -> None:
    for field in ("content", "embeds", "poll", "sticker_ids"):
        if payload.get(field):
            raise invalid_form(
                field,
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )
    every = list(walk(payload.get("components") or []))
    if len(every) > MAX_COMPONENTS:
        raise invalid_form("components", "BASE_TYPE_BAD_LENGTH", f"At most {MAX_COMPONENTS} components.")
    shown = sum(len(str(c.get("content", ""))) for c in every if c.get("type") == TEXT_DISPLAY)
    if shown > MAX_DISPLAYED:
        raise invalid_form("components", "COMPONENT_MAX_TOTAL_COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Too long.")


def _check_rows(payload: Mapping[str, Any]) -> None:
    rows = payload.get("components") or []
    if len(rows) > MAX_ROWS:
        raise invalid_form("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_ROWS} in length.")
    for place, row in enumerate(rows):
        if row.get("type") != ACTION_ROW:
            raise invalid_form(f"components.{place}.type", "UNION_TYPE_CHOICES", "Value must be one of {1}.")


def _check_components(payload: Mapping[str, Any], filenames: Collection[str]) -> None:
    seen: set[str] = set()
    for component in walk(payload.get("components") or []):
        for field, most in LABELS.items():
            value = component.get(field)
            if component.get("type") == BUTTON and value is not None and not 1 <= len(str(value)) <= most:
                raise invalid_form(f"components.{field}", "BASE_TYPE_BAD_LENGTH", f"Between 1 and {most} in length.")
        if component.get("type") == SELECT:
            _check_select(component)
        custom_id = component.get("custom_id")
        if custom_id is not None and custom_id in seen:
            raise invalid_form("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Custom id cannot be duplicated")
        seen.add(str(custom_id))
        for url in media_addresses(component):
            if url.startswith(MEDIA) and url.removeprefix(MEDIA) not in filenames:
                raise invalid_form("components", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", url)


def _check_select(menu: Mapping[str, Any]) -> None:
    options, most = menu.get("options") or [], menu.get("max_values", 1)
    if not 1 <= len(options) <= MAX_OPTIONS:
        raise invalid_form("components.options", "BASE_TYPE_BAD_LENGTH", f"Between 1 and {MAX_OPTIONS} in length.")
    if not menu.get("min_values", 1) <= most <= len(options):
        raise invalid_form("components.max_values", "NUMBER_TYPE_MAX", "More than there is to choose.")
    for field, longest in OPTION_LABELS.items():
        if any(len(str(option.get(field) or "")) > longest for option in options):
            raise invalid_form(f"components.options.{field}", "BASE_TYPE_BAD_LENGTH", f"{longest} or fewer.")


def media_addresses(component: Mapping[str, Any]) -> list[str]:
    """The addresses that one component shows: of a gallery's items, a thumbnail or a file."""
    holders = [*(component.get("items") or []), component]
    media = [holder.get(key) for holder in holders for key in ("media", "file") if isinstance(holder, Mapping)]
    return [str(item["url"]) for item in media if isinstance(item, Mapping) and "url" in item]
