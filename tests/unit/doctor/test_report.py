"""What the doctor says: one line for each finding, and nothing in it that no terminal should see."""

from __future__ import annotations

import json

import pytest

from bot.doctor.report import Finding, as_json, as_text, error, fine, one_line, status_of, warning

FOUND = [fine("disk", "room"), warning("fonts", "few", "Install some."), error("token", "bad", "Copy it.")]


def test_each_finding_is_a_line_with_its_advice_below() -> None:
    assert as_text(FOUND, "1.2.3").splitlines() == [
        "rushes 1.2.3",
        "",
        "ok       disk   room",
        "warning  fonts  few",
        "                -> Install some.",
        "error    token  bad",
        "                -> Copy it.",
        "",
        "1 error and 1 warning.",
    ]


def test_json_has_the_same_and_the_version() -> None:
    said = json.loads(as_json(FOUND, "1.2.3"))
    assert said["version"] == "1.2.3"
    assert said["findings"][1] == {"name": "fonts", "level": "warning", "found": "few", "advice": "Install some."}


@pytest.mark.parametrize(
    ("found", "status", "verdict"),
    [
        ([], 0, "All is well."),
        (FOUND[:1], 0, "All is well."),
        (FOUND[:2], 0, "1 warning."),
        ([*FOUND, FOUND[2]], 1, "2 errors and 1 warning."),
    ],
)
def test_an_error_alone_makes_the_status_one(found: list[Finding], status: int, verdict: str) -> None:
    assert status_of(found) == status
    assert as_text(found, "").splitlines()[-1] == verdict


def test_secrets_and_control_codes_are_taken_out() -> None:
    dirty = error("x", "key hunter22\r\n\x1b[31m of us", "Not hunter22, us.")
    assert one_line(dirty, ["hunter22", "us", ""]) == error("x", "key *** [31m of us", "Not ***, us.")
