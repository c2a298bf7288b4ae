"""What a state means, in plain words: the sentence at the top of an object's page."""

from dataclasses import dataclass
from datetime import datetime

from payments.messages import to_webhook
from payments.models import Checkout, Dispute, Payment, Refund, Settlement, SettlementItem
from payments.render import reason
from payments.states import AUTHORIZATION_EXPIRED_CODE, CheckoutStatus, DisputeStatus, PaymentStatus, RefundStatus


@dataclass(frozen=True, slots=True)
class Meaning:
    """`tone` is a notice's: good, problem, attention or plain. `at` is when the rest happens by itself."""

    tone: str
    title: str
    text: str
    at: datetime | None = None


def of_payment(payment: Payment, settles: SettlementItem | None) -> Meaning:
    """`settles` is the statement line of what was captured, if anything was."""
    why = reason(payment.checkout) or to_webhook(str(payment.checkout.status), payment.status_code)
    match payment.status:
        case PaymentStatus.CAPTURED if settles and settles.settlement_id:
            return Meaning("good", "Paid and settled.", "What was left after fees is part of your available balance.")
        case PaymentStatus.CAPTURED:
            due = settles.settles_at if settles else None
            return Meaning("good", "Paid.", "The money is pending; less fees it becomes available with the settlement", due)
        case PaymentStatus.AUTHORIZED:
            return Meaning("attention", "Authorised, not collected.", "Capture it to get the money. By itself it ends", payment.due_at)
        case PaymentStatus.FAILED:
            return Meaning("problem", "Failed.", f"{why}. No money has moved.")
        case PaymentStatus.VOIDED if payment.status_code == AUTHORIZATION_EXPIRED_CODE:
            return Meaning("plain", "Expired.", "Nobody captured the authorisation in time. No money has moved.")
        case PaymentStatus.VOIDED:
            return Meaning("plain", "Voided.", "You gave the authorisation up. No money has moved.")
        case PaymentStatus.REVERSED:
            return Meaning("problem", "Reversed.", f"{why}. What had not been refunded or disputed was taken back.")
        case PaymentStatus.REQUIRES_ACTION:
            return Meaning("attention", "Waits for the payer.", f"The payer is asked for more: {payment.get_challenge_display().lower()}.")
        case _:
            return Meaning("plain", "On its way.", "The rail has not decided yet. No money has moved. Next step", payment.due_at)


def of_checkout(checkout: Checkout) -> Meaning:
    """Paid or not, and why not."""
    why = reason(checkout) or to_webhook(str(checkout.status), checkout.status_code)
    match checkout.status:
        case CheckoutStatus.COMPLETED:
            return Meaning("good", "Paid.", "Its payment has collected the money.")
        case CheckoutStatus.AUTHORIZED:
            return Meaning("attention", "Authorised.", "Capture its payment to get the money.")
        case CheckoutStatus.PENDING if checkout.attempt_id:
            return Meaning("plain", "Being paid.", "Its payment is not decided yet.")
        case CheckoutStatus.PENDING:
            return Meaning("plain", "Not paid yet.", "Nobody has paid on its page. It ends", checkout.expires_at)
        case CheckoutStatus.CANCELLED:
            return Meaning("plain", "Cancelled.", f"{why}.")
        case _:
            return Meaning("problem", "Not paid.", f"{why}.")


def of_refund(refund: Refund) -> Meaning:
    """Where the money is."""
    match refund.status:
        case RefundStatus.SUCCEEDED:
            return Meaning("good", "Refunded.", "The payer has the money.")
        case RefundStatus.FAILED:
            return Meaning("problem", "Failed.", f"{refund.failure_reason or 'The refund failed'}. The amount is yours again.")
        case _ if refund.due_at:
            return Meaning("plain", "On its way.", "The amount has left your side; the payer’s bank answers", refund.due_at)
        case _:
            return Meaning("plain", "On its way.", "The amount has left your side; the payer’s bank has not answered yet.")


def of_dispute(dispute: Dispute) -> Meaning:
    """Who has the money, and what is asked of whom."""
    match dispute.status:
        case DisputeStatus.NEEDS_RESPONSE:
            return Meaning("attention", "Needs your answer.", "The amount is withheld. Without evidence it is lost", dispute.respond_by)
        case DisputeStatus.UNDER_REVIEW:
            return Meaning("plain", "Under review.", "Your evidence is with the payer’s bank. It decides", dispute.due_at)
        case DisputeStatus.WON:
            return Meaning("good", "Won.", "The amount is yours again.")
        case DisputeStatus.LOST if not dispute.evidence:
            return Meaning("problem", "Lost.", "No evidence came in time. The payer has the amount.")
        case DisputeStatus.LOST:
            return Meaning("problem", "Lost.", "The payer’s bank was not convinced. The payer has the amount.")
        case _:
            return Meaning("plain", "Accepted.", "You let the payer have the amount.")


def of_settlement(settlement: Settlement) -> Meaning:
    """What the batch has done to the balance."""
    if settlement.net > 0:
        return Meaning("good", "Settled.", "What is left of it became available", settlement.created_at)
    return Meaning("attention", "Settled.", "Refunds, disputes and fees took all that was collected. Nothing became available.")
