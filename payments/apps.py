"""The payments app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from gateways.models import GatewayOrder, InboundEvent
        from ledger.services import check as ledger_check
        from mypay.kit.scheduling import Kind, register
        from payments import examples, webhook
        from payments.models import Checkout, Dispute, Payment, Refund, SettlementPlan
        from payments.services import check, dispute, expire, process, refund, settle
        from payments.services.gateway import inbound, poll
        from webhooks import dialects
        from webhooks import examples as of_events
        from webhooks.states import Dialect

        for kind in (
            Kind("checkout", "payments.expire_due", Checkout, run=expire.expire_checkout, give_up=expire.rest_checkout),
            Kind("payment", "payments.process_due", Payment, run=process.process_payment, give_up=process.rest_payment),
            Kind("refund", "payments.end_refunds", Refund, run=refund.process_refund, give_up=refund.rest_refund),
            Kind("dispute", "payments.decide_disputes", Dispute, run=dispute.process_dispute, give_up=dispute.rest_dispute),
            Kind("settlement", "payments.settle_due", SettlementPlan, run=settle.run_settlement, give_up=settle.postpone_settlement),
            Kind("gateway_order", "payments.look_at_orders", GatewayOrder, run=poll.look_at_order, give_up=poll.postpone_order),
            Kind(
                "inbound",
                "payments.apply_inbound",
                InboundEvent,
                run=inbound.apply_inbound,
                give_up=inbound.rest_inbound,
                on_merchant_clock=False,
            ),
        ):
            register(kind)
        ledger_check.register(check.findings)
        dialects.register(Dialect.LEGACY, "payment", webhook.FORM)
        for maker in (examples.payment, examples.refund, examples.dispute, examples.settlement):
            of_events.register(maker.__name__, maker)
