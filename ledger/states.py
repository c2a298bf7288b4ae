"""Buckets and the kinds of ledger line a merchant sees."""

from django.db import models


class Bucket(models.TextChoices):
    """Where money is. The first four are the merchant's; the others are the world outside."""

    AVAILABLE = "available", "Available"
    RESERVED = "reserved", "Reserved"
    PENDING = "pending", "Pending"
    DISPUTED = "disputed", "Disputed"
    EXTERNAL = "external", "Outside"
    FEES = "fees", "Fees"


HELD = (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.PENDING, Bucket.DISPUTED)


class EntryType(models.TextChoices):
    """The kinds of line: CREDIT and DEBIT change what is available, the others do not.

    The contract knows the first three only (section 1), so the balance history shows no other.
    """

    CREDIT = "CREDIT", "Credit"
    DEBIT = "DEBIT", "Debit"
    SETTLEMENT = "SETTLEMENT", "Settlement"
    COLLECTION = "COLLECTION", "Collection"
    REFUND = "REFUND", "Refund"
    DISPUTE = "DISPUTE", "Dispute"
    FEE = "FEE", "Fee"


HISTORY = (EntryType.CREDIT, EntryType.DEBIT, EntryType.SETTLEMENT)
