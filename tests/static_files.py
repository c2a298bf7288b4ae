"""WhiteNoise looks for the static files once a process: every new client of a test starts the middleware, which looked anew."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """What was found is kept by the settings that decide it."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def look_once(self: WhiteNoiseMiddleware) -> None:
        key = self.static_prefix, self.max_age, tuple(map(str, settings.STATICFILES_DIRS))
        others = self.files
        if key not in found:
            self.files = {}
            look(self)
            found[key] = self.files
        self.files = {**others, **found[key]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield
