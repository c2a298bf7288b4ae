"""Django settings. The environment is read in `environment`; here it becomes Django's names."""

import sys

import environ as django_environ
from django.core.exceptions import ImproperlyConfigured

from mypay.kit import garbage
from mypay.settings import environment
from mypay.settings.logs import logging_config

garbage.look_seldom()

IS_DOCTOR = len(sys.argv) > 1 and sys.argv[1] in ("doctor", "make_secrets")
if environment.PROBLEMS and not IS_DOCTOR:
    raise ImproperlyConfigured("\n".join(f"- {problem}" for problem in environment.PROBLEMS))

BASE_DIR = environment.BASE_DIR
VAR_DIR = environment.VAR_DIR
VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = environment.SECRET_KEY or "unset"
DEBUG = environment.DEBUG
ALLOWED_HOSTS = environment.ALLOWED_HOSTS
SERVICE = environment.MYPAY_SERVICE
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = ["mypay.formats"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.MAX_BODY_BYTES
APPEND_SLASH = False

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "mypay.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "django_htmx",
    "mypay",
    "mypay.kit",
    "audit",
    "merchants",
    "sandbox",
    "ledger",
    "webhooks",
    "gateways",
    "payouts",
    "payments",
    "emulators",
    "portal",
]

# An API process carries no session, message or CSRF layer: it has no cookies to protect.
_API_SERVICES = ("payout-api", "payment-api", "ipn", "mock-providers")
_BROWSER_MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
MIDDLEWARE = [
    "mypay.metrics.middleware.MetricsMiddleware",
    "mypay.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "mypay.portal_cors.PortalCorsMiddleware",
    "mypay.networks.AdminNetworksMiddleware",
    "mypay.maintenance.MaintenanceMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    *([] if SERVICE in _API_SERVICES else _BROWSER_MIDDLEWARE),
]

ROOT_URLCONF = f"mypay.urls.{SERVICE.replace('-', '_')}"
WSGI_APPLICATION = "mypay.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "merchants.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
LOGIN_URL = "portal:login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "portal:login"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.IS_PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "SAMEORIGIN"

PASSWORD_RESET_TIMEOUT = 3600

EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.EMAIL_FROM
# Without a mail server of ours nothing is sent: `merchants.services.send_message` keeps mails for the inbox.
if environment.EMAIL_URL and not environment.PROBLEMS:
    vars().update(django_environ.Env.email_url_config(environment.EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

STATIC_URL = "/static/"
STATIC_ROOT = environment.STATIC_DIR
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
WHITENOISE_USE_FINDERS = not environment.IS_PRODUCTION
MEDIA_ROOT = VAR_DIR / "media"

DATABASES = {"default": django_environ.Env.db_url_config(environment.DATABASE_URL)}
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = None
if "mysql" in _database["ENGINE"]:
    _database["OPTIONS"] = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "init_command": "SET SESSION innodb_lock_wait_timeout = 10",
        **({"ssl": {}} if environment.DB_SSL else {}),
    }
elif "sqlite" in _database["ENGINE"]:
    # IMMEDIATE: a transaction takes the one write lock at its start, so it can never fail halfway.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
    }

if environment.DATABASE_REPLICA_URL:
    _replica = django_environ.Env.db_url_config(environment.DATABASE_REPLICA_URL)
    DATABASES["replica"] = {**_database, **_replica, "TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["mypay.replica.Router"]
    MIDDLEWARE.append("mypay.replica.ReplicaMiddleware")

# `*` without credentials, on key-authenticated and public routes only (contract section 0).
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/(api/v1/(?!portal|admin|sandbox)|api/checkout|checkouts?|transactions|payment/|webhooks/|test-scenarios|health)"
CORS_ALLOW_HEADERS = (
    "accept", "authorization", "content-type", "x-api-key", "x-api-signature", "x-idempotency-key",
    "x-mock-fault", "x-mock-scenario", "x-request-id", "x-timestamp",
)  # fmt: skip
CORS_EXPOSE_HEADERS = ("retry-after", "x-mock-fault", "x-request-id")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SIMPLE_JWT = {
    "SIGNING_KEY": environment.JWT_SECRET or "unset",
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": environment.JWT_ACCESS_EXPIRES_IN,
    "REFRESH_TOKEN_LIFETIME": environment.JWT_REFRESH_EXPIRES_IN,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MyPay API",
    "DESCRIPTION": "A payment provider you run yourself, made to be tested against.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "mypay.kit.documented.response_headers"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "BankSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "X-MyPay-Signature",
                "description": "Hex HMAC-SHA256 of the raw body with IPN_SECRET; not asked for where MYPAY_IPN_ALLOW_UNSIGNED is on",
            }
        }
    },
    "ENUM_NAME_OVERRIDES": {
        "PayoutStatus": "payouts.states.PayoutStatus",
        "IpnStatus": "payouts.states.IPN_STATUSES",
        "PayoutBatchStatus": "payouts.states.BatchStatus",
        "PayoutBatchLineStatus": "payouts.states.LineStatus",
        "CheckoutStatus": "payments.states.CheckoutStatus",
        "PaymentStatus": "payments.states.PaymentStatus",
        "RefundStatus": "payments.states.RefundStatus",
        "DisputeStatus": "payments.states.DisputeStatus",
        "DisputeReason": "payments.states.DisputeReason",
        "Method": "payments.states.Method",
        "Outcome": "sandbox.states.Outcome",
        "RefundDecision": "payments.api.core_serializers.REFUND_DECISIONS",
        "DisputeDecision": "payments.api.core_serializers.DISPUTE_DECISIONS",
        "MerchantStatus": "merchants.states.MerchantStatus",
        "DeliveryStatus": "webhooks.states.DeliveryStatus",
        "EventType": "webhooks.catalogue.EventType",
        "PaymentCurrency": "payments.validation.CURRENCIES",
        "BreakKind": "payments.states.BreakKind",
        "ItemKind": "payments.states.ItemKind",
        "FaultKind": "sandbox.faults.FaultKind",
    },
    "SERVE_URLCONF": ROOT_URLCONF,
}

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": environment.REDIS_URL}
    if environment.REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

UNFOLD = {
    "LOGIN": {"form": "portal.forms.StaffSignInForm"},
    "SITE_TITLE": "MyPay admin",
    "SITE_HEADER": "MyPay",
    "SITE_SYMBOL": "account_balance",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [f"{STATIC_URL}staff.css"],
    "SIDEBAR": {"navigation": "portal.staff.navigation.navigation"},
    "ACCOUNT": {"navigation": [{"title": "Sign-in and security", "link": "/admin/security/"}]},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}favicon.svg"}],
    "COLORS": {  # the indigo of templates/static/mypay.css
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(45.7% .24 277.023)",
            "700": "oklch(39.8% .195 277.366)",
            "800": "oklch(35.9% .144 278.697)",
            "900": "oklch(30.8% .117 280)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
}
LOGGING_CONFIG = None
_report = None
if environment.SENTRY_DSN:
    from mypay import sentry

    sentry.start()
    _report = sentry.report
logging_config(environment.LOG_LEVEL, report=_report)
