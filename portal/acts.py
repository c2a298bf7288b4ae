"""What a form of the portal does: the same service that the API calls, once, however often the button is pressed."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
from django import forms
from django.http import HttpRequest

from merchants.models import Member
from mypay.kit import clock, idempotency
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError
from mypay.kit.ids import is_uuid


class OnceForm(forms.Form):
    """A form with a key of its own in a hidden field: a second POST of the same page gets the first one's answer."""

    key = forms.CharField(max_length=36, widget=forms.HiddenInput)
    # A service's field by the form's, where they are called differently.
    named: dict[str, str] = {}

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id=kwargs.pop("auto_id", f"{kwargs.get('prefix') or 'id'}_%s"), **kwargs)
        self.fields["key"].initial = lambda: str(uuid4())

    def clean_key(self) -> str:
        """Refuses what is no key of ours."""
        key = str(self.cleaned_data["key"])
        if not is_uuid(key):
            raise forms.ValidationError("Please open the page again.")
        return key

    def body(self) -> dict[str, Any]:
        """What the API would be sent."""
        return {}

    def refuse(self, message: str, field: str) -> None:
        """Tell the service's refusal at the field it names; the answer is kept under the key, so that the next try gets a new one."""
        self.data = {**dict(self.data.items()), self.add_prefix("key"): str(uuid4())}
        name = self.named.get(field, field)
        self.add_error(name if name in self.fields else None, message)


def act(request: HttpRequest, member: Member, form: OnceForm, call: Callable[[idempotency.Claim], Reply]) -> bool:
    """Whether the form is right and `call` did it, now or before; else the form says why not.

    The claim is the form's key, with the page's address and the body as its fingerprint, as the API claims a request.
    """
    if not form.is_valid():
        return False
    merchant = member.merchant
    try:
        claim = idempotency.claim(
            owner_id=merchant.pk,
            header=form.cleaned_data["key"],
            method="POST",
            path=request.path,
            body=form.body(),
            now=clock.now(merchant),
        )
        reply = call(claim)
    except ApiError as refused:
        if refused.status == 404:
            raise
        form.refuse(refused.message, refused.field)
        return False
    if reply.status < 400:
        return True
    told = orjson.loads(reply.body).get("error", {})
    form.refuse(str(told.get("message", "That is not possible.")), str(reply.headers.get("X-MyPay-Error-Field", told.get("field", ""))))
    return False
