"""Who meets at the payment page: a shop's server, and a payer with a browser."""

import itertools
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.browser.driver import PATIENCE_MS, BrowserContext, Locator, Page, expect
from tests.patience import FOREVER

CARD = {"cardNumber": "5555 5555 5555 4444", "expiryDate": "12/39", "cvv": "123", "cardholderName": "A Khan"}
_AFTER_SUCCESS_MS, _AFTER_FAILURE_MS = 1000, 3000
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Opened:
    """A checkout of the shop's."""

    checkout_id: str
    url: str
    reference: str
    return_url: str

    def returned(self, status: str) -> str:
        """Where the browser ends."""
        joint = "&" if "?" in self.return_url else "?"
        return f"{self.return_url}{joint}status={status}&checkoutId={self.checkout_id}"


@dataclass
class Shop:
    """A shop's server: it holds a payment key and has a site to come back to."""

    api: str
    key: str
    site: str

    def post(self, path: str, body: dict[str, Any]) -> Any:
        response = requests.post(f"{self.api}{path}", json=body, headers={"X-Api-Key": self.key}, timeout=FOREVER)
        assert response.status_code == 200, response.text
        return response.json()

    def opened(self, method: str = "jazzcash", *, back: str = "/thanks", **changes: Any) -> Opened:
        """A checkout for one method."""
        reference, return_url = f"ORDER-{next(_numbers)}", f"{self.site}{back}"
        body = {"reference": reference, "amount": 1000, "paymentMethod": method, "paymentType": "onetime", **changes}
        made = self.post("/api/v1/checkouts", {**body, "successUrl": "http://127.0.0.1:9/hook", "returnUrl": return_url})
        return Opened(made["checkoutId"], made["checkoutUrl"], reference, return_url)

    def open_choice(self, **changes: Any) -> Opened:
        """A checkout whose payer chooses the method, and who ends on our result page."""
        reference = f"CHOICE-{next(_numbers)}"
        made = self.post("/api/checkout/create", {"reference": reference, "amount": 1000, **changes})
        return Opened(made["checkoutId"], made["checkoutUrl"], reference, f"{made['checkoutUrl']}/result")

    def transaction(self, opened: Opened) -> dict[str, Any]:
        """What the shop is told of it."""
        answer = requests.get(f"{self.api}/api/v1/transactions/{opened.reference}", headers={"X-Api-Key": self.key}, timeout=FOREVER)
        told: dict[str, Any] = answer.json()["transaction"]
        return told

    def outcome(self, opened: Opened) -> tuple[str, str | None]:
        """Status and code."""
        told = self.transaction(opened)
        return told["status"], told["statusCode"]

    def pass_time(self, minutes: int) -> None:
        """Move the merchant's clock on."""
        self.post("/api/v1/sandbox/clock/advance", {"seconds": minutes * 60})


@dataclass
class Visitor:
    """A browser. What goes wrong in it is collected in `complaints`; only `hosts` may be asked."""

    context: BrowserContext
    has_script: bool
    hosts: tuple[str, ...] = ()
    complaints: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("console", lambda said: said.type == "error" and self._complain(f"console: {said.text}"))
        self.context.on("weberror", lambda raised: self._complain(f"script: {raised.error}"))
        self.context.on("request", lambda asked: urlsplit(asked.url).netloc in self.hosts or self._complain(f"foreign: {asked.url}"))
        if self.has_script:
            self.context.add_init_script(
                "addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective, event.blockedURI))"
            )

    def _complain(self, text: str) -> None:
        if not any(part in text for part in self.forgiven):
            self.complaints.append(text)

    def forgive(self, part: str) -> None:
        """A complaint that belongs to the test: browsers call a 404 an error."""
        self.forgiven.append(part)

    def told(self) -> list[str]:
        """The complaints so far, which are then forgotten."""
        complaints, self.complaints = self.complaints, []
        return complaints


@dataclass
class Clerk(Visitor):
    """Somebody of a merchant at the portal."""

    url: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hosts = (urlsplit(self.url).netloc,)
        self.page = self.context.new_page()

    def open(self, path: str) -> Page:
        """A page of the portal, which must be there."""
        address = path if path.startswith("http") else f"{self.url}{path}"
        response = self.page.goto(address)
        assert response is not None and response.status == 200, f"{address}: {response and response.status}"
        return self.page

    def sign_in(self, email: str, password: str) -> None:
        self.open("/portal/login")
        self.page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Portal")).to_be_attached()
        self.open("/portal/confirm")
        self.fill(password=password)
        self.press("Go on")

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button of the page."""
        self.page.get_by_role("main").get_by_role("button", name=name).first.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow a link of the page."""
        self.page.get_by_role("main").get_by_role("link", name=name).first.click()

    def fill(self, **values: str) -> None:
        """Fill in inputs by their names."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]:not([type=hidden])").first.fill(value)

    def says(self, text: str | re.Pattern[str]) -> None:
        """The page shows it."""
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()


@dataclass
class Payer(Visitor):
    """A browser at the payment page.

    One window serves all tests, as opening one costs more than most of them; `leave` tidies up.
    With script the page's own clock stands still, so that waiting costs nothing and is exact.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.has_script:
            self.context.clock.install(time=0)
            self.context.clock.pause_at(1000)
        self.window = self.page = self.context.new_page()

    def arrive(self, shop: Shop, width: int) -> None:
        """The payer of the next test: only we and the shop may be asked."""
        self.hosts = tuple(urlsplit(url).netloc for url in (shop.api, shop.site))
        self.page = self.window
        self.page.set_viewport_size({"width": width, "height": 844})

    def leave(self) -> list[str]:
        """Close what was opened and forget what was said; returns the complaints."""
        for page in self.context.pages:
            if page != self.window:
                page.close()
        self.window.unroute_all()
        self.window.emulate_media(color_scheme="light")
        self.window.goto("about:blank")
        self.context.clear_cookies()
        self.forgiven = []
        return self.told()

    def open(self, url: str) -> Page:
        self.page.goto(url)
        return self.page

    def wait(self, milliseconds: int) -> None:
        """Time goes on in the page."""
        self.context.clock.run_for(milliseconds)

    def fill(self, **values: str) -> None:
        """Fill in inputs by their names."""
        for name, value in values.items():
            self.page.locator(f"#pay [name={name}]").fill(value)

    def values(self) -> dict[str, str]:
        """What the visible inputs hold."""
        inputs = self.page.locator("#pay input:not([type=hidden])").all()
        return {str(entry.get_attribute("name")): entry.input_value() for entry in inputs}

    def press_pay(self) -> None:
        self.page.get_by_role("button", name=re.compile("^Pay PKR")).click()

    def pay_by_wallet(self, number: str) -> None:
        self.fill(mobileNumber=number, pin="1234")
        self.press_pay()

    def pay_by_card(self, **changes: str) -> None:
        self.fill(**{**CARD, **changes})
        self.press_pay()

    def cancel(self) -> None:
        self.page.get_by_text("Cancel payment").click()
        self.page.get_by_role("button", name="Yes, cancel it").click()

    def told_then_sent(self, message: str, url: str, *, good: bool) -> None:
        """With script the page says how it went and goes on after 1 s, of a failure after 3 s; without, at once."""
        if self.has_script:
            expect(self.page.locator("#message")).to_have_text(message)
            expect(self.page.locator("#message")).to_have_class(f"notice notice--{'good' if good else 'problem'}")
            here = self.page.url
            self.wait((_AFTER_SUCCESS_MS if good else _AFTER_FAILURE_MS) - 1)
            assert self.page.url == here
            self.wait(1)
        self.page.wait_for_url(url)

    def problems(self) -> list[str]:
        """What the page says is wrong, under the inputs."""
        said: Locator = self.page.locator(".field__error")
        expect(said.first).to_be_visible()
        return said.all_inner_texts()
