"""Metrics: own registry, prefixed names, no labels made of people's text."""

from __future__ import annotations

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from bot.models import JobStatus
from bot.web.metrics import Metrics


def values(metrics: Metrics) -> dict[str, float]:
    """Each sample as `name{label values, in the order of their names}`."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        f"{sample.name}{{{','.join(value for _, value in sorted(sample.labels.items()))}}}": sample.value
        for family in families
        for sample in family.samples
    }


def test_what_is_noted_is_shown() -> None:
    metrics = Metrics()
    metrics.job_ended(JobStatus.DELIVERED, "apiframe")
    metrics.job_ended("delivered", "apiframe")
    metrics.provider_called("acedata", "fetch", "ok")
    metrics.acknowledged(0.2)
    metrics.rendered("apiframe", 95.0)
    metrics.delivered(3.0)
    metrics.queue(4, 61.5)
    shown = values(metrics)
    assert shown["rushes_jobs_total{apiframe,delivered}"] == 2
    assert shown["rushes_provider_calls_total{fetch,ok,acedata}"] == 1
    assert shown["rushes_acknowledgement_seconds_bucket{0.25}"] == 1
    assert shown["rushes_acknowledgement_seconds_bucket{0.1}"] == 0
    assert shown["rushes_render_seconds_sum{apiframe}"] == 95.0
    assert shown["rushes_delivery_lateness_seconds_count{}"] == 1
    assert shown["rushes_queue_length{}"] == 4
    assert shown["rushes_oldest_unfinished_job_age_seconds{}"] == 61.5
    assert all(name.startswith("rushes_") for name in shown)


def test_bots_in_one_process_do_not_share_figures() -> None:
    one, other = Metrics(), Metrics()
    one.queue(9, 1.0)
    assert values(other)["rushes_queue_length{}"] == 0
    assert not [family.name for family in REGISTRY.collect() if family.name.startswith("rushes")]
