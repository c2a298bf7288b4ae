"""A real server, a shop's site to come back to, and one Chromium for the folder.

The tests speak HTTP only and use no database of their own. Playwright keeps an event loop in the
thread while it runs, which Django refuses to share; so it ends with the folder, not with the session.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_httpserver import HTTPServer

from tests.processes.conftest import World, blank_world, running_world  # noqa: F401

if TYPE_CHECKING:
    from tests.browser.driver import Browser
    from tests.browser.people import Clerk, Payer, Shop
    from tests.browser.trade import Trader

PHONE, DESKTOP = 390, 1440


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, blank_world: Path) -> Iterator[World]:  # noqa: F811
    """MyPay under gunicorn."""
    with running_world(tmp_path_factory.mktemp("browser"), blank_world) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    """The system's Chromium."""
    from tests.browser.driver import CHROMIUM, sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            ignore_default_args=["--disable-back-forward-cache"],  # payers have it
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def payment_key(server: World) -> str:
    """The key of Alice's Shop."""
    made = server.manage("create_merchant", "--email", "alice@example.test", "--name", "Alice's Shop", "--json").stdout
    return str(json.loads(made)["payments_key"])


@pytest.fixture(scope="session")
def make_httpserver() -> Iterator[HTTPServer]:
    """Threaded: Chromium opens connections before it has a request for them, and one at a time would wait for each."""
    with HTTPServer(threaded=True) as running:
        yield running


@pytest.fixture
def site(httpserver: HTTPServer) -> HTTPServer:
    """The shop's own pages; its log knows who came."""
    page = "<!doctype html><title>Shop</title><link rel='icon' href='data:,'><p>Welcome back"
    httpserver.expect_request(re.compile(".*")).respond_with_data(page, content_type="text/html")
    return httpserver


@pytest.fixture
def shop(server: World, payment_key: str, site: HTTPServer) -> Iterator["Shop"]:
    from tests.browser.people import Shop

    return Shop(server.url, payment_key, site.url_for("").rstrip("/"))


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def has_script(request: pytest.FixtureRequest) -> bool:
    """Every test runs with script and without, unless it says otherwise."""
    return bool(request.param)


@pytest.fixture
def width(has_script: bool) -> int:
    """Phones have script here, desktops none; who wants it otherwise says so."""
    return PHONE if has_script else DESKTOP


@pytest.fixture(scope="package")
def payers(browser: "Browser") -> dict[bool, "Payer"]:
    """Two browsers: with script and without."""
    from tests.browser.people import Payer

    return {has_script: Payer(browser.new_context(java_script_enabled=has_script), has_script) for has_script in (True, False)}


@pytest.fixture
def payer(payers: dict[bool, "Payer"], shop: "Shop", has_script: bool, width: int) -> Iterator["Payer"]:
    """A payer whose browser must have nothing to complain about in the end."""
    visitor = payers[has_script]
    visitor.arrive(shop, width)
    yield visitor
    assert visitor.leave() == []


@pytest.fixture(scope="package")
def trader(server: World) -> "Trader":
    """A merchant with days of business behind it; its endpoint listens nowhere."""
    from tests.browser.trade import open_shop, trade

    made = open_shop(server, "ayesha@example.test", "Ayesha’s Lamps")
    trade(made, "http://127.0.0.1:9/hooks")
    return made


@pytest.fixture(scope="package")
def clerks(browser: "Browser", trader: "Trader") -> dict[bool, "Clerk"]:
    """The trader's owner, signed in by two browsers: with script and without."""
    from tests.browser.people import Clerk

    found = {
        has_script: Clerk(browser.new_context(java_script_enabled=has_script), has_script, url=trader.url) for has_script in (True, False)
    }
    for clerk in found.values():
        clerk.sign_in(trader.email, trader.password)
    return found


@pytest.fixture
def clerk(clerks: dict[bool, "Clerk"], has_script: bool) -> Iterator["Clerk"]:
    """Somebody at the portal, whose browser must have nothing to complain about in the end."""
    somebody = clerks[has_script]
    yield somebody
    somebody.forgiven = []
    assert somebody.told() == []
