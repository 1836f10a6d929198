"""Who may import whom: an app imports only what stands below it, at any distance."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "demo": {"moderation", "search", "credentials", "forum", "resources", "accounts", "common"},
    "config": {"moderation", "search", "credentials", "forum", "notifications", "resources", "accounts", "common"},
    "moderation": {"search", "credentials", "forum", "notifications", "resources", "accounts", "safety", "common"},
    "search": {"safety", "forum", "resources", "accounts", "common"},
    "credentials": {"forum", "accounts", "common"},
    "forum": {"safety", "notifications", "resources", "accounts", "common"},
    "notifications": {"accounts", "common"},
    "resources": {"common"},
    "accounts": {"common"},
    "safety": set(),
    "common": set(),
}


def imported_apps(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names} & MAY_IMPORT.keys()


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_an_app_imports_only_what_stands_below_it(app):
    files = sorted((ROOT / app).rglob("*.py"))
    assert files
    allowed = MAY_IMPORT[app] | {app}
    wrong = {str(file.relative_to(ROOT)): bad for file in files if (bad := imported_apps(file) - allowed)}
    assert wrong == {}


def test_every_app_is_in_the_table():
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert apps | {"config", "safety"} == MAY_IMPORT.keys()


def test_only_settings_read_the_environment():
    for app in MAY_IMPORT.keys() - {"config"}:
        for file in (ROOT / app).rglob("*.py"):
            assert "os.environ" not in file.read_text(), file
