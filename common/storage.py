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
            self._join_styles()
            paths = {**paths, STYLES: (self, STYLES)}
        yield from super().post_process(paths, dry_run, **options)

    def _join_styles(self) -> None:
        def put_in_place(match: re.Match[str]) -> str:
            with self.open(f"css/{match[1]}") as part:
                return f"@layer {match[2]} {{\n{part.read().decode()}}}\n"

        with self.open(STYLES) as file:
            joined = IMPORT.sub(put_in_place, file.read().decode())
        self.delete(STYLES)
        self.save(STYLES, ContentFile(joined.encode()))
