import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = "css/site.css"
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed, compressed static files; imports inside JavaScript modules are hashed as well.

    The imports of site.css are put in their place, so that a page waits for one style sheet only.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if STYLES in paths and not dry_run:
            self._join_styles(paths)
            paths = {**paths, STYLES: (self, STYLES)}
        yield from super().post_process(paths, dry_run, **options)

    def _join_styles(self, paths: dict[str, Any]) -> None:
        """Write the joined sheet, made from the source files: the collected one may be joined already."""

        def source(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return str(file.read().decode())

        def put_in_place(match: re.Match[str]) -> str:
            return f"@layer {match[2]} {{\n{source(f'css/{match[1]}')}}}\n"

        joined = IMPORT.sub(put_in_place, source(STYLES))
        self.delete(STYLES)
        self.save(STYLES, ContentFile(joined.encode()))
