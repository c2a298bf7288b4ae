"""What a payout's state means, in plain words: the sentence at the top of its page."""

from payouts.models import Payout
from payouts.states import PayoutStatus
from portal.meaning import Meaning


def of_payout(payout: Payout) -> Meaning:
    """Where the money is, and what comes next."""
    match payout.status:
        case PayoutStatus.SUCCESS:
            return Meaning("good", "Paid out.", "The money has left your balance.")
        case PayoutStatus.FAILED:
            return Meaning("problem", "Failed.", f"{payout.failure_reason or 'The bank said no'}. The amount is available again.")
        case PayoutStatus.IN_REVIEW:
            return Meaning("attention", "In review.", "Staff approve it or reject it. Until then the amount is reserved.")
        case PayoutStatus.ON_HOLD:
            return Meaning(
                "attention",
                "On hold.",
                f"{payout.failure_reason or 'The bank waits'}. The amount is reserved until staff or the bank decide.",
            )
        case PayoutStatus.RETRY:
            return Meaning("attention", "Tried again.", "The first try failed. The amount is reserved. Next try", payout.due_at)
        case _ if payout.due_at:
            return Meaning("plain", "On its way.", "The amount is reserved. Next step", payout.due_at)
        case _:
            return Meaning("plain", "Waiting.", "The bank has not answered. The amount is reserved.")
