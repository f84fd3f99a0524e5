"""Which provider takes a request, and when a provider is left alone for a while.

Pure but for the clock that is passed in: nothing is sent from here, and no vendor is known by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.errors import AccountProblem, ProviderError, Refused, RequestRejected
from bot.models import FailureCode, VideoRequest
from bot.providers.base import VideoProvider

FAILURES_TO_OPEN = 5
SHORTEST_SECONDS = 60.0
LONGEST_SECONDS = 600.0
PROBE_SECONDS = 60.0
"""How long a half-open circuit waits for news of the one request it let through, before it lets another through."""
SHORT_HOLD_SECONDS = 60.0
"""A provider that wants to be left alone for no longer than this still takes jobs: they wait in line."""
POOR_SECONDS = 1200.0
"""How long a balance that pays for no clip is believed, should nobody be able to read it again."""


class CircuitBreaker:
    """Closed: requests pass. Open: none do, for a while. Half-open: one passes, and its outcome decides.

    `retry_at` is shown to people, so the clock counts from the epoch. An opening that would end later than any opening
    can counts as over: then the clock is not what it was. `opened_at` is since when nothing has got through, `proven`
    is whether anything ever did.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._openings = 0
        self._open_until = 0.0
        self._probe_until = 0.0
        self.opened_at: float | None = None
        self.proven = False

    @property
    def retry_at(self) -> float | None:
        """When a request may be let through again; None if one may be now."""
        if self._is_open():
            return self._open_until
        return self._probe_until if self._ahead(self._probe_until, PROBE_SECONDS) else None

    def admit(self) -> bool:
        """Whether a request may be sent now; while half-open a yes is given once, until there is news of it."""
        if self.retry_at is not None:
            return False
        if self._openings:
            self._probe_until = self._clock() + PROBE_SECONDS
        return True

    def succeed(self) -> None:
        """Close the circuit, unless it is open: then the success is late news of a request sent before."""
        if not self._is_open():
            self.mend()
            self.proven = True

    def fail(self) -> None:
        """Count a failure; five in a row open the circuit, and one is enough while it is half-open."""
        if self._is_open():
            return  # late news as well
        self._failures += 1
        if self._openings or self._failures >= FAILURES_TO_OPEN:
            self._open(SHORTEST_SECONDS * 2**self._openings)

    def trip(self) -> None:
        """Open at once for the longest time: waiting does not mend a key or a balance."""
        self._open(LONGEST_SECONDS)

    def mend(self) -> None:
        """Close the circuit: what opened it is over."""
        self._failures = self._openings = 0
        self._open_until = self._probe_until = 0.0
        self.opened_at = None

    def _is_open(self) -> bool:
        return self._ahead(self._open_until, LONGEST_SECONDS)

    def _ahead(self, moment: float, most: float) -> bool:
        return 0 < moment - self._clock() < most + 1  # a second for rounding

    def _open(self, seconds: float) -> None:
        self._openings = min(self._openings + 1, 10)
        self.opened_at = self._clock() if self.opened_at is None else self.opened_at
        self._open_until = self._clock() + min(seconds, LONGEST_SECONDS)
        self._probe_until = 0.0


class Router:
    """The providers that are switched on, in the order in which they are preferred."""

    def __init__(
        self, providers: Mapping[str, VideoProvider], concurrency: Mapping[str, int], clock: Callable[[], float]
    ) -> None:
        self._providers = dict(providers)
        self._concurrency = {name: concurrency[name] for name in self._providers}
        self._breakers = {name: CircuitBreaker(clock) for name in self._providers}
        self._clock = clock
        self._holds = dict.fromkeys(self._providers, 0.0)
        self._poor_until: dict[str, float] = {}
        self._turned_away: dict[str, bool] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the providers, preferred first."""
        return tuple(self._providers)

    def __contains__(self, name: object) -> bool:
        return name in self._providers

    def __getitem__(self, name: str) -> VideoProvider:
        """The provider; KeyError if it is switched off now, whatever it was when a job was stored."""
        return self._providers[name]

    def concurrency(self, name: str) -> int:
        """Tasks that may be in flight there."""
        return self._concurrency[name]

    def healthy(self, name: str) -> bool:
        """Whether a submission may be sent there now; asking changes nothing."""
        return self.retry_at(name) is None

    def retry_at(self, name: str) -> float | None:
        """When an unhealthy provider may be tried again, in the clock's seconds; None if it is healthy."""
        return max(
            (at for at in (self._breakers[name].retry_at, self.held_until(name)) if at is not None), default=None
        )

    def held_until(self, name: str) -> float | None:
        """Until when the provider itself has asked to be sent nothing; None if it has not, or that is over."""
        return self._holds[name] if self._holds[name] > self._clock() else None

    def unwell(self, name: str) -> bool:
        """Whether it is left alone for so long that a job had better go elsewhere."""
        held = self.held_until(name)
        long = held is not None and held - self._clock() > SHORT_HOLD_SECONDS
        return long or self._breakers[name].retry_at is not None

    def admit(self, name: str) -> bool:
        """Ask right before a submission is sent: a provider that was unwell is given one, until there is news of it."""
        return self.held_until(name) is None and self._breakers[name].admit()

    def report_success(self, name: str) -> None:
        """A task was accepted: there is a key, and money."""
        self._breakers[name].succeed()
        if self._breakers[name].opened_at is None:  # else it is late news
            self._turned_away[name] = False
            self._poor_until.pop(name, None)

    def report_failure(self, name: str, error: ProviderError, *, fetching: bool = False) -> None:
        """A submission failed, or a query; a rejected request proves that the provider itself is well.

        A submission's Retry-After is about the account and not about that one job: nothing is sent until it is over.
        """
        breaker = self._breakers[name]
        if error.retry_after and not fetching:
            self._holds[name] = max(self._holds[name], self._clock() + error.retry_after)
        if isinstance(error, AccountProblem):
            self._turned_away[name] = True
            breaker.trip()
        elif isinstance(error, RequestRejected) and error.code != FailureCode.PROVIDER_FAILED:
            breaker.succeed()
        else:
            breaker.fail()

    def report_account(self, name: str, error: AccountProblem) -> None:
        """Our account was turned away; where that is known already, or the provider is unwell, it changes nothing."""
        self._turned_away[name] = True
        if not self.unwell(name):
            self.report_failure(name, error)

    def report_balance(self, name: str, *, pays: bool) -> None:
        """Whether what is left on the account pays for a clip; when it does so again nothing more is held back."""
        if not pays:
            self._poor_until[name] = self._clock() + POOR_SECONDS
        elif self._poor_until.pop(name, None) is not None and self._turned_away.pop(name, False):
            self._breakers[name].mend()

    def turned_away(self, name: str) -> bool | None:
        """Whether our account was turned away when it was last asked for something; None before there is news of it."""
        return self._turned_away.get(name)

    def opened_at(self, name: str) -> float | None:
        """Since when nothing has got through to a provider whose circuit is open now; None if it is not."""
        breaker = self._breakers[name]
        return breaker.opened_at if breaker.retry_at is not None else None

    def proven(self, name: str) -> bool:
        """Whether something has got through to a provider, and nothing has opened its circuit since."""
        return self._breakers[name].proven and self._breakers[name].opened_at is None

    def poor(self, name: str) -> bool:
        """Whether what is left on the account pays for no clip, as far as is known."""
        return self._poor_until.get(name, 0.0) > self._clock()

    def choose(
        self, request: VideoRequest, wanted: str | None, load: Mapping[str, int], *, avoid: str | None = None
    ) -> str:
        """The provider for a request: the one asked for, or with None the best of those that can make it. Pure.

        `load` counts the jobs under way per provider; `avoid` leaves one out that has just refused. One whose balance
        pays for no clip is left out while another can make it; by itself it is tried, for what it says itself counts
        more. Raises Refused:
        provider_off(provider), option_not_available(options, providers, provider) where `options` are what to leave
        out and `providers` the titles that have them all, provider_unwell(provider, retry_at).
        """
        if wanted is not None and wanted not in self._providers:
            raise Refused("provider_off", provider=wanted)
        asked = [wanted] if wanted is not None else [name for name in self._providers if name != avoid]
        title = None if wanted is None else self._title(wanted)
        capable = self._capable(request, asked)
        if asked and not capable:
            raise self._option_not_available(request, asked, title)
        paying = capable if wanted is not None else self._paying(capable, handing_over=avoid is not None)
        ready = [name for name in paying if self.healthy(name)]
        if not ready and avoid is None:
            ready = [name for name in paying if not self.unwell(name)]
        if not ready:
            raise Refused("provider_unwell", provider=title, retry_at=self._earliest(capable))
        return self._least_loaded(ready, load)

    def has_other(self, request: VideoRequest, name: str) -> bool:
        """Whether a provider beside this one can make the request and is well."""
        rest = self._capable(request, [other for other in self._providers if other != name])
        return any(self.healthy(other) and not self.poor(other) for other in rest)

    def _capable(self, request: VideoRequest, names: Iterable[str]) -> list[str]:
        return [name for name in names if not self._providers[name].capabilities.missing_for(request)]

    def _paying(self, names: list[str], *, handing_over: bool) -> list[str]:
        """Those whose balance pays for a clip; all where none of these is well, unless a job has a place already."""
        rich = [name for name in names if not self.poor(name)]
        return rich if handing_over or not all(map(self.unwell, rich)) else names

    def _least_loaded(self, names: list[str], load: Mapping[str, int]) -> str:
        for name in names:
            if load.get(name, 0) < self._concurrency[name]:
                return name
        return min(names, key=lambda name: load.get(name, 0) / self._concurrency[name])

    def _option_not_available(self, request: VideoRequest, asked: list[str], title: str | None) -> Refused:
        """Names the fewest options to leave out, so that one of the providers asked could make the clip."""
        lacks = [self._providers[name].capabilities.missing_for(request) for name in asked]
        options = min(lacks, key=len)
        able = [self._title(name) for name in self._capable(request, self._providers)]
        return Refused("option_not_available", options=options, providers=able, provider=title)

    def _earliest(self, names: list[str]) -> float | None:
        """When the first of these providers may be tried again."""
        moments = (self.retry_at(name) for name in names)
        return min((moment for moment in moments if moment is not None), default=None)

    def _title(self, name: str) -> str:
        return self._providers[name].capabilities.title
