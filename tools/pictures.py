"""Makes the pictures that browsers and other sites ask for from static/img/icon.svg: `python -m tools.pictures`.

Run it after the icon has changed, and commit what it writes. It needs the test environment (Playwright, Pillow).
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from tools.home import ROOT
from tools.test import chromium

FOLDER = ROOT / "static/img"
BRAND = "#0a5f5b"
ICONS = {"icon-192.png": 192, "icon-512.png": 512, "apple-touch-icon.png": 180}
# A margin of a fifth: phones cut icons into circles.
ICON_PAGE = "<body style='margin:0;background:#e2f0ef;display:grid;place-items:center;height:100vh'>{svg}</body>"
SOCIAL_PAGE = """<body style='margin:0;background:{brand};color:#fff;display:grid;grid-template-columns:auto 1fr;
align-items:center;gap:60px;padding:0 90px;height:100vh;box-sizing:border-box;font-family:system-ui,sans-serif'>
<div style='background:#fff;border-radius:48px;padding:48px;width:180px'>{svg}</div>
<div><div style='font-size:110px;font-weight:700;letter-spacing:-2px'>Bedside</div>
<div style='font-size:46px;line-height:1.3'>Ask about your health.<br>Verified medical professionals answer.</div></div>
</body>"""


def main() -> None:
    from PIL import Image
    from playwright.sync_api import sync_playwright

    svg = (FOLDER / "icon.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])

        def render(html: str, width: int, height: int) -> Image.Image:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_content(html)
            picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
            page.close()
            return picture

        for name, side in ICONS.items():
            sized = svg.replace("<svg ", f"<svg width='{side * 3 // 5}' ", 1)
            save(render(ICON_PAGE.format(svg=sized), side, side), FOLDER / name)
        small = svg.replace("<svg ", "<svg width='48' ", 1)
        favicon = render(f"<body style='margin:0;background:#fff'>{small}</body>", 48, 48)
        favicon.save(FOLDER / "favicon.ico", sizes=[(16, 16), (32, 32), (48, 48)])
        wide = svg.replace("<svg ", "<svg width='180' style='display:block' ", 1)
        save(render(SOCIAL_PAGE.format(svg=wide, brand=BRAND), 1200, 630), FOLDER / "social.png")
        browser.close()


def save(picture: object, path: Path) -> None:
    """Few colours, so a small file."""
    picture.quantize(64).save(path, optimize=True)  # type: ignore[attr-defined]
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
