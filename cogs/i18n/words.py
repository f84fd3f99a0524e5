"""Every sentence that Discord users see, by key, in the languages there are; the sentences are in `locales`.

`locales/<locale>/<family>.toml` holds a family of them: the entry `left` of the table `quota` in `refusals.toml` has
the key `refusals.quota.left`. Gaps are named as for str.format. An entry that depends on the fact `count` is a table of
`one` and `other`; languages without a plural have `other` alone. Which sentence is said when does not belong here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ENGLISH = "en"
LOCALES = (ENGLISH, "ko", "zh-CN", "ja")
"""As Discord spells them, but for English, which Discord splits into en-US and en-GB."""

FOLDER = Path(__file__).with_name("locales")

Entry = str | Mapping[str, str]
"""A sentence, or its forms by number."""

_FORMS = {"one", "other"}


class Translation:
    """The sentences of one language; call it with a key and the facts that fill the gaps."""

    def __init__(self, locale: str, entries: Mapping[str, Entry]) -> None:
        self.locale = locale
        self._entries = entries

    def __call__(self, key: str, /, **facts: object) -> str:
        """The sentence of this key; KeyError for a key or a gap that nobody thought of."""
        entry = self._entries[key]
        if not isinstance(entry, str):
            entry = entry["one"] if facts["count"] == 1 and "one" in entry else entry["other"]
        return entry.format(**facts)


def supported(locale: str) -> str:
    """The language to answer in for a locale of Discord's; English for all that are not translated."""
    return locale if locale in LOCALES else ENGLISH


def translation(locale: str) -> Translation:
    """The sentences for a locale of Discord's."""
    return _translation(supported(locale))


@cache
def _translation(locale: str) -> Translation:
    # A sentence that is not translated yet is said in English, rather than not at all.
    return Translation(locale, catalogue(ENGLISH) | catalogue(locale))


@cache
def catalogue(locale: str) -> dict[str, Entry]:
    """All entries of one language by key, as they are written; nothing is filled in from another."""
    found: dict[str, Entry] = {}
    for path in sorted((FOLDER / locale).glob("*.toml")):
        with path.open("rb") as file:
            found |= _flat(path.stem, tomllib.load(file))
    return found


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        if isinstance(value, str) or set(value) <= _FORMS:
            yield f"{prefix}.{name}", value
        else:
            yield from _flat(f"{prefix}.{name}", value)
