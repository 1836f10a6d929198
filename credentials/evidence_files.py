"""Documents that strangers send: what they really are, and a copy without anything hidden."""

import hashlib
import re
import shlex
import subprocess
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image

from common.images import NOT_A_PICTURE, open_image

MOST_BYTES = 10_000_000
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 3_000  # pixels; a page of paper stays readable
WRONG_TYPE = _("Choose a PDF, JPEG or PNG file. This file is something else or damaged.")

# What makes a PDF do something when it is opened. Some can hide in compressed parts: reviewers get
# the file as a download that their browser never opens by itself.
ACTIVE_CONTENT = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|AA)\b"
)
STREAMS = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
MOST_OUTSIDE = 1_000_000  # bytes between the streams; a scanned page has some thousand
TOO_ODD = _("This PDF contains scripts, forms or attachments. Print it to a new PDF, or send a picture of the page.")
ZIP_END = b"PK\x05\x06"


@dataclass(frozen=True)
class CheckedFile:
    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def check_file(upload: UploadedFile) -> CheckedFile:  # type: ignore[type-arg]
    """The document as it may be stored. ValidationError with a sentence for the person if it may not.

    The type is found from the content; name and claimed type count for nothing. Pictures are made
    anew, without metadata.
    """
    if not upload.size:
        raise ValidationError(gettext("This file is empty. Choose another one."))
    if upload.size > MOST_BYTES:
        raise ValidationError(gettext("Choose a file of at most 10 MB."))
    content = upload.read()
    _scan(content)
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return CheckedFile(_clean_name(upload.name, "pdf"), "application/pdf", content)
    if content.startswith(b"\xff\xd8\xff"):
        return _picture(upload, content, "JPEG")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture(upload, content, "PNG")
    raise ValidationError(WRONG_TYPE)


def _check_pdf(content: bytes) -> None:
    ends_here = content.rstrip(b"\r\n\t \0").endswith(b"%%EOF")
    if not re.match(rb"%PDF-[12]\.\d[\r\n \t]", content) or not ends_here or ZIP_END in content[-70_000:]:
        raise ValidationError(WRONG_TYPE)
    outside = STREAMS.sub(b"", content)  # compressed data holds every short word by chance
    if len(outside) > MOST_OUTSIDE:
        raise ValidationError(TOO_ODD)
    names = re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), outside)
    if ACTIVE_CONTENT.search(names):
        raise ValidationError(TOO_ODD)


def _picture(upload: UploadedFile, content: bytes, kind: str) -> CheckedFile:  # type: ignore[type-arg]
    try:
        picture = open_image(
            BytesIO(content), formats=(kind,), most_pixels=MOST_PIXELS, largest=(LONGEST_SIDE, LONGEST_SIDE)
        )
    except ValidationError as error:
        raise ValidationError(WRONG_TYPE) if error.message == NOT_A_PICTURE else error from None
    plain = Image.new("RGB", picture.size, "white")  # a new picture: the old one's comments travel with it
    pixels = picture.convert("RGBA")
    plain.paste(pixels, mask=pixels.getchannel("A"))
    out = BytesIO()
    plain.save(out, kind, **({"quality": 88} if kind == "JPEG" else {}))
    if kind == "JPEG":
        return CheckedFile(_clean_name(upload.name, "jpg"), "image/jpeg", out.getvalue())
    return CheckedFile(_clean_name(upload.name, "png"), "image/png", out.getvalue())


def _clean_name(name: str | None, extension: str) -> str:
    """A name to show and to offer for the download: letters, digits, dashes; the ending of the true type."""
    last = re.split(r"[\\/]", name or "")[-1]
    kept = re.sub(r"[^\w -]+", "", last.rpartition(".")[0] or last).strip()[:60] or "document"
    return f"{kept}.{extension}"


def _scan(content: bytes) -> None:
    """Ask the virus scanner, where the site has one. Without an answer nothing is accepted."""
    if not settings.EVIDENCE_SCANNER:
        return
    try:
        done = subprocess.run(
            shlex.split(settings.EVIDENCE_SCANNER), input=content, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise ValidationError(gettext("Files cannot be checked at the moment. Try again later.")) from None
    if done.returncode:
        raise ValidationError(gettext("This file did not pass the virus check. Choose another one."))
