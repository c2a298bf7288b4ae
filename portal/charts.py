"""Bars of a chart as SVG attributes: no script, no inline style; the numbers stand beside it in a table."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120
_GAP = 0.28


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle within WIDTH by HEIGHT; `kind` is its class, `title` what it says when pointed at."""

    x: str
    y: str
    width: str
    height: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a column."""

    value: int
    kind: str


@dataclass(frozen=True, slots=True)
class Column:
    """A day's pieces, stacked from below."""

    title: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.value for part in self.parts)


def bars(columns: Sequence[Column]) -> list[Bar]:
    """The columns side by side, the highest as high as the chart."""
    highest = max((column.total for column in columns), default=0)
    if not highest:
        return []
    step = WIDTH / len(columns)
    made = []
    for number, column in enumerate(columns):
        top = float(HEIGHT)
        for part in column.parts:
            height = part.value * HEIGHT / highest
            top -= height
            if part.value:
                x, width = number * step + step * _GAP / 2, step * (1 - _GAP)
                made.append(Bar(f"{x:.2f}", f"{top:.2f}", f"{width:.2f}", f"{max(height, 1):.2f}", part.kind, column.title))
    return made
