"""Every page of the portal's menu and the pages that they lead to: nothing is broken, faint, unnamed, too wide or too small."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.menu import MENU
from tests.browser import axe
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driver import Page
from tests.browser.looks import FAINT_TEXTS, SCREENSHOTS, SMALL_CONTROLS, TOO_WIDE, UNNAMED_INPUTS
from tests.browser.people import Clerk

pytestmark = pytest.mark.browser

GROUPS = [title or "Home" for title, _ in MENU]
MOST_PAGES = 40
_ID = re.compile(r"/([0-9]+|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]+-[0-9]+)(?=/|$)")
_NO_PAGE = re.compile(r"/(export|login|logout|switch)\b|\.csv$")


def _kind(url: str) -> str:
    """What pages have in common that differ in their object only."""
    parts = urlsplit(url)
    query = sorted(f"{name}={values[0]}" if name in ("flow", "status") else name for name, values in parse_qs(parts.query).items())
    return f"{_ID.sub('/*', parts.path)}?{'&'.join(query)}".rstrip("?")


def _starts(page: Page, group: str) -> list[str]:
    """The group's links of the menu."""
    found = page.locator(".menu__group").nth(GROUPS.index(group)).locator("a")
    return [str(url) for url in found.evaluate_all("links => links.map(link => link.href)")]


def _links(page: Page) -> list[str]:
    found = page.locator("main a:not([download]):not([target])").evaluate_all("links => links.map(link => link.href)")
    return [str(url).partition("#")[0] for url in found]


def _walk(clerk: Clerk, group: str) -> Iterator[tuple[str, bool]]:
    """Open the group's pages, one of each kind, as they are found; tells each address and whether the menu has it."""
    home = clerk.open("/portal/")
    starts = _starts(home, group)
    others = {_kind(url) for other in GROUPS if other != group for url in _starts(home, other)}
    waiting, seen = list(starts), {_kind(url) for url in starts}
    for _ in range(MOST_PAGES):
        if not waiting:
            return
        url = waiting.pop(0)
        clerk.open(url)
        yield url, url in starts
        for link in _links(clerk.page):
            if _kind(link) not in seen and _is_page(clerk, link) and not _is_under(_kind(link), others):
                seen.add(_kind(link))
                waiting.append(link)


def _is_page(clerk: Clerk, url: str) -> bool:
    return url.startswith(f"{clerk.url}/portal/") and not _NO_PAGE.search(urlsplit(url).path)


def _is_under(kind: str, others: set[str]) -> bool:
    return any(kind == other or (other != "/portal/" and kind.startswith((f"{other}/", f"{other}?"))) for other in others)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "plain"])
def test_pages_of_the_menu_are_in_order(clerk: Clerk, group: str) -> None:
    problems: list[str] = []
    walked = 0
    for url, is_main in _walk(clerk, group):
        walked += 1
        problems += [f"{url}: {text}" for text in (*_looks(clerk, url, is_main), *clerk.told())]
    assert not problems, "\n".join(problems)
    assert walked >= len(dict(MENU)[group if group != "Home" else ""]), "some rooms of the menu are not there"


def _looks(clerk: Clerk, url: str, is_main: bool) -> list[str]:
    """What is wrong with the page in either scheme and at either width."""
    page, found = clerk.page, [f"no name: {text}" for text in clerk.page.evaluate(UNNAMED_INPUTS)]
    for width, scheme in ((PHONE, "dark"), (PHONE, "light"), (DESKTOP, "dark"), (DESKTOP, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        about = f"{width} {scheme}"
        found += [f"{about}, faint: {text}" for text in page.evaluate(FAINT_TEXTS)]
        found += [f"{about}, too wide: {text}" for text in page.evaluate(TOO_WIDE)]
        if clerk.has_script and is_main:
            name = urlsplit(url).path.strip("/").replace("/", "-")
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True, animations="disabled")
        if clerk.has_script and (width, scheme) in ((PHONE, "dark"), (DESKTOP, "light")):
            found += [f"{about}, {text}" for text in axe.violations(page)]
    return found + [f"too small: {text}" for text in page.evaluate(SMALL_CONTROLS)]
