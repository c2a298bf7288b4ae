"""Send somebody the address of the page where a checkout is paid, for dialects that have such links."""

from merchants.services.send_message import send_mail, send_sms
from mypay.kit.money import to_text
from payments.models import Checkout


def send_link(*, checkout: Checkout, url: str, to: str, by_sms: bool) -> None:
    """By SMS, else by mail, whose copy is in the merchant's inbox where mails stay here."""
    merchant, amount = checkout.merchant, f"{checkout.currency} {to_text(checkout.amount, checkout.currency)}"
    if by_sms:
        send_sms(to=to, text=f"{merchant.company_name} asks you to pay {amount}: {url}", merchant=merchant)
        return
    told = {"company": merchant.company_name, "amount": amount, "url": url}
    send_mail(to=to, template="payment_link", told=told, merchant=merchant, copy_to=merchant.email)
