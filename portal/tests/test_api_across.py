"""What goes across routes: maintenance, CORS, the schema, and registrations at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from ledger.services.check import findings
from merchants.models import ApiKey, Merchant, SystemConfig, User
from merchants.selectors import config_value, remember_config
from merchants.states import CONFIG_DEFAULTS, ConfigKey
from mypay import portal_cors
from mypay.settings import environment
from portal.api import admin
from portal.api import merchant as portal_routes
from portal.tests.rest import ADMIN, PORTAL, STAFF_PASSWORD, Rest, make_staff, refusal

SERVED = ["/health", "/api/v1/health", "/api/docs", "/api/schema", "/", "/portal/login", "/admin/login/",
          "/api/v1/admin/stats", "/api/admin/stats"]  # fmt: skip
CLOSED = ["/api/v1/payouts", "/api/v1/balance", "/api/v1/sandbox/clock", "/api/v1/portal/merchant/profile", "/api/portal/payouts",
          "/api/v1/checkouts", "/checkouts/x", "/transactions", "/test-scenarios", "/ipn/callback", "/payment/x/complete",
          "/payment/complete", "/webhooks/test", "/api/checkout/create", "/api/v1/administrators"]  # fmt: skip


@pytest.fixture
def in_maintenance(db: None) -> Rest:
    rest = Rest(ADMIN).sign_in(make_staff().email, STAFF_PASSWORD)
    assert rest.put("/config", {"maintenance_mode": "true"}).status_code == 200
    return rest


@pytest.mark.parametrize("path", CLOSED)
def test_maintenance_closes_api_routes(in_maintenance: Rest, client: Client, path: str) -> None:
    for method in ("GET", "POST"):
        response = client.generic(method, path)
        assert (response.status_code, response["Retry-After"]) == (503, "60")
        told = response.json()
        assert "MAINTENANCE" in (told.get("code"), *(told["error"].values() if isinstance(told["error"], dict) else ()))
    assert isinstance(told["error"], str) is ("portal" in path)


@pytest.mark.parametrize("path", SERVED)
def test_maintenance_leaves_health_docs_admin_and_pages(in_maintenance: Rest, client: Client, path: str) -> None:
    assert client.get(path).status_code in (200, 401)


def test_maintenance_ends_when_staff_say_so_elsewhere_too(in_maintenance: Rest, client: Client) -> None:
    SystemConfig.objects.update(value="false")
    assert client.get("/api/v1/payouts").status_code == 503  # another process changed it; ours asks every few seconds
    remember_config(None)
    assert client.get("/api/v1/payouts").status_code == 401
    in_maintenance.put("/config", {"maintenance_mode": True})
    assert client.get("/api/v1/payouts").status_code == 503


def test_maintenance_costs_no_query(in_maintenance: Rest, client: Client, django_assert_num_queries: Any) -> None:
    in_maintenance.put("/config", {"maintenance_mode": "false"})
    with django_assert_num_queries(0):
        assert client.get("/api/v1/payouts").status_code == 401


def test_seed_puts_the_four_settings_in_place_and_keeps_changes(db: None) -> None:
    call_command("seed", verbosity=0)
    assert dict(SystemConfig.objects.values_list("key", "value")) == {key.value: value for key, value in CONFIG_DEFAULTS.items()}
    SystemConfig.objects.filter(key=ConfigKey.WEBHOOK_RETRY_ATTEMPTS).update(value="7")
    call_command("seed", verbosity=0)
    remember_config(None)
    assert config_value(ConfigKey.WEBHOOK_RETRY_ATTEMPTS) == "7"


def test_seeded_people_sign_in(db: None) -> None:
    call_command("seed", verbosity=0)
    for email, password, key in (
        ("test@mycodigital.io", "test123456", "test-api-key-123"),
        ("hasaniqbal", "hasan123456", "hasan-api-key-789"),
    ):
        rest = Rest(PORTAL).sign_in(email, password)
        assert rest.get("/merchant/credentials").json()["credentials"]["paymentApiKey"] == key
    admin_login = Rest(ADMIN).post("/auth/login", {"email": "admin@mycodigital.io", "password": "admin123456"}).json()
    assert (admin_login["admin"]["name"], admin_login["admin"]["role"]) == ("System Administrator", "super_admin")


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(portal_cors.environment, "CORS_ORIGIN", ["https://ui.example/"])
    return "https://ui.example"


def test_cors_lets_named_origins_in_with_credentials(allowed: str, db: None) -> None:
    ask = {"Origin": allowed, "Access-Control-Request-Method": "PUT"}
    preflight = Client().options(f"{PORTAL}/merchant/profile", headers=ask)
    assert preflight.status_code == 204 and "PUT" in preflight["Access-Control-Allow-Methods"]
    answer = Client().get(f"{ADMIN}/stats", headers={"Origin": allowed})
    for response in (preflight, answer):
        assert (response["Access-Control-Allow-Origin"], response["Access-Control-Allow-Credentials"]) == (allowed, "true")
        assert "Origin" in response["Vary"]


@pytest.mark.parametrize("path", [f"{PORTAL}/auth/login", "/api/portal/auth/login", f"{ADMIN}/stats", "/api/admin/stats"])
def test_cors_lets_no_other_origin_in(allowed: str, db: None, path: str) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}):
        assert "Access-Control-Allow-Origin" not in Client().options(path, headers=headers).headers


def test_schema_has_every_route_with_its_token(db: None) -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for prefixes, routes, scheme in (
        (("/api/v1/portal/", "/api/portal/"), portal_routes.urlpatterns, "PortalToken"),
        (("/api/v1/admin/", "/api/admin/"), admin.urlpatterns, "AdminToken"),
    ):
        for prefix in prefixes:
            for route in routes:
                path = prefix + str(route.pattern).replace("<str:", "{").replace(">", "}")
                for operation in paths[path].values():
                    needed = [] if "/auth/" in path else [{scheme: []}]
                    assert [one for one in operation.get("security", []) if one] == needed, path


def test_jwt_life_is_the_settings() -> None:
    assert [value.days for value in (environment.JWT_EXPIRES_IN, environment.JWT_REFRESH_EXPIRES_IN)] == [7, 7]
    assert environment.JWT_ACCESS_EXPIRES_IN.seconds == 3600 and len(environment.JWT_SECRET) >= 32


def test_wrong_passwords_at_once_do_not_slip_through(transactional_db: None) -> None:
    _only_where_writers_run_together()
    User.objects.create_user("owner@shop.example", "right password")

    def attempt(_: int) -> int:
        try:
            status: int = Rest(ADMIN).post("/auth/login", {"email": "owner@shop.example", "password": "wrong"}).status_code
            return status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(attempt, range(40)))
    assert set(statuses) == {401, 429} and statuses.count(401) <= 10


def test_register_one_name_many_times_at_once_makes_one(transactional_db: None) -> None:
    _only_where_writers_run_together()

    def attempt(number: int) -> Any:
        try:
            return Rest(PORTAL).post("/auth/register", {"companyName": f"C{number}", "username": "shop"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert sorted(answer.status_code for answer in answers) == [201, *[400] * 15]
    for answer in answers:
        if answer.status_code == 400:
            refusal(answer, 400, "Username already taken. Please choose a different username.")
    assert (Merchant.objects.count(), User.objects.count(), ApiKey.objects.count()) == (1, 1, 2)
    assert list(findings()) == []


def test_refresh_token_used_many_times_at_once_gives_at_most_one_pair(transactional_db: None) -> None:
    _only_where_writers_run_together()
    told = Rest(PORTAL).post("/auth/register", {"companyName": "C", "username": "shop"}).json()
    login = {"email": "shop", "password": told["password"]}
    pair = Rest(PORTAL).post("/auth/token", login).json()

    def attempt(_: int) -> Any:
        try:
            return Rest(PORTAL).post("/auth/refresh", {"refresh": pair["refresh"]})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert Rest(PORTAL, won["access"]).get("/merchant/profile").status_code == 401  # the family ended with the reuse


def test_rotations_at_once_leave_one_key_of_each_kind(transactional_db: None) -> None:
    _only_where_writers_run_together()
    token = Rest(PORTAL).post("/auth/register", {"companyName": "C", "username": "shop"}).json()["token"]

    def attempt(_: int) -> int:
        try:
            status: int = Rest(PORTAL, token).post("/merchant/credentials").status_code
            return status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(attempt, range(6))) == {200}
    assert sorted(ApiKey.objects.filter(is_active=True).values_list("scope", flat=True)) == ["payments", "payouts"]


def _only_where_writers_run_together() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer, and its test database lives in one connection")


@pytest.mark.parametrize(("text", "seconds"), [("7d", 604800), ("24h", 86400), ("30m", 1800), ("45s", 45), ("90", 90), ("1H", 3600)])
def test_life_is_read_as_the_original_writes_it(monkeypatch: pytest.MonkeyPatch, text: str, seconds: int) -> None:
    monkeypatch.setattr(environment, "VARIABLES", [])
    monkeypatch.setenv("A_LIFE", text)
    assert environment.duration("A_LIFE", "1h", "").total_seconds() == seconds


@pytest.mark.parametrize("text", ["0d", "-1h", "1w", "h", "1.5h", "9999999999d"])
def test_life_that_is_none_is_a_problem_by_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    for name in ("VARIABLES", "PROBLEMS"):
        monkeypatch.setattr(environment, name, [])
    monkeypatch.setenv("A_LIFE", text)
    environment.duration("A_LIFE", "1h", "")
    assert environment.PROBLEMS[0].startswith("A_LIFE ")
