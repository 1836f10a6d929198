"""Opening pictures that strangers send."""

import warnings
from io import BytesIO
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

MOST_SCANS = 60  # layers of a progressive JPEG, and what looks like one in its thumbnail; usual are 10
NOT_A_PICTURE = _("Choose a picture in one of the formats JPEG, PNG or WebP. This file is something else or damaged.")


def open_image(
    file: IO[Any] | Any, *, formats: tuple[str, ...], most_pixels: int, largest: tuple[int, int]
) -> Image.Image:
    """The decoded picture, turned upright and no larger than `largest`. ValidationError when it is none of `formats`.

    The size is read from the head of the file, before any pixel is decoded. Only the first frame counts. A JPEG
    whose picture comes in hundreds of layers would take minutes, and no camera makes one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            file.seek(0)
            content = file.read()
            if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MOST_SCANS:
                raise ValidationError(NOT_A_PICTURE)
            picture = Image.open(BytesIO(content), formats=formats)
            if picture.width * picture.height > most_pixels:
                raise ValidationError(
                    _("Choose a smaller picture: at most %(number)s megapixels.") % {"number": most_pixels // 1_000_000}
                )
            picture.draft("RGB", largest)  # a JPEG is decoded no larger than it is needed
            picture.load()
            picture.thumbnail(largest)
            return ImageOps.exif_transpose(picture)
    except ValidationError:
        raise
    except Exception:  # the decoders raise whatever a broken file makes them raise
        raise ValidationError(NOT_A_PICTURE) from None
