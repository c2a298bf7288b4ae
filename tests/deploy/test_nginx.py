"""nginx as it is rendered: TLS, redirects, headers, limits, hosts, what it refuses; asked by a real client."""

import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver

from tests.deploy.machine import DOMAIN, ROOT, missing_tools
from tests.patience import FOREVER
from tests.ports import free_ports
from tests.processes.conftest import wait_until

pytestmark = pytest.mark.deploy
LABELS = ("sandbox", "devportal", "devadmin", "mock", "checkout")
SERVICES = ("payout_api", "payment_api", "ipn", "merchant_portal", "admin_portal", "mock_providers")


class _Echo(BaseHTTPRequestHandler):
    """A service that says its name and what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = {"service": self.server.name, "path": self.path, "headers": dict(self.headers)}  # type: ignore[attr-defined]
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


class Site:
    """nginx in front of six services that echo."""

    def __init__(self, prefix: Path, **settings: str) -> None:
        names = (*SERVICES, "http", "https")
        self.prefix, self.ports = prefix, dict(zip(names, free_ports(len(names)), strict=True))
        self.servers = []
        for name in SERVICES:
            server = ThreadingHTTPServer(("127.0.0.1", self.ports[name]), _Echo)
            server.name = name  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.servers.append(server)
        wanted = {f"{label.upper()}_DOMAIN": f"{label}.{DOMAIN}" for label in LABELS}
        wanted |= {f"{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        wanted |= {"NGINX_LOGS": str(prefix / "logs"), "NGINX_USER": "root", **settings}
        prefix.mkdir(parents=True, exist_ok=True)
        (prefix / ".env.production").write_text("".join(f"{name}={value}\n" for name, value in wanted.items()))
        done = self.render()
        assert done.returncode == 0, done.stdout + done.stderr

    def render(self, *options: str) -> "subprocess.CompletedProcess[str]":
        command = [str(ROOT / "deploy/nginx/render.sh"), "--prefix", str(self.prefix), "--standalone", "--reload", *options]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"})

    def ask(self, label: str, path: str, *options: str, scheme: str = "https") -> tuple[int, dict[str, str], str]:
        host, port = f"{label}.{DOMAIN}", self.ports[scheme]
        command = [
            "curl",
            "-sik",
            "--http1.1",
            "--max-time",
            "10",
            "--connect-to",
            f"::127.0.0.1:{port}",
            *options,
            f"{scheme}://{host}{path}",
        ]
        head, _, body = subprocess.run(command, capture_output=True, text=True).stdout.partition("\n\n")
        lines = head.splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        return (int(lines[0].split()[1]) if lines else 0), headers, body

    def served_by(self, label: str, path: str) -> str:
        status, _headers, body = self.ask(label, path)
        return str(json.loads(body)["service"]) if status == 200 else str(status)

    def stop(self) -> None:
        subprocess.run(["nginx", "-c", str(self.prefix / "nginx/nginx.conf"), "-s", "quit"], capture_output=True)
        for server in self.servers:
            server.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if {"nginx", "openssl", "curl"} & set(missing_tools()) or os.geteuid() != 0:
        pytest.skip("needs nginx, openssl, curl and root")
    made = Site(Path(tmp_path_factory.mktemp("nginx")), ADMIN_ALLOWED_NETWORKS="127.0.0.2,10.0.0.0/8")
    yield made
    made.stop()


def _gateway_paths(patterns: "list[URLPattern | URLResolver]", prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = prefix + re.sub(r"<[^>]+>", "00000000-0000-0000-0000-000000000000", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _gateway_paths(pattern.url_patterns, path)
        else:
            yield path


def test_tls_speaks_1_3_and_refuses_1_1(site: Site) -> None:
    said = _handshake(site, "-tls1_3")
    assert "TLSv1.3" in said and f"CN = sandbox.{DOMAIN}" in said
    assert "TLSv1.2" in _handshake(site, "-tls1_2")
    assert "Cipher is (NONE)" in _handshake(site, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")


def _handshake(site: Site, *options: str) -> str:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{site.ports['https']}", "-servername", f"sandbox.{DOMAIN}", *options]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=FOREVER)
    return done.stdout + done.stderr


@pytest.mark.parametrize("label", LABELS)
def test_http_is_sent_to_https(site: Site, label: str) -> None:
    status, headers, _body = site.ask(label, "/payment/x?a=1", scheme="http")
    assert status == 301 and headers["location"] == f"https://{label}.{DOMAIN}:{site.ports['https']}/payment/x?a=1"


def test_certificate_questions_stay_on_http(site: Site) -> None:
    place = site.prefix / "acme/.well-known/acme-challenge"
    place.mkdir(parents=True)
    (place / "token").write_text("proof")
    assert site.ask("sandbox", "/.well-known/acme-challenge/token", scheme="http")[::2] == (200, "proof")


@pytest.mark.parametrize(
    ("label", "path"), [("sandbox", "/health"), ("checkout", "/nowhere"), ("devportal", "/portal/"), ("mock", "/metrics")]
)
def test_headers_are_on_every_answer_once(site: Site, label: str, path: str) -> None:
    _status, headers, _body = site.ask(label, path)
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert headers["x-frame-options"] == "SAMEORIGIN"  # the service's own DENY does not come through beside it
    assert headers["x-content-type-options"] == "nosniff" and headers["x-xss-protection"] == "1; mode=block"
    assert headers["server"] == "nginx"


def _hands_on(site: Site) -> dict[str, re.Pattern[str]]:
    """The patterns of the gateway's locations, by the URLconf of the service they go to, in their order."""
    text = (site.prefix / "nginx/mypay.conf").read_text()
    server = text[text.index(f"server_name sandbox.{DOMAIN}") : text.index(f"server_name mock.{DOMAIN}")]
    found = re.findall(r"location ~ (\S+) \{[^}]*proxy_pass http://mypay_(\w+);", server)
    return {f"mypay.urls.{service}": re.compile(pattern) for pattern, service in found if service != "payment_api"}


def test_gateway_hands_each_route_to_a_service_that_has_it(site: Site) -> None:
    patterns = _hands_on(site)
    assert list(patterns) == ["mypay.urls.payout_api", "mypay.urls.ipn", "mypay.urls.mock_providers"]
    paths = sorted(set(_gateway_paths(get_resolver("mypay.urls.gateway").url_patterns)))
    assert len(paths) > 60
    for path in paths:
        urls = next((urls for urls, pattern in patterns.items() if pattern.search(f"/{path}")), "mypay.urls.payment_api")
        try:
            get_resolver(urls).resolve(f"/{path}")
        except Resolver404:
            pytest.fail(f"/{path} goes to {urls}, which does not have it")


@pytest.mark.parametrize("urls", ["mypay.urls.ipn", "mypay.urls.mock_providers"])
def test_every_route_of_a_service_without_a_host_is_reached_by_the_gateway(site: Site, urls: str) -> None:
    pattern = _hands_on(site)[urls]
    probes = {path for path in _gateway_paths(get_resolver(urls).url_patterns) if re.search("health|ready|metrics", path)}
    for path in set(_gateway_paths(get_resolver(urls).url_patterns)) - probes:
        assert pattern.search(f"/{path}"), path


@pytest.mark.parametrize(
    ("label", "path", "service"),
    [
        ("sandbox", "/api/v1/payouts", "payout_api"),
        ("sandbox", "/api/v1/payouts/x/reinitiate", "payout_api"),
        ("sandbox", "/api/v1/health", "payout_api"),
        ("sandbox", "/api/v1/payouts-not", "payment_api"),
        ("sandbox", "/api/v1/checkouts", "payment_api"),
        ("sandbox", "/payment/x", "payment_api"),
        ("sandbox", "/ipn/callback", "ipn"),
        ("sandbox", "/webhooks/razorpay", "ipn"),
        ("sandbox", "/webhooks/paystack/some-token", "ipn"),
        ("sandbox", "/webhook/some-token", "ipn"),
        ("sandbox", "/api/v1/callback/razorpay", "ipn"),
        ("sandbox", "/webhooks/test", "payment_api"),
        ("sandbox", "/razorpay/v1/orders", "mock_providers"),
        ("mock", "/razorpay/v1/orders", "mock_providers"),
        ("mock", "/paystack/transaction", "mock_providers"),
        ("mock", "/api/v1/health", "payment_api"),
        ("checkout", "/payment/x", "payment_api"),
        ("checkout", "/api/v1/payouts", "404"),
        ("devportal", "/portal/", "merchant_portal"),
        ("sandbox", "/metrics", "404"),
        ("sandbox", "/api/metrics", "404"),
        ("devportal", "/metrics", "404"),
    ],
)
def test_host_and_path_pick_the_service(site: Site, label: str, path: str, service: str) -> None:
    assert site.served_by(label, path) == service


def test_admin_host_refuses_addresses_outside_the_list(site: Site) -> None:
    status, headers, _body = site.ask("devadmin", "/admin/")
    assert status == 403 and "strict-transport-security" in headers
    # A client cannot talk itself in; from an address of the list it opens.
    assert site.ask("devadmin", "/admin/", "-H", "X-Forwarded-For: 10.1.2.3")[0] == 403
    status, _headers, body = site.ask("devadmin", "/admin/", "--interface", "127.0.0.2")
    assert status == 200 and json.loads(body)["service"] == "admin_portal"


def test_service_is_told_the_real_client(site: Site) -> None:
    _status, _headers, body = site.ask(
        "sandbox", "/health", "-H", "X-Forwarded-For: 9.9.9.9", "-H", "X-Forwarded-Proto: http", "-H", "X-Request-Id: abc-1"
    )
    said = {name.lower(): value for name, value in json.loads(body)["headers"].items()}
    assert said["x-forwarded-for"] == "127.0.0.1" and said["x-forwarded-proto"] == "https" and said["x-request-id"] == "abc-1"
    assert said["host"] == f"sandbox.{DOMAIN}"


def test_unknown_host_gets_no_answer(site: Site) -> None:
    assert site.ask("elsewhere", "/health")[0] == 0


def test_large_body_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"x" * 2_700_000)
    status, _headers, body = site.ask("sandbox", "/api/v1/payouts", "--data-binary", f"@{tmp_path / 'body'}")
    assert status == 413 and json.loads(body)["error"]["code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(("label", "path", "burst"), [("sandbox", "/api/v1/balance", 20), ("devportal", "/portal/", 50)])
def test_more_than_the_burst_is_limited(site: Site, label: str, path: str, burst: int) -> None:
    # Each time from an address of its own, so that other requests do not count; a busy machine may ask too slowly to be limited.
    assert any(_is_limited(site, label, path, burst, f"127.0.{number}.{burst}") for number in range(1, 6))


def _is_limited(site: Site, label: str, path: str, burst: int, address: str) -> bool:
    """Whether some of twice the burst were refused; as many as may be let through always are, and no more."""
    names = [f"{label}.{DOMAIN}:{site.ports['https']}"]
    urls = [f"https://{names[0]}{path}"] * (burst * 2)
    started = time.monotonic()
    command = [
        "curl",
        "-sk",
        "--parallel",
        "--parallel-max",
        "40",
        "--interface",
        address,
        "--connect-to",
        f"::127.0.0.1:{site.ports['https']}",
    ]
    command += ["--write-out", "%{http_code}\n"] + [part for url in urls for part in ("-o", "/dev/null", url)]
    statuses = subprocess.run(command, capture_output=True, text=True).stdout.split()
    rate = 10 if burst == 20 else 30
    allowed = statuses.count("200")
    assert burst <= allowed <= burst + 2 + rate * (time.monotonic() - started)
    assert statuses.count("429") == len(urls) - allowed
    status, headers, body = site.ask(label, path, "--interface", address)
    if status == 429:  # on a slow machine a place may be free again
        assert headers["retry-after"] == "1" and json.loads(body)["error"]["code"] == "RATE_LIMITED"
    return allowed < len(urls)


def test_callbacks_of_gateways_are_not_held_to_the_limit_of_clients(site: Site) -> None:
    options = ("--interface", "127.0.1.99")
    statuses = [site.ask("sandbox", "/webhooks/razorpay", *options)[0] for _ in range(40)]
    assert set(statuses) == {200}


def test_logs_have_the_documents_names_and_no_query(site: Site) -> None:
    site.ask("sandbox", "/api/v1/balance?token=very-secret")
    log = site.prefix / "logs/sandbox.access.log"
    wait_until(lambda: log.exists() and '"/api/v1/balance"' in log.read_text(), FOREVER, "the request is in the log")
    logs = {file.name for file in (site.prefix / "logs").iterdir()}
    assert {f"{label}.{kind}.log" for label in ("sandbox", "devportal", "devadmin") for kind in ("access", "error")} <= logs
    lines = log.read_text()
    assert "very-secret" not in lines
    assert json.loads(lines.splitlines()[-1])["path"] == "/api/v1/balance"


def test_configuration_nginx_refuses_leaves_the_one_before(site: Site) -> None:
    loaded = (site.prefix / "nginx/mypay.conf").read_text()
    settings = site.prefix / ".env.production"
    before = settings.read_text()
    try:
        settings.write_text(before + "NGINX_API_RATE=fast\n")
        done = site.render()
        assert done.returncode == 1 and (site.prefix / "nginx/mypay.conf").read_text() == loaded
        settings.write_text(before + "ADMIN_ALLOWED_NETWORKS=all; allow all\n")
        assert site.render().returncode == 1
    finally:
        settings.write_text(before)
    assert site.render().returncode == 0 and site.served_by("sandbox", "/health") == "payment_api"


def test_site_fits_into_debians_own_nginx_conf(site: Site, tmp_path: Path) -> None:
    for_all = "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on; gzip on; types_hash_max_size 2048;"  # as Debian 12 says
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ {for_all} include {site.prefix}/nginx/mypay.conf; }}\n")
    done = subprocess.run(["nginx", "-t", "-c", str(whole)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_rendering_again_without_a_change_reloads_nothing(site: Site) -> None:
    assert "nginx has it already" in site.render().stdout
    with socket.create_connection(("127.0.0.1", site.ports["https"]), 5) as idle:
        assert "nginx has it already" in site.render().stdout
        idle.setblocking(False)
        with pytest.raises(BlockingIOError):
            idle.recv(1)
