"""Pictures of people: decoded and made anew, so that nothing of the uploaded file itself is ever served."""

from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from common.images import open_image

SIDE = 192  # pixels
MOST_BYTES = 5_000_000


def make_avatar(upload: UploadedFile) -> ContentFile:  # type: ignore[type-arg]
    """A square WebP picture without metadata. ValidationError with a sentence for the person if it is none."""
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(_("Choose a picture of at most 5 MB."))
    picture = open_image(upload, formats=("JPEG", "PNG", "WEBP"), most_pixels=25_000_000, largest=(4 * SIDE, 4 * SIDE))
    square = ImageOps.fit(picture.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    plain = Image.new("RGB", square.size, "white")
    plain.paste(square, mask=square.getchannel("A"))
    out = BytesIO()
    plain.save(out, "WEBP", quality=82, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return ContentFile(out.getvalue())
