"""Telling once: until it is well again, or worse, or another day; across restarts, lost answers and a full disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import DeliveryError, DeliveryPostponed, DestinationGone, StorageFailed
from bot.moderation.alarms import Alarms
from bot.moderation.watch import LOW, OUT, WELL, Finding
from bot.outlet import Alarm, AlarmName
from bot.storage.database import Database
from bot.storage.guilds.alarms import AlarmStore, Told

NAMES = {LOW: AlarmName.BALANCE_LOW, OUT: AlarmName.BALANCE_USED_UP}


def balance(level: int, keeps: int = WELL, *, since: float = float("-inf")) -> Finding:
    return Finding("balance:apiframe", level, Alarm(NAMES.get(level, AlarmName.BALANCE_LOW)), keeps, since)


@dataclass
class Owner:
    """Who is told; `trouble` is raised in place of taking a message, `after` once it was taken all the same."""

    told: list[Alarm] = field(default_factory=list)
    trouble: DeliveryError | None = None
    after: DeliveryError | None = None

    async def tell(self, alarm: Alarm) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append(alarm)
        if self.after is not None:
            raise self.after

    @property
    def names(self) -> list[AlarmName]:
        return [alarm.name for alarm in self.told]


class Flaky(AlarmStore):
    """Rows that cannot be written, or read, for a while."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.full = self.blind = False

    async def note(self, name: str, told: Told) -> None:
        if self.full:
            raise StorageFailed("disk full")
        await super().note(name, told)

    async def told(self, names: Sequence[str]) -> dict[str, Told]:  # type: ignore[override]
        if self.blind:
            raise StorageFailed("malformed")
        return await super().told(names)


@dataclass
class Rig:
    """Alarms between an owner and rows; `restart` forgets all that is not in the rows."""

    store: Flaky
    owner: Owner = field(default_factory=Owner)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.alarms = Alarms(self.store, lambda: self.now)

    async def find(self, *findings: Finding) -> bool:
        self.now += 60
        return await self.alarms.heed(findings, self.owner.tell)


@pytest.fixture
def rig(database: Database) -> Rig:
    return Rig(Flaky(database))


async def test_it_is_told_once_and_anew_when_it_was_well_in_between(rig: Rig) -> None:
    for level in (WELL, LOW, LOW, LOW, WELL, WELL, LOW, LOW):
        assert await rig.find(balance(level))
    assert rig.owner.names == [AlarmName.BALANCE_LOW] * 2
    first, second = rig.owner.told
    assert first.key != second.key


async def test_it_is_told_again_when_it_is_worse_and_not_when_it_is_better(rig: Rig) -> None:
    for level in (LOW, OUT, LOW, OUT):
        await rig.find(balance(level))
    assert rig.owner.names == [AlarmName.BALANCE_LOW, AlarmName.BALANCE_USED_UP, AlarmName.BALANCE_USED_UP]


async def test_it_is_told_once_across_a_restart(rig: Rig) -> None:
    await rig.find(balance(LOW))
    rig.restart()
    await rig.find(balance(LOW))
    assert len(rig.owner.told) == 1
    await rig.find(balance(WELL))
    rig.restart()
    await rig.find(balance(LOW))
    assert len(rig.owner.told) == 2


async def test_what_hovers_about_a_limit_is_told_once(rig: Rig) -> None:
    for level in (LOW, WELL, LOW, WELL, LOW):
        await rig.find(balance(level, keeps=LOW))
    assert len(rig.owner.told) == 1


async def test_a_cap_is_told_once_in_its_period(rig: Rig) -> None:
    for level in (LOW, WELL, LOW, OUT, LOW, OUT):
        await rig.find(balance(level, keeps=OUT, since=500.0))
    assert rig.owner.names == [AlarmName.BALANCE_LOW, AlarmName.BALANCE_USED_UP]
    await rig.find(balance(LOW, keeps=OUT, since=rig.now + 1))
    assert rig.owner.names[2:] == [AlarmName.BALANCE_LOW], "the next day"


@pytest.mark.parametrize("heard", [False, True])
async def test_what_may_not_have_arrived_is_told_again_by_the_same_key(rig: Rig, heard: bool) -> None:
    lost = DeliveryPostponed("lost")
    rig.owner.trouble, rig.owner.after = (None, lost) if heard else (lost, None)
    assert not await rig.find(balance(LOW))
    rig.restart()
    rig.owner.trouble = rig.owner.after = None
    assert await rig.find(balance(LOW))
    assert len({alarm.key for alarm in rig.owner.told}) == 1
    assert len(rig.owner.told) == 1 + heard


async def test_who_takes_no_messages_is_not_asked_again_and_again(rig: Rig) -> None:
    rig.owner.trouble = DestinationGone("closed")
    assert await rig.find(balance(LOW))
    rig.owner.trouble = None
    await rig.find(balance(LOW))
    assert rig.owner.told == []


async def test_while_nobody_can_be_told_nothing_is_noted(rig: Rig) -> None:
    assert not await rig.alarms.heed([balance(LOW)], None)
    assert await rig.find(balance(LOW))
    assert len(rig.owner.told) == 1


async def test_one_that_cannot_be_told_keeps_no_other_from_being_told(rig: Rig) -> None:
    rig.owner.after = DeliveryPostponed("lost")
    await rig.find(balance(LOW), Finding("disk", LOW, Alarm(AlarmName.DISK_LOW)))
    assert rig.owner.names == [AlarmName.BALANCE_LOW, AlarmName.DISK_LOW]


async def test_a_full_disk_is_told_once_though_that_cannot_be_written_down(rig: Rig) -> None:
    rig.store.full = True
    for _ in range(5):
        assert await rig.find(balance(LOW))
    assert len(rig.owner.told) == 1
    rig.store.full = False
    await rig.find(balance(LOW))
    rig.restart()
    await rig.find(balance(LOW))
    assert len(rig.owner.told) == 1, "it was written down when there was room"


async def test_a_database_that_cannot_be_read_is_told_once_too(rig: Rig) -> None:
    rig.store.blind = rig.store.full = True
    for _ in range(3):
        await rig.find(balance(LOW))
    assert len(rig.owner.told) == 1


def test_a_nonce_fits_and_each_place_has_its_own() -> None:
    one, other = Alarm(AlarmName.DISK_LOW, key="disk 1 0.0"), Alarm(AlarmName.DISK_LOW, key="disk 1 60.0")
    nonces = {alarm.nonce(place) for alarm in (one, other) for place in (1, 2**63)}
    assert len(nonces) == 4
    assert all(len(nonce) <= 25 for nonce in nonces)
    assert one.nonce(1) == Alarm(AlarmName.DISK_LOW, {"left": 3}, key="disk 1 0.0").nonce(1)


WEATHER = st.lists(
    st.tuples(st.sampled_from([WELL, LOW, OUT]), st.sampled_from([WELL, LOW, OUT]), st.booleans(), st.booleans()),
    max_size=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WEATHER)
async def test_whatever_happens_nothing_is_told_twice_and_nothing_is_left_out(
    database: Database, weather: list[tuple[int, int, bool, bool]]
) -> None:
    """Against a plain model: what was told is the highest level since it was last well, as far as messages arrive."""
    rig = Rig(Flaky(database))
    await rig.store.note("balance:apiframe", Told(WELL, rig.now))
    told, expected = WELL, []
    for level, keeps, restart, lost in weather:
        if restart:
            rig.restart()
        rig.owner.trouble = DeliveryPostponed("lost") if lost else None
        await rig.find(balance(level, keeps))
        if level <= told:
            told = max(level, min(told, keeps))
        elif not lost:
            told = level
            expected.append(NAMES[level])
    assert rig.owner.names == expected
