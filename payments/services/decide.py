"""What becomes of an attempt to pay (contract section 5)."""

from dataclasses import replace

from mypay.settings import environment
from payments.models import Checkout
from payments.payer import Payer
from payments.states import Method
from sandbox.matching import Facts
from sandbox.services.decide import Decision, by_rules, from_table
from sandbox.states import DecidedBy, Flow, Outcome


def decide(checkout: Checkout, payer: Payer, amount: int) -> Decision:
    """What was pinned at creation, else the merchant's rules, the built-in table, then the default.

    `amount` is what this attempt is to bring. By default a sound card pays, and an ordinary mobile number does what PAYMENT_OTHER_NUMBERS
    says. A one-shot is used up in the caller's transaction.
    """
    kept = Decision.from_json(checkout.scenario) if checkout.scenario else None
    if kept and kept.decided_by == DecidedBy.HEADER:  # any other was an earlier attempt's
        return kept
    facts = Facts(
        amount=amount,
        currency=checkout.currency,
        number=payer.number,
        method=payer.method.value,
        metadata=checkout.metadata or {},
    )
    decision = by_rules(merchant=checkout.merchant, flow=Flow.PAYMENT, facts=facts) or from_table(Flow.PAYMENT, facts)
    return replace(decision, outcome=_default(payer)) if decision.decided_by == DecidedBy.DEFAULT else decision


def _default(payer: Payer) -> Outcome:
    if payer.method == Method.CARD:
        return Outcome.SUCCESS if payer.is_sound else Outcome.FAILED
    return Outcome(environment.PAYMENT_OTHER_NUMBERS)
