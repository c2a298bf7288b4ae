"""A payer at a vendor's payment page. Each vendor has its own `Visit`: it says what is offered, kept and told to the shop."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from emulators.models import VendorObject
from payments.models import Checkout, Payment
from payments.scenarios import Sample
from payments.states import Method


@dataclass(frozen=True)
class OneTimePassword:
    """Which passwords the simulated bank takes, and how its page says so."""

    right: re.Pattern[str]
    hint: str


@dataclass(frozen=True)
class Onward:
    """The form that leads the browser back to the shop."""

    method: str
    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Ending:
    """What the shop hears of a payment, or of a payer who left: the browser brings it (`onward`), or from a frame the vendor's
    script (`told`). The payer sees the vendor's id of the payment, and of a failed one the vendor's word and sentence for why.
    """

    told: Mapping[str, Any]
    onward: Onward | None = None
    payment_id: str = ""
    reason: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Visit(ABC):
    """What the shop said of a payer (`row`) and what is to be paid, with its merchant.

    The row's data has `name`, `description`, `callback_url`, `cancel_url` and `frame_origin` where the shop said them.
    """

    password: ClassVar[OneTimePassword]
    # Methods that pay when the payer leaves while he is asked; with any other he does not.
    paid_by_leaving: ClassVar[frozenset[Method]] = frozenset()

    row: VendorObject
    checkout: Checkout

    @property
    @abstractmethod
    def path(self) -> str:
        """Where its pages are on this server."""

    @property
    def name(self) -> str:
        """Who is paid."""
        return str(self.row.data.get("name") or self.checkout.merchant.company_name)

    @property
    def description(self) -> str:
        return str(self.row.data.get("description") or self.checkout.description)

    @property
    def origin(self) -> str:
        """Of the page whose frame this is; empty in a window of its own."""
        return str(self.row.data.get("frame_origin", ""))

    @property
    def callback_url(self) -> str:
        """Where the payer goes in the end; empty for nowhere."""
        return str(self.row.data.get("callback_url", ""))

    @property
    def cancel_url(self) -> str:
        """Where a payer goes who leaves; empty for our own page."""
        return str(self.row.data.get("cancel_url", ""))

    @property
    @abstractmethod
    def methods(self) -> Mapping[Method, str]:
        """What is offered, the first unless the payer chooses, and what the vendor calls it."""

    @property
    def usual_method(self) -> str:
        """The method the shop knows this payer to take; empty if it does not."""
        return ""

    def back(self, fields: Mapping[str, str], *, is_posted: bool = False) -> Onward | None:
        """To the callback with those fields; None without one, and from a frame, whose page is told."""
        if not self.callback_url or self.origin:
            return None
        if is_posted:
            return Onward("post", self.callback_url, fields)
        # A form sent by GET replaces the query of its address.
        parts = urlsplit(self.callback_url)
        return Onward("get", urlunsplit(parts._replace(query="")), {**dict(parse_qsl(parts.query)), **fields})

    @abstractmethod
    def samples(self, method: Method) -> Sequence[Sample]:
        """The vendor's test values for that method, as the page offers them."""

    @abstractmethod
    def keep(self, payment: Payment, method: Method, body: Mapping[str, Any]) -> None:
        """Keep what the vendor tells of a payment and the engine has no place for; called in the payment's transaction."""

    @abstractmethod
    def paid(self, payment: Payment) -> Ending:
        """The end of a payment that succeeded."""

    @abstractmethod
    def failed(self, payment: Payment) -> Ending:
        """The end of a payment that did not; the payer may try again while the checkout is open."""

    @abstractmethod
    def left(self) -> Ending:
        """The end of a visit whose payer went away unpaid."""
