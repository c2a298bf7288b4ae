"""Playwright and the system's Chromium. Where one is missing the tests that import this are skipped;
`REQUIRE_BROWSER=1`, as CI has it, makes that a failure. It also runs them on MariaDB, where a browser
sees nothing new: the rest of the suite holds both databases to one behaviour."""

import importlib.util
import os
import shutil

import pytest

# The shell is the same Chromium without its windows: a fifth quicker.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), "")


_IS_REQUIRED = bool(os.environ.get("REQUIRE_BROWSER"))


def _missing() -> str:
    if importlib.util.find_spec("playwright") is None:
        return "the browser tests need the package playwright (requirements/dev.txt)"
    return "" if CHROMIUM else "the browser tests need Chromium (apt-get install chromium-headless-shell)"


if missing := _missing():
    if _IS_REQUIRED:
        raise RuntimeError(f"REQUIRE_BROWSER is set, but {missing}")
    pytest.skip(missing, allow_module_level=True)
if os.environ.get("DATABASE_URL", "").startswith("mysql") and not _IS_REQUIRED:
    pytest.skip("the browser tests run on SQLite; REQUIRE_BROWSER=1 runs them on MariaDB too", allow_module_level=True)

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Playwright, expect, sync_playwright  # noqa: E402

PATIENCE_MS = 60_000  # a busy machine's Chromium may take its time
expect.set_options(timeout=PATIENCE_MS)

__all__ = ["CHROMIUM", "PATIENCE_MS", "Browser", "BrowserContext", "Error", "Locator", "Page", "Playwright", "expect", "sync_playwright"]
