"""The routes of a visit, below whatever address a vendor gives it."""

from django.urls import URLPattern, path

from emulators.hosted import bank, end, pay
from emulators.hosted.page_parts import Find


def visit_urls(find: Find) -> list[URLPattern]:
    """The pages of a vendor's visits, to be included where its `Visit.path` leads.

    `find` gets what the address caught by name; it gives None for an address that is nobody's.
    """
    vendor = {"find": find}
    return [
        path("", pay.page, vendor),
        path("/pay", pay.pay, vendor),
        path("/bank", bank.bank, vendor),
        path("/cancel", bank.cancel, vendor),
        path("/end", end.end, vendor),
    ]
