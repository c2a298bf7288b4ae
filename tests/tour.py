"""Take the pictures of docs/tour.md: `make tour` starts a MyPay of its own, trades for some days and looks at the portal."""

import argparse
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.browser.driver import CHROMIUM, Page, sync_playwright
from tests.browser.people import Clerk
from tests.browser.trade import open_shop, trade
from tests.processes.conftest import ROOT, running_world
from tests.small_png import reduced

PICTURES = ROOT / "docs" / "tour"
WIDTH, HEIGHT = 1440, 900
# By picture, the page and the links to follow from there.
STOPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "home": ("/portal/", ()),
    "payment": ("/portal/payments?status=captured", (r"^ORDER-1009$",)),
    "payouts": ("/portal/payouts", ()),
    "settlement": ("/portal/settlements", (r"^\d+ \w+ \d{4}",)),
    "delivery": ("/portal/endpoints/deliveries", (r"^payment\.",)),
    "scenarios": ("/portal/scenarios", ()),
    "clock": ("/portal/clock", ()),
    "requests": ("/portal/requests", ()),
}


class _Thanks(BaseHTTPRequestHandler):
    """The shop's server: glad of every webhook."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *_: object) -> None:
        """Nothing to tell."""


@contextmanager
def shop() -> Iterator[str]:
    """The address of a server that takes webhooks."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Thanks) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks"
        server.shutdown()


def take(clerk: Clerk, workshop: Page, folder: Path) -> None:
    """Every stop as a picture, made small in an empty window."""
    folder.mkdir(parents=True, exist_ok=True)
    clerk.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    clerk.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for name, (path, links) in STOPS.items():
        clerk.open(path)
        for link in links:
            clerk.follow(re.compile(link))
            clerk.page.wait_for_load_state()
        picture = folder / f"{name}.png"
        picture.write_bytes(reduced(workshop, clerk.page.screenshot(animations="disabled")))
        print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size // 1000} kB")
    if complaints := clerk.told():
        raise SystemExit("\n".join(complaints))


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as var, running_world(Path(var)) as world, shop() as hook, sync_playwright() as playwright:
        trader = open_shop(world, "ayesha@example.test", "Ayesha’s Lamps")
        trade(trader, hook)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        clerk = Clerk(chromium.new_context(), True, url=trader.url)
        clerk.sign_in(trader.email, trader.password)
        take(clerk, chromium.new_page(), PICTURES)
        chromium.close()


if __name__ == "__main__":
    main()
