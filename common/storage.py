import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = "css/site.css"
SCRIPTS = re.compile(r"js/(?:modules/)?[a-z]+\.js")
# Whole lines only, and what stands before the first word of a line.
NOTE = re.compile(r"^\s*(?://.*\n)?", re.MULTILINE)
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed, compressed static files; imports inside JavaScript modules are hashed as well.

    The imports of site.css are put in their place, so that a page waits for one style sheet only. Our scripts go out
    without their comments: those are for whoever reads the source.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if STYLES in paths and not dry_run:
            self._join_styles(paths)
            scripts = [name for name in paths if SCRIPTS.fullmatch(name)]
            for name in scripts:
                self._write(name, NOTE.sub("", source_of(paths, name)))
            paths = {**paths, **{name: (self, name) for name in (STYLES, *scripts)}}
        yield from super().post_process(paths, dry_run, **options)

    def _join_styles(self, paths: dict[str, Any]) -> None:
        def put_in_place(match: re.Match[str]) -> str:
            return f"@layer {match[2]} {{\n{source_of(paths, f'css/{match[1]}')}}}\n"

        self._write(STYLES, IMPORT.sub(put_in_place, source_of(paths, STYLES)))

    def _write(self, name: str, text: str) -> None:
        self.delete(name)
        self.save(name, ContentFile(text.encode()))


def source_of(paths: dict[str, Any], name: str) -> str:
    """The text of the source file: the collected one may be changed already."""
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
