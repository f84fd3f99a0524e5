"""What the watch sees, as figures for /metrics. What is wrong about them is in bot.moderation.watch."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from bot.moderation.watch import ProviderSight, Rows, Sight
from bot.storage.owner_tables import EVERYWHERE

_ALL = "all"


class SightGauges:
    """Gauges in a registry; each shows what was seen last, and nothing before that."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"rushes_{name}", text, labels, registry=registry)

        self._balance = gauge("provider_balance", "What is left, in the provider's own credits.", "provider")
        self._open = gauge("breaker_open", "Whether nothing is sent to a provider for a while.", "provider")
        self._away = gauge(
            "account_turned_away", "Whether our account was turned away when it last counted.", "provider"
        )
        self._spent = gauge("spend_credits", "Credits held or used, by UTC day and month.", "scope", "period")
        self._cap = gauge("spend_cap_credits", "The caps of all servers together.", "period")
        self._disk = gauge("disk_free_bytes", "Free bytes on the disk of DATA_DIR.")
        self._paused = gauge("paused", "Whether nothing new is taken in any server.")

    def seen(self, sight: Sight) -> None:
        """Show what was seen."""
        for provider in sight.providers:
            self._of_provider(provider)
        for cap in sight.caps:
            self._cap.labels("month" if cap.monthly else "day").set(cap.limit)
        if sight.disk is not None:
            self._disk.set(sight.disk.free)
        if sight.rows is not None:
            self._of_rows(sight.rows)

    def _of_provider(self, provider: ProviderSight) -> None:
        self._open.labels(provider.name).set(provider.opened_at is not None)
        self._away.labels(provider.name).set(provider.turned_away is True)
        if provider.balance is not None:
            self._balance.labels(provider.name).set(provider.balance)

    def _of_rows(self, rows: Rows) -> None:
        spent = rows.situation.everywhere
        self._spent.labels(_ALL, "day").set(spent.day)
        self._spent.labels(_ALL, "month").set(spent.month)
        self._paused.set(any(pause.guild_id == EVERYWHERE for pause in rows.situation.pauses))
