"""Links of providers as they may stand in a message."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.clip_links import LONGEST, shown_link


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://a.example/c.mp4", "https://a.example/c.mp4"),
        (
            "HTTPS://a.example/c.mp4?X-Sig=a%2Bb%2Fc%3D&t=%7e1+2#f",
            "https://a.example/c.mp4?X-Sig=a%2Bb%2Fc%3D&t=%7e1+2#f",
        ),
        ("https://a.example/a(b)<c>.mp4", "https://a.example/a%28b%29%3Cc%3E.mp4"),
        ("https://a.example/a b\tc\nd.mp4", "https://a.example/a%20b%09c%0Ad.mp4"),
        ('https://a.example/[a](b)|c|`d`\\e"f^{g}', "https://a.example/%5Ba%5D%28b%29%7Cc%7C%60d%60%5Ce%22f%5E%7Bg%7D"),
        ("https://a.example/<@123>?m=@everyone", "https://a.example/%3C@123%3E?m=@everyone"),
        ("https://a.example/50%_100%zz%2", "https://a.example/50%25_100%25zz%252"),
        ("https://a.example/été/영상", "https://a.example/%C3%A9t%C3%A9/%EC%98%81%EC%83%81"),
        ("https://bücher.example/c.mp4", "https://xn--bcher-kva.example/c.mp4"),
        ("https://a.example:8443?x", "https://a.example:8443?x"),
        ("http://[2606:4700::1111]:80/c.mp4", "http://[2606:4700::1111]:80/c.mp4"),
        (" https://a.example/c.mp4\n", "https://a.example/c.mp4"),
        ("https://a.example/\u202egpm.4", "https://a.example/%E2%80%AEgpm.4"),
    ],
)
def test_what_would_tear_a_message_apart_is_percent_encoded(link: str, shown: str) -> None:
    assert shown_link(link) == shown


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "clip.mp4",
        "ftp://a.example/c.mp4",
        "javascript:alert(1)",
        "https://",
        "https:///c.mp4",
        "https://user@a.example/c.mp4",
        "https://discord.com:word@a.example/c.mp4",
        "https://a.example\\@b.example/",
        "https://a>b.example/",
        "https://a b.example/",
        "https://a.example/\ud800",
        f"https://a.example/{'a' * LONGEST}",
        f"https://a.example/{'(' * (LONGEST // 3)}",
    ],
)
def test_what_is_not_shown(link: str | None) -> None:
    assert shown_link(link) is None


@given(st.text(max_size=60))
def test_whatever_the_path_the_link_is_one_word_and_means_the_same(path: str) -> None:
    shown = shown_link(f"https://a.example/x{path}x")
    if shown is not None:
        assert re.fullmatch(r"https://a\.example[A-Za-z0-9/?#:@!$&'*+,;=%~._-]+", shown)
        assert unquote(shown) == unquote(f"https://a.example/x{path}x")
