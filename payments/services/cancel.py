"""The payer cancels (contract section 5): cancelled, CANCELLED, an event."""

from gateways.selectors import carrying
from mypay.kit import clock
from mypay.kit.errors import StaleState
from payments import links, messages
from payments.selectors import get_session, waiting_payment
from payments.services.complete import Answer, already_processed, closed_answer
from payments.services.gateway.poll import look
from payments.services.transition import close
from payments.states import CANCELLED_CODE


def cancel_payment(*, checkout_id: str) -> Answer:
    """End a pending checkout without payment, also while its payer is asked for more; one that has ended stays as it is.

    Raises NotFound for an unknown id.
    """
    checkout = get_session(checkout_id)
    at = clock.now(checkout.merchant)
    waiting = waiting_payment(checkout)
    if waiting and not waiting.challenge and (order := carrying(waiting.pk)):
        look(order, checkout)  # the payer may have paid there, and forgotten
        checkout = get_session(checkout_id)
        waiting = waiting_payment(checkout)
    closed = closed_answer(checkout, at)
    if closed and waiting is None:
        return closed
    try:
        after = close(checkout, CANCELLED_CODE, at)
    except StaleState:
        return already_processed(get_session(checkout_id))
    return Answer(True, messages.CANCELLED, links.return_url(after))
