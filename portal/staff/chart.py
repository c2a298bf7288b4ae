"""A small bar chart as the places of its bars: the template draws them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, _FOOT = 560, 150, 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: two bars side by side, and what they say in words."""

    label: str
    text: str
    x: float
    width: float
    first_y: float
    first_height: float
    second_x: float
    second_y: float
    second_height: float
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Bars:
    width: int
    height: int
    base: int
    most: int
    bars: tuple[Bar, ...]


def bars(labels: Sequence[str], first: Sequence[int], second: Sequence[int]) -> Bars:
    """Two counts a label, drawn to the highest of all."""
    most = max([*first, *second, 1])
    base = HEIGHT - _FOOT
    step = WIDTH / max(len(labels), 1)
    width = step * 0.36

    def tall(count: int) -> float:
        return round((base - 12) * count / most, 1)

    made = tuple(
        Bar(
            label=label,
            text=f"{label}: {one} payments, {two} payouts",
            x=round(step * number + step * 0.1, 1),
            width=round(width, 1),
            first_y=base - tall(one),
            first_height=tall(one),
            second_x=round(step * number + step * 0.1 + width, 1),
            second_y=base - tall(two),
            second_height=tall(two),
            is_labelled=number % 3 == 0,
        )
        for number, (label, one, two) in enumerate(zip(labels, first, second, strict=True))
    )
    return Bars(WIDTH, HEIGHT, base, most, made)
