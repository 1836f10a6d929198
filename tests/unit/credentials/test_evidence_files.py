"""Files that are not what they say, or more than they say."""

import io
import os
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from credentials.evidence_files import MOST_BYTES, check_file

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


def image(kind="JPEG", size=(40, 30), **options):
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def upload(content, name="file.pdf", content_type="application/pdf"):
    return SimpleUploadedFile(name, content, content_type)


def huge_png(side):
    """A small file that says it is a picture of side × side."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "kind", "extension"),
    [(PDF, "application/pdf", "pdf"), (image(), "image/jpeg", "jpg"), (image("PNG"), "image/png", "png")],
)
def test_the_content_decides_what_a_file_is(content, kind, extension):
    for claimed in ("x.exe", "x.svg", "x.pdf", "x"):
        checked = check_file(upload(content, claimed, "text/html"))
        assert checked.content_type == kind
        assert checked.name == f"x.{extension}"


REFUSED = {
    "nothing": b"",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif": b"GIF89a" + b"\0" * 50,
    "webp": image("WEBP"),
    "html before a pdf": b"<script>alert(1)</script>" + PDF,
    "zip after a pdf": PDF + b"PK\x05\x06" + b"\0" * 18,
    "zip inside a pdf's end": b"%PDF-1.7\nPK\x05\x06" + b"\0" * 18 + b"\n%%EOF",
    "html after a pdf": PDF + b"<script>alert(1)</script>",
    "script in a pdf": PDF.replace(b"<</Type", b"<</OpenAction<</S/JavaScript/JS(app.alert)>>/Type"),
    "script in a pdf, its name in code": PDF.replace(b"<</Type", b"<</S/J#61vaScript/Type"),
    "program started by a pdf": PDF.replace(b"<</Type", b"<</S/Launch/Type"),
    "file in a pdf": PDF.replace(b"<</Type", b"<</EmbeddedFiles 3 0 R/Type"),
    "pdf without an end": b"%PDF-1.7\nhello",
    "picture cut off": image()[:200],
    "jpeg head only": b"\xff\xd8\xff\xe0" + b"A" * 100,
    "20,000 × 20,000": huge_png(20_000),
    "60,000 × 60,000": huge_png(60_000),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_with_a_sentence(what):
    with pytest.raises(ValidationError) as caught:
        check_file(upload(REFUSED[what]))
    assert caught.value.message.endswith(".")


def test_a_scanned_page_is_not_refused_by_chance():
    """Compressed data holds /JS and /AA sooner or later; only what stands between the streams counts."""
    scan = b"1 0 obj<</Length 9>>stream\n" + os.urandom(2000) + b"/JS /AA /Launch\nendstream endobj\n"
    assert check_file(upload(b"%PDF-1.7\n" + scan * 3 + b"%%EOF")).content_type == "application/pdf"


@pytest.mark.parametrize("filler", [b"#41", b"/Name "])
def test_a_pdf_that_would_take_long_is_refused_quickly(filler):
    with pytest.raises(ValidationError, match="scripts, forms"):
        check_file(upload(b"%PDF-1.7\n" + filler * 1_000_000 + b"\n%%EOF"))


def test_a_jpeg_of_thousands_of_layers_is_refused_before_it_is_decoded(monkeypatch):
    out = io.BytesIO()
    Image.effect_noise((64, 64), 60).convert("RGB").save(out, "JPEG", progressive=True)
    content = out.getvalue()
    last = content.rindex(b"\xff\xda")
    bomb = content[:last] + content[last:-2] * 3000 + b"\xff\xd9"
    monkeypatch.setattr(Image, "open", lambda *args, **kwargs: pytest.fail("it was decoded"))
    with pytest.raises(ValidationError):
        check_file(upload(bomb))


def test_eleven_megabytes_are_too_much():
    with pytest.raises(ValidationError, match="10 MB"):
        check_file(upload(PDF + b" " * (11_000_000 - len(PDF))))
    assert MOST_BYTES == 10_000_000


def test_pictures_lose_everything_but_their_pixels():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    jpeg = image(exif=exif, comment=b"secret comment") + b"<script>hidden()</script>"
    notes = PngInfo()
    notes.add_text("Comment", "secret note")
    png = image("PNG", pnginfo=notes) + b"PK\x03\x04secret archive"
    for content in (jpeg, png):
        checked = check_file(upload(content))
        assert b"secret" not in checked.content
        assert b"script" not in checked.content
        assert Image.open(io.BytesIO(checked.content)).size == (40, 30)


def test_a_phone_picture_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    checked = check_file(upload(image(size=(40, 30), exif=exif)))
    assert Image.open(io.BytesIO(checked.content)).size == (30, 40)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\card.pdf", "card.pdf"),
        ("<script>alert(1)</script>.pdf", "script.pdf"),
        ('"; rm -rf /.pdf', "pdf.pdf"),
        ("…", "document.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("ärztliche Urkunde.pdf", "ärztliche Urkunde.pdf"),
        ("a" * 300 + ".pdf", "a" * 60 + ".pdf"),
        (".pdf", "pdf.pdf"),
    ],
)
def test_names_are_harmless(name, shown):
    file = upload(PDF)
    file._name = name  # as a hostile browser would send it
    assert check_file(file).name == shown


def test_the_scanner_is_asked_and_trusted(settings):
    for command, passes in [("true", True), ("false", False), ("no-such-program-here", False)]:
        settings.EVIDENCE_SCANNER = command
        if passes:
            assert check_file(upload(PDF))
        else:
            with pytest.raises(ValidationError):
                check_file(upload(PDF))
