"""The container files, as far as they can be checked without an engine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SYSTEM_ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def run(*command, **environment):
    environment = {**SYSTEM_ENVIRONMENT, "HOME": "/nonexistent", **environment}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_compose_file_follows_the_specification():
    done = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def composed():
    done = run(
        BIN / "docker-compose", "--env-file", ".env.example", "config", "--format", "json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_everything_of_production_is_there(composed):
    assert composed["services"].keys() == {"proxy", "migrate", "web", "worker", "db", "cache", "backup"}
    assert composed["services"]["db"]["image"] == "postgres:18"
    assert all("healthcheck" in composed["services"][name] for name in ("proxy", "worker", "db", "cache"))
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()  # web
    assert {"backups", "database"} <= composed["volumes"].keys()


def test_the_application_has_few_rights(composed):
    for name in ("web", "worker", "migrate"):
        service = composed["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "ports" not in service
    assert "USER 10001" in (ROOT / "Dockerfile").read_text()


def test_no_secret_is_in_the_environment(composed):
    for service in composed["services"].values():
        for name in service.get("environment") or {}:
            assert not name.endswith(("SECRET_KEY", "PASSWORD", "DATABASE_URL", "MAIL_URL")), name


def test_a_missing_value_is_named():
    done = run(BIN / "docker-compose", "--env-file", "/dev/null", "config")
    assert done.returncode != 0
    assert "set SITE_HOST in .env" in done.stderr


def test_the_dockerfile_passes_its_linter():
    done = run(BIN / "hadolint", "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_the_proxy_configuration_is_valid(tmp_path):
    done = run(
        BIN / "caddy", "validate", "--config", "deploy/Caddyfile", "--adapter", "caddyfile",
        SITE_HOST="forum.example.org", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
