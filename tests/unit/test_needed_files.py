"""Which files a backup must have, and which it may."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.library.copies.manifest import FileSum, Manifest
from bot.library.copies.needed import Needed, plan_needed
from bot.storage.sqlite.copying import Holder

JOB, OTHER = "a" * 20, "b" * 20


def test_a_job_under_way_needs_its_pictures_and_may_have_a_clip() -> None:
    needed = plan_needed([Holder(JOB, open=True, kept=False, pictures=(f"{JOB}-first.png", f"{JOB}-last.webp"))])
    assert needed.required == {f"images/{JOB}-first.png", f"images/{JOB}-last.webp"}
    assert needed.useful == {f"clips/{JOB}.mp4"}


def test_a_kept_clip_is_needed_and_its_pictures_are_not() -> None:
    needed = plan_needed([Holder(JOB, open=False, kept=True, pictures=(f"{JOB}-first.png",))])
    assert needed == Needed(frozenset({f"clips/{JOB}.mp4"}), frozenset())


def test_what_one_holder_needs_is_not_merely_useful() -> None:
    chosen, kept = Holder(JOB, open=False, kept=False, pictures=()), Holder(JOB, open=False, kept=True, pictures=())
    other = Holder(OTHER, open=False, kept=False, pictures=())
    assert plan_needed([chosen, kept, other]) == plan_needed([other, kept, chosen])
    assert plan_needed([chosen, kept, other]) == Needed(
        frozenset({f"clips/{JOB}.mp4"}), frozenset({f"clips/{OTHER}.mp4"})
    )


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", f"{JOB}-first.png/../../x", f"{JOB}-first.png\n"])
def test_a_name_that_is_none_of_ours_leads_nowhere(name: str) -> None:
    assert not plan_needed([Holder(JOB, open=True, kept=False, pictures=(name,))]).required
    assert not plan_needed([Holder(name, open=False, kept=True, pictures=())]).required


@pytest.mark.parametrize("name", ["../x", "images/../../x", "/etc/x", "images/.x", "lock", "images/x\n", "reels/x"])
def test_a_manifest_names_nothing_outside_of_a_backup(name: str) -> None:
    sums = {name: FileSum(size=0, sha256="")}
    with pytest.raises(ValidationError):
        Manifest(rushes="1", db_schema="0010", taken_at="", jobs={}, ledger={}, files=sums)
