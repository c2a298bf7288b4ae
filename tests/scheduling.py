"""Which worker runs which test under `--dist loadgroup`."""

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

_TOGETHER = ("tests/processes/", "tests/deploy/", "mypay/tests/test_commands.py")  # the last sets what all of the database server share


class OneBrowser(LoadGroupScheduling):
    """Each test goes to whoever is free, but all that need the browser to one worker, and a module's that share or change a server.

    What goes together goes first, so nobody waits for it in the end.
    By their path: with xdist 3.8 on pytest 9.2, which keeps a test's id elsewhere, `xdist_group` does nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/browser/"):
            return "browser"
        return nodeid.partition("::")[0] if nodeid.startswith(_TOGETHER) else super()._split_scope(nodeid)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Forget what is done: else each of thousands of tests has all before it counted again."""
        scope = self._split_scope(self.registered_collections[node][item_index])
        work = self.assigned_work[node]
        if scope in work:
            super().mark_test_complete(node, item_index, duration)
            if all(work[scope].values()):
                del work[scope]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser | None:
    return OneBrowser(config, log) if config.getvalue("dist") == "loadgroup" else None
