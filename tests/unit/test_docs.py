"""The documents stay true where a machine can tell."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def test_every_setting_is_documented():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config/settings.py").read_text()))
    read |= set(re.findall(r'environ\.get\("([A-Z_]+)"\)', (ROOT / "config/gunicorn.py").read_text()))
    assert {"SITE_URL", "PGBOUNCER", "WEB_WORKERS"} <= read
    operations = (ROOT / "docs/operations.md").read_text()
    assert {name for name in read if f"`{name}`" not in operations} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_commands_that_are_named_exist():
    text = "".join(document.read_text() for document in DOCUMENTS)
    commands = set(re.findall(r"bin/manage ([a-z_]+)", text))
    ours = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    assert {"import_threads", "export_threads", "recount"} <= commands <= ours
    for name in set(re.findall(r"`bin/(\w+)", text)):
        assert (ROOT / "bin" / name).exists()
