"""Signed picture links: what holds and what does not."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media.links import PictureLinks

SECRET = b"s" * 32
NAME = "job1-first.png"


def links(now: float = 1000.0, secret: bytes = SECRET) -> PictureLinks:
    return PictureLinks(secret, "https://bot.example/base/", lambda: now)


def parts(link: str) -> tuple[str, str, str]:
    name, expires, signature = urlsplit(link).path.removeprefix("/base/pictures/").split("/")
    return name, expires, signature


def test_link_holds_until_it_expires_and_is_always_the_same() -> None:
    link = links().link(NAME, 1600.2)
    assert link == links(now=1500.0).link(NAME, 1600.2)
    assert link.startswith("https://bot.example/base/pictures/job1-first.png/1601/")
    assert len(parts(link)[2]) * 4 >= 128
    assert links(now=1600.9).check(*parts(link))
    assert not links(now=1601.0).check(*parts(link))


def test_any_other_part_breaks_it() -> None:
    name, expires, signature = parts(links().link(NAME, 1600))
    assert not links().check("job2-first.png", expires, signature)
    assert not links().check(name, "9999", signature)
    assert not links().check(name, expires + " ", signature)
    assert not links().check(name, expires, signature[:-1])
    assert not links().check(name, expires, signature.upper())
    assert not links(secret=b"t" * 32).check(name, expires, signature)


@given(st.text(), st.text(), st.text() | st.text(st.characters(categories=["Cs"])))
def test_strange_parts_are_refused_without_raising(name: str, expires: str, signature: str) -> None:
    assert not links().check(name, expires, signature)


def test_short_secrets_are_refused() -> None:
    with pytest.raises(ValueError):
        links(secret=b"")
