"""Settings for tests: a quick world. Outcomes at once, cheap hashes, quiet logs, its own folder."""

import os
import tempfile
from pathlib import Path

_counts = tempfile.TemporaryDirectory(prefix="mypay-tests-metrics-", ignore_cleanup_errors=True)  # this process's alone
_WORLD = {
    "MYPAY_ENV": "test",
    "MYPAY_VAR": str(Path(tempfile.gettempdir()) / f"mypay-tests-{os.getuid()}"),
    "LOG_LEVEL": "critical",
    "PAYOUT_FIRST_DELAY_MS": "0",
    "PAYOUT_PROCESSING_MS": "0",
    "PAYOUT_RETRY_MS": "0",
    "REDIS_URL": "",
    "BROKER_URL": "",
    "REQUEST_LOG": "false",
    "METRICS_DIR": _counts.name,
}
for _name, _value in _WORLD.items():
    os.environ.setdefault(_name, _value)

from mypay.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
