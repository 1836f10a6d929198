import gzip
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    target = tmp_path_factory.mktemp("static")
    storages = {"staticfiles": {"BACKEND": "common.storage.StaticStorage"}}
    with override_settings(STATIC_ROOT=target, STORAGES=storages):
        call_command("collectstatic", "--no-input", verbosity=0)
    return target


def named(folder: Path, pattern: str) -> Path:
    (found,) = [path for path in folder.glob(pattern) if re.search(r"\.[0-9a-f]{12}\.", path.name)]
    return found


def test_a_page_waits_for_one_small_style_sheet(collected):
    styles = named(collected / "css", "site.*.css").read_text()
    assert "@import" not in styles
    for source in (ROOT / "static/css").rglob("*.css"):
        if source.name != "site.css":
            assert source.read_text().split("{")[0].strip() in styles, source
    assert len(gzip.compress(styles.encode())) <= 15_000


def test_modules_import_hashed_modules(collected):
    script = named(collected / "js", "site.*.js").read_text()
    assert re.search(r'from "\./modules/helpful\.[0-9a-f]{12}\.js"', script)


def test_scripts_go_out_without_comments_and_otherwise_as_they_were_written(collected):
    for source in (ROOT / "static/js").rglob("*.js"):
        lines = [line.strip() for line in source.read_text().splitlines()]
        sent = (collected / source.relative_to(ROOT / "static")).read_text()
        assert sent.splitlines() == [line for line in lines if line and not line.startswith("//")], source
        assert all(line.count("`") % 2 == 0 for line in lines), f"a text over several lines in {source}"


def test_all_scripts_are_small_together(collected):
    scripts = list((collected / "js").rglob("*.????????????.js"))
    assert len(scripts) == len(list((ROOT / "static/js").rglob("*.js")))
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) <= 10_000


def test_files_come_compressed(collected):
    styles = named(collected / "css", "site.*.css")
    assert styles.with_name(styles.name + ".gz").exists()
    assert styles.with_name(styles.name + ".br").exists()
