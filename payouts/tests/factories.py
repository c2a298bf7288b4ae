"""Directory entries for tests."""

from payouts.models import DirectoryEntry
from payouts.selectors import forget_codes
from payouts.states import DestinationType


def make_directory() -> None:
    """The banks and wallets that tests pay to."""
    rows = [
        (DestinationType.BANK, "HBL", "Habib Bank Limited", True),
        (DestinationType.BANK, "UBL", "United Bank Limited", True),
        (DestinationType.BANK, "SBP", "State Bank of Pakistan", False),
        (DestinationType.WALLET, "EASYPAISA", "Easypaisa", True),
    ]
    entries = [DirectoryEntry(kind=kind, code=code, name=name, is_active=active) for kind, code, name, active in rows]
    DirectoryEntry.objects.bulk_create(entries, ignore_conflicts=True)
    forget_codes()
