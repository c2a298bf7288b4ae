"""Goals, the table and the JSON file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Goal:
    """One figure and what it should be; `at_least` None is for information."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    aim: str = ""
    digits: int = 2

    @property
    def is_met(self) -> bool:
        """Whether it is within its bounds; a figure without a goal always is."""
        too_low = self.at_least is not None and self.value < self.at_least
        too_high = self.at_most is not None and self.value > self.at_most
        return not (too_low or too_high)

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.at_least is not None:
            return f">= {self.at_least:g}{self.aim}"
        return f"<= {self.at_most:g}{self.aim}" if self.at_most is not None else "-"

    @property
    def verdict(self) -> str:
        """pass, miss, or for information."""
        if self.at_least is None and self.at_most is None:
            return "info"
        return "pass" if self.is_met else "miss"


_COLOURS = {"pass": "green", "miss": "red", "info": "dim"}


def show(goals: list[Goal], facts: dict[str, Any], windows: dict[str, Any]) -> None:
    """Two tables: what was measured, and how it stands to its goals."""
    console = Console()
    measured = Table(
        "target", "per second", "p50 ms", "p95 ms", "p99 ms", "rounds", title="Measured (medians; compare within this run only)"
    )
    for name, window in windows.items():
        latency = [f"{window[part]:.1f}" if part in window else "-" for part in ("p50", "p95", "p99")]
        rounds = " ".join(f"{value:.0f}" for value in window["rounds"])
        measured.add_row(name, f"{window['per_second']:.0f}", *latency, rounds)
    if windows:
        console.print(measured)
    if goals:
        table = Table("ratio", "value", "goal", "", title="Goals")
        for goal in goals:
            table.add_row(goal.name, f"{goal.value:.{goal.digits}f}", goal.goal, f"[{_COLOURS[goal.verdict]}]{goal.verdict}[/]")
        console.print(table)
    for name, fact in facts.items():
        console.print(f"{name}: {fact}", highlight=False, soft_wrap=True)


def write(path: Path, goals: list[Goal], facts: dict[str, Any], windows: dict[str, Any]) -> None:
    """Everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [{**asdict(goal), "verdict": goal.verdict} for goal in goals]
    path.write_text(json.dumps({"goals": listed, "windows": windows, "facts": facts}, indent=2) + "\n")
