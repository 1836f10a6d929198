"""Opening pictures that strangers send."""

import warnings
from typing import IO, Any

from django.core.exceptions import ValidationError
from PIL import Image, ImageOps

NOT_A_PICTURE = "Choose a picture in one of the formats JPEG, PNG or WebP. This file is something else or damaged."


def open_image(file: IO[Any] | Any, *, formats: tuple[str, ...], most_pixels: int) -> Image.Image:
    """The decoded picture, turned upright. ValidationError when it is too large, or not one of `formats`.

    The size is read from the head of the file, before any pixel is decoded. Only the first frame counts.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            file.seek(0)
            picture = Image.open(file, formats=formats)
            if picture.width * picture.height > most_pixels:
                raise ValidationError(f"Choose a smaller picture: at most {most_pixels // 1_000_000} megapixels.")
            picture.load()
            return ImageOps.exif_transpose(picture)
    except ValidationError:
        raise
    except Exception:  # the decoders raise whatever a broken file makes them raise
        raise ValidationError(NOT_A_PICTURE) from None
