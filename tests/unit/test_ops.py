"""ops/ against /metrics: what the alert rules and the dashboard ask for is there, with its labels and their values."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import ProviderError
from bot.jobs.transitions import ENDED
from bot.models import JobStatus
from bot.moderation.watch import Disk, ProviderSight, Rows, Sight
from bot.policy.gates import OwnerLimits, caps
from bot.policy.prices import price_table
from bot.policy.server_rules import NO_RULES
from bot.providers.base import VideoProvider
from bot.providers.registry import VENDORS
from bot.settings import Settings
from bot.storage.money.situation import Pause, Situation
from bot.storage.money.spend import Spent
from bot.web.metrics import Metrics

OPS = Path(__file__).parents[2] / "ops"
RULES, DASHBOARD = OPS / "prometheus" / "rushes-alerts.yml", OPS / "grafana" / "rushes.json"
PROVIDERS = [vendor.name for vendor in VENDORS]
OPERATIONS = [name for name in vars(VideoProvider) if not name.startswith("_") and name != "capabilities"]
SCRAPED = {"job", "instance"}
"""Labels that Prometheus itself gives to everything it scrapes."""
BUILT_IN = {"up"}

SELECTOR = re.compile(r"\b([a-z_]\w*)(?:\{([^}]*)\})?(?=[\s)\[]|$)")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
WORDS = {
    *(
        "sum",
        "by",
        "min",
        "max",
        "rate",
        "increase",
        "histogram_quantile",
        "min_over_time",
        "on",
        "and",
        "or",
        "unless",
    ),
}
LINE = re.compile(r"(?P<indent> *)(?P<item>- )?(?P<key>[a-z]\w*):(?: (?P<value>\S.*))?")


# -- what there is -----------------------------------------------------------------------------------------------------


def errors(kind: type[ProviderError]) -> list[str]:
    """The classes of errors that a call can end in, by name."""
    return [kind.__name__, *(name for one in kind.__subclasses__() for name in errors(one))]


def exposed() -> dict[str, dict[str, set[str]]]:
    """Every series of a bot that has seen everything: values by label, by the name of the series."""
    metrics, everywhere = Metrics(), Spent(4, 40)
    for provider in PROVIDERS:
        for status in (*ENDED, JobStatus.UNKNOWN):
            metrics.job_ended(status, provider)
        for operation in OPERATIONS:
            for outcome in ("ok", *errors(ProviderError)):
                metrics.provider_called(provider, operation, outcome)
        metrics.rendered(provider, 90.0)
    metrics.acknowledged(0.1)
    metrics.delivered(2.0)
    metrics.queue(1, 2.0)
    limits = OwnerLimits(10, spend_daily=5, spend_monthly=50)
    situation = Situation(0, 0.0, None, (Pause(0, False, "", None, 0.0),), everywhere, everywhere)
    providers = tuple(ProviderSight(name, name, opened_at=1.0, balance=7.0) for name in PROVIDERS)
    rows = Rows(None, situation)
    metrics.seen(Sight(0.0, 0.0, providers, tuple(caps(NO_RULES, limits)), rows, Disk(9, 10)))
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, defaultdict(set))
            for label, value in sample.labels.items():
                labels[label].add(value)
    return found


EXPOSED = exposed()


# -- what is asked for -------------------------------------------------------------------------------------------------


def read_yaml(text: str) -> Any:
    """The YAML that the rules are written in and no more: mappings, lists of mappings, and texts on one line.

    ValueError for all else, so that nothing is read here in another way than Prometheus reads it.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found, rest = _block(lines, 0)
    if rest:
        raise ValueError(rest[0])
    return found


def _block(lines: list[str], indent: int) -> tuple[Any, list[str]]:
    items: list[Any] = []
    mapping: dict[str, Any] = {}
    is_list = lines[0].startswith(" " * indent + "- ")
    while lines:
        line = LINE.fullmatch(lines[0])
        if line is None:
            raise ValueError(lines[0])
        depth = len(line["indent"])
        if depth < indent or (depth == indent and bool(line["item"]) != is_list):
            break
        if depth > indent:
            raise ValueError(lines[0])
        if line["item"]:
            item, lines = _block([" " * (indent + 2) + lines[0][indent + 2 :], *lines[1:]], indent + 2)
            items.append(item)
        elif line["key"] in mapping:
            raise ValueError(f"twice: {lines[0]}")
        elif line["value"] is None:
            mapping[line["key"]], lines = _block(lines[1:], indent + 2)
        else:
            mapping[line["key"]], lines = _scalar(line["value"]), lines[1:]
    if not items and not mapping:
        raise ValueError("an empty block")
    return (items if is_list else mapping), lines


def _scalar(value: str) -> str:
    if value[0] in "'\"":
        if len(value) < 2 or value[-1] != value[0] or value[0] in value[1:-1] or "\\" in value:
            raise ValueError(value)
        return value[1:-1]
    if not re.fullmatch(r"[A-Za-z0-9]\w*", value):
        raise ValueError(f"to be quoted: {value}")
    return value


def rules() -> list[dict[str, Any]]:
    (group,) = read_yaml(RULES.read_text())["groups"]
    assert group["name"] == "rushes"
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """(where, expression) of all that is asked of Prometheus."""
    yield from ((rule["alert"], rule["expr"]) for rule in rules())
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])


def selectors(expression: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The series in an expression, each with its matchers."""
    plain = re.sub(r"\b(?:by|on) \([^)]*\)", " ", expression)
    found = [(name, MATCHER.findall(inner)) for name, inner in SELECTOR.findall(plain) if name not in WORDS]
    assert [name for name, _ in found], expression
    return found


ALL = list(expressions())


@pytest.mark.parametrize(("where", "expression"), ALL, ids=[where for where, _ in ALL])
def test_every_series_label_and_value_that_is_asked_for_is_exposed(where: str, expression: str) -> None:
    labels: set[str] = set()
    for name, matchers in selectors(expression):
        if name in BUILT_IN:
            continue
        assert name in EXPOSED, name
        labels |= set(EXPOSED[name])
        for label, operator, value in matchers:
            values = value.split("|") if "~" in operator else [value]
            assert set(values) <= EXPOSED[name][label], f"{name}{{{label}}}"
    grouped = {word for part in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression) for word in re.split(r",\s*", part)}
    assert grouped <= labels | SCRAPED
    assert expression.count("(") == expression.count(")")


def test_every_figure_of_the_bot_is_on_the_dashboard() -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name, _ in selectors(target["expr"])}
    families = {re.sub(r"_(?:bucket|count|sum|created)$", "", name) for name in EXPOSED}
    assert {family for family in families if not shown & {family, f"{family}_bucket", f"{family}_total"}} == set()


def test_every_alert_says_what_is_wrong_what_to_do_and_how_bad_it_is() -> None:
    for rule in rules():
        assert re.fullmatch(r"Rushes[A-Z][A-Za-z]+", rule["alert"])
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "5m"))
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["annotations"]["description"].endswith(".")
        used = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
        known = {label for name, _ in selectors(rule["expr"]) for label in EXPOSED.get(name, {})}
        assert used <= known | SCRAPED, rule["alert"]
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)


def test_the_balances_in_the_rules_are_those_of_the_price_table() -> None:
    clip = price_table().cheapest("apiframe")
    assert clip is not None
    expressions = {rule["alert"]: rule["expr"] for rule in rules()}
    low = clip * Settings.model_fields["low_balance_clips"].default
    assert expressions["RushesBalanceLow"].endswith(f"< {low:g}")
    assert expressions["RushesBalanceUsedUp"].endswith(f"< {clip:g}")


def test_the_dashboard_can_be_imported() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    (variable,) = dashboard["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    assert "id" not in dashboard
    assert len({panel["id"] for panel in panels()}) == len(panels())
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize(
    "wrong",
    ["a:\n   b: c", "a: [b]", "a: b: c", "a: {b: c}", "a: 'it''s'", "a: |\n  b", "a: b\na: c", "a:\n", "\ta: b"],
)
def test_the_reader_takes_nothing_that_it_does_not_understand(wrong: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        read_yaml(wrong)
