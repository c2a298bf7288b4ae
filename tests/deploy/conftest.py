"""One machine for the drill; its tests build on each other, in the order they are written."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.machine import Machine, missing_tools, new_machine


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Two web nodes a service and two workers; the admin portal is for 10.9.8.7 alone."""
    if not os.environ.get("REQUIRE_DRILL"):
        pytest.skip("minutes long: make drill")
    missing = missing_tools()
    if missing or os.geteuid() != 0:
        pytest.fail(f"the drill needs root and {', '.join(missing) or 'nothing else'}")
    made = new_machine(
        Path(tmp_path_factory.mktemp("vps")),
        WEB_NODES="2",
        WORKERS="2",
        WORKER_CONCURRENCY="1",
        NGINX_API_RATE="1000r/s",
        NGINX_API_BURST="1000",
        ADMIN_ALLOWED_NETWORKS="10.9.8.7",
        READY_SECONDS="240",
    )
    yield made
    made.stop()
