"""Which worker runs which test under `--dist loadgroup`."""

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling


class OneBrowser(LoadGroupScheduling):
    """Each test goes to whoever is free, but all that need the browser to one worker.

    By their path: with xdist 3.8 on pytest 9.2, which keeps a test's id elsewhere, `xdist_group` does nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser | None:
    return OneBrowser(config, log) if config.getvalue("dist") == "loadgroup" else None
