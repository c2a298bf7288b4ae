"""Links of the portal's lists: tabs, and pages read by cursor."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Tab:
    """A link among its like."""

    label: str
    url: str
    is_current: bool


def page_url(path: str, query: dict[str, str]) -> str:
    """The path with the members of the query that say something."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def paging(cursor: str, following: str | None, path: str, query: dict[str, str]) -> dict[str, str]:
    """The links of a list that is read by cursor; an empty one leads nowhere."""
    return {
        "newest_url": page_url(path, query) if cursor else "",
        "next_url": page_url(path, {**query, "cursor": following}) if following else "",
    }


def room(name: str) -> str:
    """The first page of a room; empty where there is none."""
    try:
        return reverse(f"portal:{name}")
    except NoReverseMatch:
        return ""
