"""Alert rules pass promtool; rules and dashboards name only metrics and labels that exist in code."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mypay.kit import checks, counters
from mypay.metrics import gauges
from mypay.settings.environment import BASE_DIR

PROMETHEUS = BASE_DIR / "deploy" / "prometheus"
BOARDS = sorted((BASE_DIR / "deploy" / "grafana").glob("*.json"))
_WORD = re.compile(r"\b(?:mypay|http)_[a-z_]+\b")
_PROMTOOL = shutil.which("promtool")


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _expressions() -> Iterator[tuple[str, str]]:
    for rule in _rules():
        yield f"alert {rule['alert']}", rule["expr"]
    for path in BOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]


def _existing() -> set[str]:
    """Every name a scrape may show."""
    names = set()
    for metric in counters.ALL:
        name = metric._name
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}[metric._type]
        names |= {name + suffix for suffix in suffixes}
    return names


@pytest.fixture
def existing(db: None, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    gauges.forget()
    checks.remember("ledger", 0)
    source = (BASE_DIR / "mypay" / "metrics" / "gauges.py").read_text()
    shown = {family.name for family in gauges.Gauges().collect()}
    only_mysql = {"mypay_db_connections", "mypay_db_connections_max", "mypay_db_slow_queries"}
    assert shown | only_mysql == set(re.findall(r'_family\(\s*"(\w+)"', source))
    return _existing() | shown | only_mysql


def test_rules_and_dashboards_name_only_metrics_that_exist(existing: set[str]) -> None:
    used = {name: where for where, expression in _expressions() for name in _WORD.findall(expression)}
    assert {name: where for name, where in used.items() if name not in existing} == {}


def test_every_metric_is_in_the_guide_and_all_but_a_few_are_shown(existing: set[str]) -> None:
    guide = (BASE_DIR / "docs" / "monitoring.md").read_text()
    used = {name for _, expression in _expressions() for name in _WORD.findall(expression)}
    for name in existing:
        base = re.sub(r"_(bucket|sum|count)$", "", name) if name.startswith("http_request_duration") else name
        assert f"`{base}`" in guide, base
        assert any(word.startswith(base) for word in used), f"{base} is in no rule and on no dashboard"


def test_labels_of_expressions_are_those_of_the_metrics(existing: set[str]) -> None:
    labels = {metric._name: set(metric._labelnames) for metric in counters.ALL}
    for where, expression in _expressions():
        for name, matchers in re.findall(r"\b((?:mypay|http)_[a-z_]+)\{([^}]*)\}", expression):
            base = re.sub(r"_(total|bucket|sum|count)$", "", name)
            named = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
            assert named <= labels.get(base, {"kind", "name", "check"}), (where, name)


def test_documents_thresholds_are_in_the_rules() -> None:
    by_name = {rule["alert"]: rule for rule in _rules()}
    for alert, threshold in {
        "MyPayErrors": "> 0.01",
        "MyPayPaymentSuccessLow": "< 0.95",
        "MyPayDiskFull": "< 0.2",
        "MyPayConnectionsShort": "> 0.8",
        "MyPayQueueOld": "> 300",
    }.items():
        assert threshold in by_name[alert]["expr"]
    assert by_name["MyPayDown"]["for"] == "1m"
    assert all(rule["labels"]["severity"] in ("page", "ticket") for rule in by_name.values())
    assert all((BASE_DIR / rule["annotations"]["runbook"]).exists() for rule in by_name.values())


def test_dashboards_are_whole() -> None:
    boards = [json.loads(path.read_text()) for path in BOARDS]
    assert [board["uid"] for board in boards] == ["mypay-api", "mypay-database", "mypay-work"]
    for board in boards:
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) >= 6
        assert all(panel["targets"] and panel["title"] for panel in board["panels"])


@pytest.mark.skipif(_PROMTOOL is None, reason="promtool is missing: apt-get install prometheus")
@pytest.mark.parametrize(
    "command", [("check", "rules", "alerts.yml"), ("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")]
)
def test_promtool_agrees(command: tuple[str, ...]) -> None:
    done = subprocess.run([str(_PROMTOOL), *command], cwd=PROMETHEUS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(_PROMTOOL is None, reason="promtool is missing: apt-get install prometheus")
def test_promtool_finds_a_broken_threshold(tmp_path: Path) -> None:
    for name in ("alerts.yml", "alerts_test.yml"):
        (tmp_path / name).write_text((PROMETHEUS / name).read_text().replace("> 0.01", "> 0.5"))
    done = subprocess.run([str(_PROMTOOL), "test", "rules", "alerts_test.yml"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0 and "MyPayErrors" in done.stdout + done.stderr
