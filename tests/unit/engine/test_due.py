"""DueHeap against a dictionary: the same items in the same order, and no more kept than there are."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.engine.due import DueHeap

ITEMS = st.sampled_from("abcdefgh")
TIMES = st.integers(0, 20).map(float)


class AgainstADictionary(RuleBasedStateMachine):
    """What is due when, in plain words."""

    def __init__(self) -> None:
        super().__init__()
        self.heap = DueHeap[str]()
        self.model: dict[str, float] = {}

    @rule(item=ITEMS, at=TIMES)
    def put(self, item: str, at: float) -> None:
        sooner = item not in self.model or at < self.model[item]
        assert self.heap.put(item, at) is sooner
        if sooner:
            self.model[item] = at

    @rule(item=ITEMS, times=st.integers(1, 200))
    def come_and_go(self, item: str, times: int) -> None:
        for number in range(times):
            self.heap.put(item, 50.0 - number % 3)
            self.heap.discard(item)
        self.model.pop(item, None)

    @rule(item=ITEMS)
    def discard(self, item: str) -> None:
        self.heap.discard(item)
        self.model.pop(item, None)

    @rule(now=TIMES)
    def pop(self, now: float) -> None:
        item = self.heap.pop(now)
        if item is None:
            assert all(at > now for at in self.model.values())
        else:
            at = self.model.pop(item)
            assert at <= now
            assert all(at <= other for other in self.model.values())

    @invariant()
    def the_soonest_is_known(self) -> None:
        assert self.heap.next_at() == min(self.model.values(), default=None)
        assert len(self.heap) == len(self.model)

    @invariant()
    def nothing_heaps_up(self) -> None:
        assert len(self.heap._heap) <= len(self.model) * 9 / 8 + 1


TestDueHeap = AgainstADictionary.TestCase
TestDueHeap.settings = settings(deadline=None, max_examples=60)


def test_of_equal_times_the_first_come_is_the_first_served() -> None:
    heap = DueHeap[str]()
    for item in "cab":
        heap.put(item, 5.0)
    assert [heap.pop(5.0) for _ in range(4)] == ["c", "a", "b", None]
