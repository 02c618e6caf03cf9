"""Pictures that people bring, made anew from their pixels: what is kept holds nothing but the picture that was seen.

Whatever else a file carried (scripts of a polyglot, an archive at its end, where the photo was taken) is gone.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFile, ImageOps

from portal.uploads import refused

MOST_PIXELS = 30 * 10**6  # what it takes to decode them is some 120 MB
LONGEST_SIDE = 20_000
LARGEST_BYTES = 20 * 10**6  # of what is kept
THUMBNAIL_SIDE = 480
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
JPEG_QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """A picture made anew. `ending` is that of its kind; `thumbnail` is small and of the same kind."""

    body: bytes
    content_type: str
    ending: str
    thumbnail: bytes
    width: int
    height: int


def made_anew(name: str, body: bytes) -> Picture:
    """The picture in these bytes, upright, its first frame. Raises Invalid (field `files`) when there is none, or too much.

    The size is read from the head of the file before a pixel is unpacked.
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # whoever imports weasyprint lets Pillow take half pictures, in the whole process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with Image.open(BytesIO(body), formats=FORMATS) as opened:
                _check_size(name, *opened.size)
                is_jpeg = opened.format == "JPEG"
                upright = ImageOps.exif_transpose(opened)
                pixels = _pixels_alone(upright, is_jpeg=is_jpeg)
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error,
            OverflowError, Image.DecompressionBombError) as error:  # fmt: skip
        raise refused(name, "holds no picture that can be read. Check the file") from error
    kept = _written(pixels, is_jpeg=is_jpeg)
    if len(kept) > LARGEST_BYTES:
        raise refused(name, f"takes {len(kept) / 10**6:.0f} MB as a picture; at most {LARGEST_BYTES / 10**6:.0f} MB are kept")
    small = pixels.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    content_type, ending = ("image/jpeg", ".jpg") if is_jpeg else ("image/png", ".png")
    return Picture(kept, content_type, ending, _written(small, is_jpeg=is_jpeg), *pixels.size)


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise refused(
            name,
            f"is {width:,} × {height:,} pixels large; at most {MOST_PIXELS / 10**6:.0f} million and {LONGEST_SIDE:,} a side "
            "are kept. Make it smaller, or put a link to it",
        )


def _pixels_alone(image: Image.Image, *, is_jpeg: bool) -> Image.Image:
    has_holes = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    mode = "RGB" if is_jpeg else "RGBA" if has_holes else "L" if image.mode in ("1", "L") else "RGB"
    pixels = image.convert(mode)
    pixels.info = {}
    return pixels


def _written(pixels: Image.Image, *, is_jpeg: bool) -> bytes:
    out = BytesIO()
    if is_jpeg:
        pixels.save(out, "JPEG", quality=JPEG_QUALITY)
    else:
        pixels.save(out, "PNG")
    return out.getvalue()
