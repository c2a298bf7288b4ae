"""MyPay's settings with one empty view for URLs: the same server and middleware, none of our work."""

from mypay.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.empty_urls"
