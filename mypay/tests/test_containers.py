"""Image, compose files and Kubernetes manifests: by their schemas, and for what we promise of them."""

import ast
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from mypay.settings.aliases import SERVICE_PORTS
from mypay.settings.environment import BASE_DIR, VARIABLES

DEPLOY = BASE_DIR / "deploy"
COMPOSE = {kind: DEPLOY / f"compose.{kind}.yml" for kind in ("dev", "staging", "prod")}
MANIFESTS = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
OURS = {variable.name for variable in VARIABLES} | {name for variable in VARIABLES for name in variable.aliases}
APPS = ("payout-api", "payment-api", "ipn", "merchant-portal", "admin-portal", "mock-providers")


def _compose(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE[kind].read_text())
    return found


def _objects() -> Iterator[dict[str, Any]]:
    for path in MANIFESTS:
        yield from (found for found in yaml.safe_load_all(path.read_text()) if found)


def _pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for found in _objects():
        spec = found.get("spec", {})
        if found["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            yield f"{found['kind']}/{found['metadata']['name']}", spec["template"]["spec"]


# Compose


@pytest.mark.parametrize("kind", COMPOSE)
def test_compose_file_is_valid_by_the_compose_specification(kind: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(COMPOSE[kind])], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "compose.yml"
    broken.write_text(COMPOSE[kind].read_text().replace("restart: unless-stopped", "restrat: always", 1))
    assert subprocess.run([*command, str(broken)], capture_output=True).returncode == 1


@pytest.mark.parametrize("kind", COMPOSE)
def test_compose_names_only_settings_that_exist(kind: str) -> None:
    for name, service in _compose(kind)["services"].items():
        if "mypay" in service["image"]:
            names = {key.removesuffix("_FILE") for key in service["environment"]}
            assert names <= OURS, (name, names - OURS)


@pytest.mark.parametrize("kind", ["staging", "prod"])
def test_compose_publishes_only_nginx_and_keeps_secrets_in_files(kind: str) -> None:
    composed = _compose(kind)
    services = composed["services"]
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {"nginx": ["80:80", "443:443"]}
    secret = {variable.name for variable in VARIABLES if variable.is_secret} | {
        "DB_PASSWORD",
        "REDIS_PASSWORD",
        "METRICS_TOKEN",
        "ADMIN_PASSWORD",
    }
    for name, service in services.items():
        given = service.get("environment", {})
        assert not secret & set(given), name
        for key, value in given.items():
            if key.endswith("_FILE"):
                assert str(value).removeprefix("/run/secrets/") in service["secrets"], (name, key)
        assert set(service.get("secrets", [])) <= set(composed["secrets"])
    for name in APPS:
        assert {f"{key}_FILE" for key in secret - {"ADMIN_PASSWORD"}} <= set(services[name]["environment"]), name
    assert services["mysql"]["image"].startswith("mysql:8.0.")
    assert "requirepass" in str(services["redis"]["command"]) and "appendonly yes" in str(services["redis"]["command"])


@pytest.mark.parametrize("kind", COMPOSE)
def test_compose_services_have_limits_restarts_health_and_pinned_images(kind: str) -> None:
    for name, service in _compose(kind)["services"].items():
        assert re.search(r":[^:]*\d", service["image"]) or "VERSION" in service["image"] or service["image"] == "mypay:dev", name
        assert "latest" not in service["image"].replace("${VERSION:-latest}", "")
        if name != "migrate":
            assert service["restart"] == "unless-stopped", name
        if kind != "dev" or name in ("mysql", "redis"):
            assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        if name in ("mysql", "redis", "nginx"):
            check = service["healthcheck"]
            assert (check["interval"], check["timeout"], check["retries"]) == ("10s", "5s", 5), name
    limits = _compose("prod")["services"]["payout-api"]["deploy"]["resources"]
    assert limits == {"limits": {"cpus": "2", "memory": "2G"}, "reservations": {"cpus": "1", "memory": "1G"}}


def test_compose_services_and_ports_are_the_documents() -> None:
    services = _compose("prod")["services"]
    assert {*APPS, "payout-worker", "mysql"} <= set(services)
    for name in APPS:
        assert services[name]["environment"]["PORT"] == str(SERVICE_PORTS[name][1])
        assert services[name]["environment"]["MYPAY_SERVICE"] == name
    assert "mypay-network" in _compose("prod")["networks"] and "mysql_data" in _compose("prod")["volumes"]


def test_nginx_of_the_containers_fills_every_place(tmp_path: Path) -> None:
    names = ("SANDBOX", "MOCK", "DEVPORTAL", "DEVADMIN", "CHECKOUT")
    env = {
        "PATH": os.environ["PATH"], "FROM": str(DEPLOY / "nginx"), "OUT": str(tmp_path), "CERTS": str(tmp_path / "certs"),
        "ADMIN_ALLOWED_NETWORKS": "10.0.0.0/8,203.0.113.7", **{f"{name}_DOMAIN": f"{name.lower()}.shop.test" for name in names},
    }  # fmt: skip
    done = subprocess.run(["sh", str(DEPLOY / "compose-nginx.sh")], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "mypay.conf").read_text()
    native = (DEPLOY / "nginx" / "render.sh").read_text()
    for name in ("PAYOUT_PATHS", "CALLBACK_PATHS", "VENDOR_PATHS"):  # the same in both modes
        found = re.search(rf"^{name}='(.*)'$", native, re.MULTILINE)
        assert found and f"location ~ {found[1]} {{" in text, name
    assert not re.search(r"@[A-Z_]+@", text) and "server_name devadmin.shop.test;" in text
    for name in APPS:
        assert f"server {name}:{SERVICE_PORTS[name][1]} resolve" in text
    assert "allow 10.0.0.0/8;" in text and "deny all;" in text
    assert (tmp_path / "certs" / "sandbox.shop.test" / "privkey.pem").stat().st_mode & 0o077 == 0
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        return
    text = re.sub(r"zone \S+ 64k; resolver \S+ valid=5s; server [\w-]+:(\d+) resolve", r"server 127.0.0.1:\1", text)
    (tmp_path / "mypay.conf").write_text(
        text.replace("/var/log/nginx", str(tmp_path)).replace("listen 80 ", "listen 9288 ").replace("listen 443 ", "listen 9289 ")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nerror_log {tmp_path}/e.log;\nevents {{}}\nhttp {{ include {tmp_path}/mypay.conf; }}\n")
    checked = subprocess.run([nginx, "-t", "-p", str(tmp_path), "-c", str(whole)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


# Kubernetes


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifest_is_valid_by_the_schema_of_kubernetes(path: Path) -> None:
    import kubernetes_validate

    for found in yaml.safe_load_all(path.read_text()):
        kubernetes_validate.validate(found, "1.31", strict=True)


def test_pods_are_locked_down_and_bounded() -> None:
    pods = dict(_pods())
    assert set(pods) == {
        *(f"Deployment/{name}" for name in (*APPS, "worker")),
        "Job/mypay-migrate", "CronJob/check-ledger", "CronJob/check-audit", "CronJob/prune",
    }  # fmt: skip
    for name, pod in pods.items():
        assert pod["securityContext"]["runAsUser"] == 1001 and pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            assert container["securityContext"] == wanted, name
            assert set(container["resources"]) == {"requests", "limits"} and not container["image"].endswith(":latest")
            assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/app/var", "/tmp"}


def test_services_are_probed_kept_and_scaled() -> None:
    by_kind: dict[str, dict[str, Any]] = {}
    for found in _objects():
        by_kind.setdefault(found["kind"], {})[found["metadata"]["name"]] = found.get("spec", found)
    for name in APPS:
        container = by_kind["Deployment"][name]["template"]["spec"]["containers"][0]
        assert container["livenessProbe"]["httpGet"]["path"] == "/health" and container["readinessProbe"]["httpGet"]["path"] == "/ready"
        assert container["ports"][0]["containerPort"] == SERVICE_PORTS[name][1]
    for name in (*APPS, "worker"):
        assert by_kind["PodDisruptionBudget"][name]["minAvailable"] == 1
        scaler = by_kind["HorizontalPodAutoscaler"][name]
        assert (scaler["minReplicas"], scaler["maxReplicas"], scaler["scaleTargetRef"]["name"]) == (2, 10, name)
    external = by_kind["HorizontalPodAutoscaler"]["worker"]["metrics"][0]["external"]
    assert external["metric"]["name"] == "mypay_queue_oldest_seconds"
    adapter = yaml.safe_load((DEPLOY / "kubernetes" / "prometheus-adapter-values.yml").read_text())
    assert adapter["rules"]["external"][0]["name"]["as"] == external["metric"]["name"]
    assert "migrate_locked" in str(by_kind["Job"]["mypay-migrate"])
    assert set(by_kind["ConfigMap"]["mypay"]["data"]) <= OURS
    assert not any(by_kind["Secret"]["mypay"]["stringData"].values())
    assert {variable.name for variable in VARIABLES if variable.is_secret} <= set(by_kind["Secret"]["mypay"]["stringData"])
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    assert {path.name for path in MANIFESTS} - set(listed) == {"migrate.yaml", "secret.example.yaml"}


def test_drain_is_shorter_than_the_grace_of_a_pod() -> None:
    data = next(found["data"] for found in _objects() if found["kind"] == "ConfigMap")
    grace = {name: pod["terminationGracePeriodSeconds"] for name, pod in _pods() if name.startswith("Deployment")}
    assert all(seconds >= int(data["DRAIN_SECONDS"]) + 30 for seconds in grace.values())


# Image


def _dockerfile() -> list[str]:
    """Its instructions, a line each, without comments."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text())
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_image_has_two_stages_a_pinned_base_uid_1001_and_a_liveness_check() -> None:
    lines = _dockerfile()
    assert sum(line.startswith("FROM ") for line in lines) == 2 and "AS build" in lines[1]
    assert re.fullmatch(r"ARG PYTHON=3\.\d+\.\d+-slim-bookworm", lines[0])
    final = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "USER 1001:1001" in final and not any("gcc" in line for line in final)
    check = next(line for line in final if line.startswith("HEALTHCHECK"))
    assert "--interval=30s --timeout=10s --start-period=60s --retries=3" in check and "deploy/healthcheck.py" in check
    assert any("/app/logs" in line and "/app/certs" in line for line in final)


def test_image_gets_every_app_and_no_test_secret_or_data() -> None:
    allowed = {line[1:] for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    settings = ast.parse((BASE_DIR / "pyproject.toml").read_text().split("root_packages = ")[1].splitlines()[0], mode="eval")
    assert set(ast.literal_eval(settings)) <= allowed
    ignored = (BASE_DIR / ".dockerignore").read_text().splitlines()
    assert "*" in ignored and "**/tests" in ignored and "**/.env*" in ignored and not {"var", ".git", "tests"} & allowed


class _Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        alive = self.path == "/api/health/liveness" and self.headers["Host"] == "pay.example.test"
        self.send_response(200 if alive else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_healthcheck_exits_zero_when_alive_and_one_when_not() -> None:
    with HTTPServer(("127.0.0.1", 0), _Alive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env = {"PORT": str(server.server_port), "ALLOWED_HOSTS": ".pay.example.test,127.0.0.1"}
        command = [sys.executable, str(DEPLOY / "healthcheck.py")]
        assert subprocess.run(command, env=env).returncode == 0
        assert subprocess.run(command, env={**env, "ALLOWED_HOSTS": "other"}, capture_output=True).returncode == 1
        server.shutdown()
    assert subprocess.run(command, env=env, capture_output=True).returncode == 1
    assert subprocess.run(command, env={**env, "METRICS_PORT": "1"}, capture_output=True).returncode == 1
