"""What is remembered of late: never more than so many entries, and those that were set last."""

from __future__ import annotations

from bot.latest import Latest


def test_the_entry_that_was_set_longest_ago_makes_room() -> None:
    found: Latest[str, int] = Latest(2)
    found["a"], found["b"], found["a"], found["c"] = 1, 2, 3, 4
    assert found == {"a": 3, "c": 4}
    assert list(found) == ["a", "c"]


def test_what_is_forgotten_on_purpose_makes_room_as_well() -> None:
    found: Latest[str, int] = Latest(2)
    found["a"], found["b"] = 1, 2
    found.pop("a", None)
    found["c"] = 3
    assert found == {"b": 2, "c": 3}
