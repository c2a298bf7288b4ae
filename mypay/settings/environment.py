"""The one place that reads the environment.

Every variable is declared once with its default and its help; `docs/configuration.md` lists them
and a test keeps the two equal. `NAME_FILE` may hold the path of a file with the value instead
(Docker and Kubernetes secrets). In production a secret that is missing, short or a known default
stops the start, by name; elsewhere secrets are made once and kept in `MYPAY_VAR/secrets.env`.
"""

import base64
import os
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import quote

import environ

from mypay.settings import aliases

Network = IPv4Network | IPv6Network
BASE_DIR = Path(__file__).resolve().parent.parent.parent
MIN_SECRET_LENGTH = 32
KNOWN_DEFAULTS = ("change", "secret", "password", "default", "example", "your-", "mypay")


@dataclass(frozen=True)
class Variable:
    """One documented setting."""

    name: str
    default: str
    help: str
    aliases: tuple[str, ...] = ()
    is_secret: bool = False


_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
VARIABLES: list[Variable] = []
PROBLEMS: list[str] = []
_env = environ.FileAwareEnv()


def text(name: str, default: str, help: str, *, aliases: tuple[str, ...] = ()) -> str:
    """Declare and read one text variable; the first alias that is set counts after the name."""
    VARIABLES.append(Variable(name, default, help, aliases))
    for candidate in (name, *aliases):
        value = _read(candidate)
        if value:
            return value
    return default


def _read(name: str) -> str:
    """The variable, or what its `NAME_FILE` holds."""
    try:
        return str(_env.str(name, default="")).strip()
    except (OSError, ValueError) as problem:
        PROBLEMS.append(f"{name}_FILE cannot be read: {problem}.")
        return ""


def integer(name: str, default: int, help: str, *, minimum: int = 0) -> int:
    """Declare and read one whole number."""
    value = text(name, str(default), help)
    if not re.fullmatch(r"[0-9]{1,18}", value, re.ASCII) or int(value) < minimum:
        PROBLEMS.append(f"{name} must be a whole number of at least {minimum}, not {value!r}.")
        return default
    return int(value)


def boolean(name: str, default: bool, help: str, *, aliases: tuple[str, ...] = ()) -> bool:
    """Declare and read one yes/no variable."""
    value = text(name, "true" if default else "false", help, aliases=aliases).lower()
    if value not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
        PROBLEMS.append(f"{name} must be true or false, not {value!r}.")
    return value in ("true", "1", "yes", "on")


def words(name: str, default: str, help: str, *, aliases: tuple[str, ...] = ()) -> list[str]:
    """Declare and read a comma-separated list."""
    return [word.strip() for word in text(name, default, help, aliases=aliases).split(",") if word.strip()]


def networks(name: str, default: str, help: str) -> list[Network]:
    """Declare and read a comma-separated list of addresses and networks."""
    found: list[Network] = []
    for word in words(name, default, help):
        try:
            found.append(ip_network(word, strict=False))
        except ValueError:
            PROBLEMS.append(f"{name} must be addresses or networks as in 10.0.0.0/8, not {word!r}.")
    return found


def duration(name: str, default: str, help: str) -> timedelta:
    """Declare and read a length of time as the original writes it: 7d, 24h, 30m, 45s or plain seconds."""
    value = text(name, default, help)
    found = re.fullmatch(r"([1-9][0-9]{0,8})([dhms]?)", value.lower(), re.ASCII)
    if found is None:
        PROBLEMS.append(f"{name} must be a number of d, h, m or s, as in 7d, not {value!r}.")
        return timedelta(hours=1)
    return int(found[1]) * _UNITS[found[2] or "s"]


def secret(name: str, help: str) -> str:
    """Declare and read one secret: required and long in production, made once elsewhere."""
    VARIABLES.append(Variable(name, "", help, is_secret=True))
    value = _read(name)
    if IS_PRODUCTION:
        _refuse_weak_secret(name, value)
        return value
    return value or _kept_secret(name)


def _refuse_weak_secret(name: str, value: str) -> None:
    if not value:
        PROBLEMS.append(f"{name} is missing: production needs it (python manage.py make_secrets).")
    elif len(value) < MIN_SECRET_LENGTH:
        PROBLEMS.append(f"{name} is too short: at least {MIN_SECRET_LENGTH} characters.")
    elif any(value.lower().startswith(word) for word in KNOWN_DEFAULTS) or len(set(value)) < 8:
        PROBLEMS.append(f"{name} is a default or a pattern: make a random one (make_secrets).")
    elif name == "ENCRYPTION_KEYS" and not all(_is_key(part) for part in value.split(",")):
        PROBLEMS.append(f"{name} must be VERSION:BASE64 of 32 bytes, comma-separated (make_secrets).")


def _is_key(part: str) -> bool:
    version, _, encoded = part.strip().partition(":")
    try:
        return bool(version) and len(base64.urlsafe_b64decode(encoded)) == 32
    except ValueError:
        return False


def _kept_secret(name: str) -> str:
    """The secret kept in MYPAY_VAR/secrets.env, made at first use (readable by its owner only)."""
    path = VAR_DIR / "secrets.env"
    kept = _read_secrets(path)
    if name not in kept:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.write(f"{name}={new_secret(name)}\n")
        kept = _read_secrets(path)
    return kept[name]


def _read_secrets(path: Path) -> dict[str, str]:
    """First line wins, so that two processes starting together agree."""
    kept: dict[str, str] = {}
    if path.exists():
        for line in path.read_text().splitlines():
            name, _, value = line.partition("=")
            kept.setdefault(name, value)
    return kept


def new_secret(name: str) -> str:
    """A fresh random value for a secret variable; encryption keys carry their version."""
    if name == "ENCRYPTION_KEYS":
        return "1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(48)


def _redis_url() -> str:
    """REDIS_URL, or the parts that the documents name."""
    url = text("REDIS_URL", "", "redis://… for cache and, without BROKER_URL, for Celery; empty: no Redis")
    host = text("REDIS_HOST", "", "Redis host; with the other REDIS_* names, instead of REDIS_URL")
    port = text("REDIS_PORT", "6379", "Redis port")
    password = text("REDIS_PASSWORD", "", "Redis password")
    is_tls = boolean("REDIS_TLS", False, "Connect to Redis by TLS")
    if url or not host:
        return url
    login = f":{quote(password, '')}@" if password else ""
    return f"{'rediss' if is_tls else 'redis'}://{login}{host}:{port}/0"


def _email_url() -> str:
    """EMAIL_URL, or the parts that the documents name."""
    url = text("EMAIL_URL", "", "smtp://user:password@host:25, smtp+tls:// (587) or smtp+ssl:// (465); empty: mails land in the inbox page")
    host = text("EMAIL_HOST", "", "Mail server; with the other EMAIL_* names, instead of EMAIL_URL")
    port = text("EMAIL_PORT", "587", "Mail port: 465 means TLS from the start, 587 TLS after the greeting")
    user = text("EMAIL_USER", "", "Mail user")
    password = text("EMAIL_PASSWORD", "", "Mail password")
    if url or not host:
        return url
    scheme = {"465": "smtp+ssl", "587": "smtp+tls"}.get(port, "smtp")
    login = f"{quote(user, '')}:{quote(password, '')}@" if user else ""
    return f"{scheme}://{login}{host}:{port}"


def _database_url() -> str:
    """DATABASE_URL, or the parts that the original's `.env` names."""
    url = text("DATABASE_URL", "", "mysql://user:password@host:3306/name, sqlite:///path or postgres://…; default SQLite in MYPAY_VAR")
    host = text("DB_HOST", "", "Database host; with the other DB_* names, instead of DATABASE_URL")
    port = text("DB_PORT", "3306", "Database port")
    user = text("DB_USER", "mypay", "Database user", aliases=("DB_USERNAME",))
    password = text("DB_PASSWORD", "", "Database password")
    name = text("DB_NAME", "mypay", "Database name", aliases=("DB_DATABASE",))
    if url:
        return url
    if host:
        if IS_PRODUCTION and (not password or password.lower().startswith(KNOWN_DEFAULTS) or password == user):
            PROBLEMS.append(f"DB_PASSWORD is {'a default' if password else 'missing'}: production needs one of its own.")
        return f"mysql://{quote(user, '')}:{quote(password, '')}@{host}:{port}/{name}"
    return f"sqlite:///{VAR_DIR / 'mypay.sqlite3'}"


MYPAY_ENV = text("MYPAY_ENV", "development", "development or production", aliases=("APP_ENV", "NODE_ENV"))
IS_PRODUCTION = MYPAY_ENV == "production"
if MYPAY_ENV not in ("development", "production", "test", "staging"):
    PROBLEMS.append(f"MYPAY_ENV must be development, test, staging or production, not {MYPAY_ENV!r}.")

MYPAY_SERVICE = text(
    "MYPAY_SERVICE",
    "all",
    "Which URLs this process serves: all, gateway, payout-api, payment-api, ipn, merchant-portal, admin-portal or mock-providers",
)
SERVICES = ("all", "gateway", "payout-api", "payment-api", "ipn", "merchant-portal", "admin-portal", "mock-providers")
if MYPAY_SERVICE not in SERVICES:
    PROBLEMS.append(f"MYPAY_SERVICE must be one of {', '.join(SERVICES)}, not {MYPAY_SERVICE!r}.")
VAR_DIR = Path(text("MYPAY_VAR", str(BASE_DIR / "var"), "Folder of the database, media, logs and made secrets; default var/")).resolve()
STATIC_DIR = Path(
    text("MYPAY_STATIC", str(VAR_DIR / "static"), "Folder that collectstatic fills; a release has its own; default var/static")
)
HOST = text("HOST", "127.0.0.1", "Address the web server listens on")
PORT = integer(
    "PORT", aliases.port_of(MYPAY_SERVICE), "Port the web server listens on; a service of its own may say PAYOUT_API_PORT and so on"
)
DEBUG = boolean("DEBUG", False, "Django's debug pages; never in production")
LOG_LEVEL = text("LOG_LEVEL", "info", "debug, info, warning, error or critical").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
    PROBLEMS.append(f"LOG_LEVEL must be debug, info, warning, error or critical, not {LOG_LEVEL.lower()!r}.")
    LOG_LEVEL = "INFO"
ALLOWED_HOSTS = words(
    "ALLOWED_HOSTS",
    ",".join(aliases.domains()) or ("" if IS_PRODUCTION else "*"),
    "Host names served, comma-separated; required in production; default those of SANDBOX_DOMAIN, DEVPORTAL_DOMAIN and so on",
)
TRUSTED_PROXIES = words("TRUSTED_PROXIES", "127.0.0.1,::1", "Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed")

DATABASE_URL = _database_url()
DB_SSL = boolean("DB_SSL", False, "Connect to the database by TLS")
DB_POOL_MAX = integer("DB_POOL_MAX", 50, "Most database connections one machine may hold; WEB_WORKERS x WEB_THREADS must fit", minimum=1)
DATABASE_REPLICA_URL = text("DATABASE_REPLICA_URL", "", "A read replica: lists and reports are read there, a little late; empty: none")
REDIS_URL = _redis_url()
BROKER_URL = text("BROKER_URL", REDIS_URL, "Celery's broker, redis:// or amqp://; default REDIS_URL; empty: the sweep alone does the work")
WEB_WORKERS = integer("WEB_WORKERS", 2 if DATABASE_URL.startswith("mysql") else 1, "gunicorn worker processes", minimum=1)
WEB_THREADS = integer("WEB_THREADS", 4, "Threads in each worker process", minimum=1)
MAX_BODY_BYTES = integer("MAX_BODY_BYTES", 2_621_440, "Largest request body accepted", minimum=1024)

DEMO = boolean("MYPAY_DEMO", not IS_PRODUCTION, "Seed the demo merchants with their published passwords and keys")
SECRET_KEY = secret("SECRET_KEY", "Signs sessions and CSRF tokens")
ENCRYPTION_KEYS = secret(
    "ENCRYPTION_KEYS", "Versioned field keys, VERSION:BASE64 of 32 bytes, comma-separated; the first encrypts, all decrypt"
)
WEBHOOK_SECRET = secret("WEBHOOK_SECRET", "Signs webhooks of merchants without a secret of their own")
WEBHOOK_ALLOWED_NETWORKS = words(
    "WEBHOOK_ALLOWED_NETWORKS",
    "",
    "Private networks that webhooks and gateway calls may reach, as CIDR; outside production loopback may be called anyway",
)
IPN_SECRET = secret("IPN_SECRET", "Signs bank notifications to /ipn/callback")
JWT_SECRET = secret("JWT_SECRET", "Signs the tokens of the portal and admin APIs")
JWT_EXPIRES_IN = duration("JWT_EXPIRES_IN", "7d", "Life of the `token` that a login gives: 7d, 24h, 30m, 45s")
JWT_ACCESS_EXPIRES_IN = duration("JWT_ACCESS_EXPIRES_IN", "1h", "Life of an access token of auth/token")
JWT_REFRESH_EXPIRES_IN = duration("JWT_REFRESH_EXPIRES_IN", "7d", "Life of a refresh token of auth/token")
CORS_ORIGIN = words(
    "CORS_ORIGIN",
    "",
    "Origins whose pages may call the portal and admin APIs, comma-separated; empty: none",
    aliases=("ALLOWED_ORIGINS",),
)
IPN_ALLOW_UNSIGNED = boolean("MYPAY_IPN_ALLOW_UNSIGNED", DEBUG, "Accept IPN calls without signature; default only in debug")
ADMIN_PASSWORD = text("ADMIN_PASSWORD", "", "Password of the seeded administrator; default in demo mode admin123456, else required by seed")
ADMIN_REQUIRE_2FA = boolean(
    "ADMIN_REQUIRE_2FA", IS_PRODUCTION, "Staff need a second factor in the admin portal and its API; default only in production"
)
ADMIN_ALLOWED_NETWORKS = networks(
    "ADMIN_ALLOWED_NETWORKS", "", "Networks that may open the admin portal and its API, as in 10.0.0.0/8,203.0.113.7; empty: all"
)
if IS_PRODUCTION and ADMIN_PASSWORD and (len(ADMIN_PASSWORD) < 12 or ADMIN_PASSWORD.lower().startswith(("admin", *KNOWN_DEFAULTS))):
    PROBLEMS.append("ADMIN_PASSWORD is short or a default: at least 12 characters, none that were ever published.")
DEMO_PAYOUT_KEYS = words("DEMO_PAYOUT_KEYS", "", "Fixed payout keys of demo merchants 1 and 2; default random")

PAYOUT_FIRST_DELAY_MS = integer("PAYOUT_FIRST_DELAY_MS", 1000, "From creation to PROCESSING")
PAYOUT_PROCESSING_MS = integer("PAYOUT_PROCESSING_MS", 1000, "From PROCESSING to the outcome")
PAYOUT_RETRY_MS = integer("PAYOUT_RETRY_MS", 2000, "From RETRY to the second PROCESSING")
PAYOUT_NUMBER_ALIASES = boolean("PAYOUT_NUMBER_ALIASES", True, "Whole-number aliases of the outcome table (contract section 2, rule 3)")
PAYOUT_REVIEW_AMOUNT = integer("PAYOUT_REVIEW_AMOUNT", 100_000, "Payouts of at least this many rupees go to IN_REVIEW", minimum=1)
CHECKOUT_BASE_URL = text(
    "CHECKOUT_BASE_URL",
    f"http://{'127.0.0.1' if HOST in ('0.0.0.0', '::') else HOST}:{PORT}/payment",
    "Where payers find the payment page; a checkout's id is appended",
).rstrip("/")
VENDORS_BASE_URL = text(
    "VENDORS_BASE_URL",
    f"http://{'127.0.0.1' if HOST in ('0.0.0.0', '::') else HOST}:{PORT}",
    "Where payers find the pages of the vendors' emulators; `/razorpay/`, `/paystack/` and a page's path is appended",
).rstrip("/")
PORTAL_BASE_URL = text(
    "PORTAL_BASE_URL",
    f"http://{'127.0.0.1' if HOST in ('0.0.0.0', '::') else HOST}:{PORT}/portal",
    "Where people find the merchant portal; links in mails begin with it",
).rstrip("/")
PORTAL_CONFIRM_ABOVE = integer(
    "PORTAL_CONFIRM_ABOVE", 100_000, "Payouts and batches above this many rupees need the password again in the portal; 0: none does"
)
EMAIL_URL = _email_url()
EMAIL_FROM = text("EMAIL_FROM", "MyPay <noreply@localhost>", "Sender of our mails")
SMS_URL = text("SMS_URL", "", "Where an SMS is posted as JSON of to and text; console: to the log; empty: SMS land in the inbox page")
SMS_TOKEN = text("SMS_TOKEN", "", "Sent to SMS_URL as a bearer token")
PAYMENT_OTHER_NUMBERS = text("PAYMENT_OTHER_NUMBERS", "success", "Payments from mobile numbers that are not magic: success or failed")
PAYMENT_LATER_MS = integer("PAYMENT_LATER_MS", 5000, "To the later step of a payment, as in pending then success")
REFUND_PROCESSING_MS = integer("REFUND_PROCESSING_MS", 2000, "From a refund's creation to its outcome")
IDEMPOTENCY_HOURS = integer("IDEMPOTENCY_HOURS", 24, "How long an idempotency key is remembered", minimum=1)
SWEEP_INTERVAL_MS = integer("SWEEP_INTERVAL_MS", 500, "How often the sweep looks for due work", minimum=10)
REQUEST_LOG = boolean(
    "REQUEST_LOG", True, "Keep the API's requests, masked, for the portal's request log; also notes when keys were last used"
)
REQUEST_LOG_DAYS = integer("REQUEST_LOG_DAYS", 7, "How many days the request log is kept", minimum=1)
METRICS_ENABLED = boolean("METRICS_ENABLED", True, "Serve /metrics and /api/metrics", aliases=("ENABLE_METRICS",))
METRICS_TOKEN = text("METRICS_TOKEN", "", "Who reads the metrics sends it as a bearer token; empty: METRICS_NETWORKS may read them")
METRICS_NETWORKS = networks(
    "METRICS_NETWORKS",
    "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
    "Networks that may read the metrics where there is no METRICS_TOKEN",
)
METRICS_DIR = Path(
    text("METRICS_DIR", str(VAR_DIR / "metrics"), "Where processes of one machine count together; default metrics/ in MYPAY_VAR")
).resolve()
METRICS_PORT = integer("METRICS_PORT", 0, "Port where a worker serves its own metrics to METRICS_NETWORKS; 0: it serves none")
READINESS_CHECKS = words(
    "READINESS_CHECKS",
    "database,migrations,redis,broker",
    "What must be well for a process to be ready; redis and broker only where configured",
)
if unknown := set(READINESS_CHECKS) - {"database", "migrations", "redis", "broker"}:
    PROBLEMS.append(f"READINESS_CHECKS knows database, migrations, redis and broker, not {', '.join(sorted(unknown))}.")
DRAIN_SECONDS = integer(
    "DRAIN_SECONDS", 0, "From SIGTERM on, how long a web process still takes requests while it says that it is not ready"
)
SENTRY_DSN = text("SENTRY_DSN", "", "Where exceptions are reported, free of secrets; empty: nowhere")
JOB_CONCURRENCY = integer("JOB_CONCURRENCY", 5, "Processes of a Celery worker", minimum=1)
WEBHOOK_RETRY_ATTEMPTS = integer(
    "WEBHOOK_RETRY_ATTEMPTS", 3, "First value, at seed, of the admin's setting: tries of the original's webhooks", minimum=1
)
WEBHOOK_RETRY_DELAY = integer("WEBHOOK_RETRY_DELAY", 5000, "First value, at seed, of the admin's setting: milliseconds between those tries")
DELIVERY_DAYS = integer("DELIVERY_DAYS", 90, "How many days prune leaves finished webhook deliveries and their events", minimum=1)
ATTEMPT_DAYS = integer("ATTEMPT_DAYS", 30, "How many days prune leaves the HTTP tries of webhook deliveries", minimum=1)
GATEWAY_DAYS = integer("GATEWAY_DAYS", 90, "How many days prune leaves the callbacks of gateways and the notes of routing", minimum=1)
LEASE_SECONDS = integer("LEASE_SECONDS", 30, "How long a worker may hold a piece of work before another takes it", minimum=1)

if not CHECKOUT_BASE_URL.startswith(("http://", "https://")):
    PROBLEMS.append(f"CHECKOUT_BASE_URL must be an http or https URL, not {CHECKOUT_BASE_URL!r}.")
if not VENDORS_BASE_URL.startswith(("http://", "https://")):
    PROBLEMS.append(f"VENDORS_BASE_URL must be an http or https URL, not {VENDORS_BASE_URL!r}.")
if not PORTAL_BASE_URL.startswith(("http://", "https://")):
    PROBLEMS.append(f"PORTAL_BASE_URL must be an http or https URL, not {PORTAL_BASE_URL!r}.")
if EMAIL_URL.partition(":")[0] not in ("", *environ.Env.EMAIL_SCHEMES):
    PROBLEMS.append(f"EMAIL_URL must begin with smtp://, smtp+tls:// or smtp+ssl://, not {EMAIL_URL.partition(':')[0]!r}.")
if SMS_URL not in ("", "console") and not SMS_URL.startswith(("http://", "https://")):
    PROBLEMS.append(f"SMS_URL must be console or an http or https URL, not {SMS_URL!r}.")
if PAYMENT_OTHER_NUMBERS not in ("success", "failed"):
    PROBLEMS.append(f"PAYMENT_OTHER_NUMBERS must be success or failed, not {PAYMENT_OTHER_NUMBERS!r}.")
if IS_PRODUCTION and not ALLOWED_HOSTS:
    PROBLEMS.append("ALLOWED_HOSTS is missing: production needs the host names it serves.")
if IS_PRODUCTION and DEBUG:
    PROBLEMS.append("DEBUG must be false in production.")
if WEB_WORKERS * WEB_THREADS > DB_POOL_MAX:
    PROBLEMS.append(f"WEB_WORKERS x WEB_THREADS is {WEB_WORKERS * WEB_THREADS}, above DB_POOL_MAX {DB_POOL_MAX}.")
PROBLEMS.extend(aliases.refusals())
