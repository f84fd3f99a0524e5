"""What a provider says when something went wrong, wherever in its JSON it says so: the words, and the codes.

Pure, and without a vendor: an error may be a string, an object or a list, under one of many names, nested, or JSON
inside a string. What the words mean is read in phrases.py, what the codes mean in minimax.py.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.providers.reading.fields import clean_text

WORDS_LIMIT = 4000
"""Characters of an error that are read; the reason may stand behind a long prompt that is repeated first."""

_DEPTH = 8
_PARTS = 200

# Names are compared without case, "_" and "-".
_WORD_KEYS = frozenset(
    {"error", "errors", "err", "message", "messages", "msg", "errmsg", "errormessage", "errormsg", "statusmsg"}
    | {"statusmessage", "detail", "details", "description", "errordescription", "reason", "failreason", "title"}
    | {"failurereason", "failuremessage", "failure", "fail", "failmsg", "failmessage", "cause", "type", "info", "hint"}
    | {"code", "errorcode", "errcode", "statuscode", "errno", "errorname", "errortype", "finishreason", "blockreason"}
)
_CODE_KEYS = frozenset({"code", "errorcode", "errcode", "statuscode", "errno", "error", "errortype"})
# Words right in these are no complaint, but there may be one deeper down.
_HOLDERS = frozenset({"result", "response", "data", "output", "baseresp", "meta", "metadata", "innererror", "status"})
# What was asked for and is shown again: never the provider's own words.
_ECHOES = frozenset(
    {"prompt", "input", "inputs", "request", "params", "parameters", "arguments", "value", "given", "received", "query"}
    | {"revisedprompt", "text", "image", "images", "url", "loc", "ctx"}
)

_LONG = 24
_LONG_CJK = 8
_OPENING, _CLOSING = "\"'“‘「『«(<[{`", "\"'”’」』»)>]}`"


@dataclass(frozen=True, slots=True)
class Complaint:
    """All that is said of one failure: `words` as plain text, `codes` in lower case."""

    words: str = ""
    codes: frozenset[str] = frozenset()

    @property
    def detail(self) -> str:
        """The words, short enough for a log."""
        return clean_text(self.words)


def complaint_of(body: object, prompts: Iterable[str] = ()) -> Complaint:
    """What an error body, or a failed task, says; without the words of the prompts where they are repeated in it."""
    words: list[str] = []
    codes: set[str] = set()
    for code, text in _said(body):
        if code:
            codes.add(text.strip().lower())
        if not code or not text.strip().isdigit():
            words.append(text)
    whole = " | ".join(dict.fromkeys(words))[:WORDS_LIMIT]
    return Complaint(without_prompts(whole, prompts), frozenset(codes))


def prompts_in(body: object) -> list[str]:
    """The prompts that a task shows again in what it was asked for, or beside its clip."""
    return [value for key, value in _walk(body) if key in {"prompt", "revisedprompt"} and isinstance(value, str)]


def without_prompts(text: str, prompts: Iterable[str]) -> str:
    """The text without what is certainly a prompt said again: whole and in quotes, or long enough to be no accident."""
    text = _even(text)
    for prompt in prompts:
        text = _without(text, _even(prompt).strip())
    return _QUOTED_PROMPT.sub(r"\1 ", text)


_QUOTED_PROMPT = re.compile(
    r"""(\b(?:prompts?|プロンプト)|提示[词詞])\s*(?:was|is)?\s*[:=：]?\s*(?:"[^"]*"|“[^”]*”|「[^」]*」|『[^』]*』|«[^»]*»|'[^']*'(?!\w))""",
    re.I,
)


def _without(text: str, prompt: str) -> str:
    if not prompt:
        return text
    lower, wanted = text.casefold(), prompt.casefold()
    if len(lower) != len(text) or len(wanted) != len(prompt):
        lower, wanted = text.lower(), prompt.lower()
    wide = sum(ord(character) > 0x2E7F for character in prompt) > len(prompt) / 2
    long = _LONG_CJK if wide else _LONG
    if len(wanted) < long:
        quoted = re.compile(f"([{re.escape(_OPENING)}]\\s*){re.escape(wanted)}(\\s*[{re.escape(_CLOSING)}])", re.I)
        return quoted.sub(r"\1\2", text)
    kept, place = [], 0
    while (start := lower.find(wanted[:long], place)) >= 0:
        # It may be cut off at any point after this.
        end = start
        while end < len(lower) and end - start < len(wanted) and lower[end] == wanted[end - start]:
            end += 1
        kept.append(text[place:start])
        place = end
    return " ".join([*kept, text[place:]])


def _even(text: str) -> str:
    """One line, one form of each character, no escapes: as a prompt and its echo can be compared."""
    text = unicodedata.normalize("NFKC", text[: WORDS_LIMIT * 2]).replace("\\n", " ").replace("\\", "")
    shown = (" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    return " ".join("".join(c for c in shown if unicodedata.category(c) not in {"Cf", "Cs"}).split())


def _said(body: object) -> Iterator[tuple[bool, str]]:
    """(whether it is a code, text) of everything said; a bare string or list is a complaint as it is."""
    budget = [_PARTS]
    yield from _complaints(body, "" if isinstance(body, dict) else "error", 0, budget)


def _complaints(value: object, key: str, depth: int, budget: list[int]) -> Iterator[tuple[bool, str]]:
    budget[0] -= 1
    if depth > _DEPTH or budget[0] < 0:
        return
    value = unpacked(value)
    if isinstance(value, dict):
        # Under "details" each field has its own name.
        open_ = key in {"details", "errors"}
        for name, inner in value.items():
            plain = _name(name)
            if plain in _ECHOES and not open_:
                continue
            if plain in _WORD_KEYS or open_ or (plain in _HOLDERS and isinstance(unpacked(inner), dict | list)):
                yield from _complaints(inner, plain if plain in _WORD_KEYS or not open_ else key, depth + 1, budget)
    elif isinstance(value, list):
        for inner in value:
            yield from _complaints(inner, key, depth + 1, budget)
    elif isinstance(value, str) and key not in _HOLDERS:
        if value.strip():
            yield key in _CODE_KEYS and _is_code(value), value
    elif isinstance(value, int) and not isinstance(value, bool) and key in _CODE_KEYS:
        yield True, str(value)


def _is_code(text: str) -> bool:
    return len(text) <= 64 and not re.search(r"\s", text.strip())


def _walk(value: object, depth: int = 0) -> Iterator[tuple[str, object]]:
    value = unpacked(value)
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield _name(name), inner
            yield from _walk(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value[:_PARTS]:
            yield from _walk(inner, depth + 1)


def _name(key: object) -> str:
    return str(key).lower().replace("_", "").replace("-", "")


def unpacked(value: object) -> object:
    """The value, or what a string that is JSON itself holds."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
