"""Files that no text describes: made when they are wanted, so that no bomb lies in the repository."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

from PIL import Image, PngImagePlugin

SCRIPT = b"<script>alert(1)</script>"
A_LONG_TEXT = zlib.compress(b"a" * 80_000_000, 9)
EXIF_PLACE, EXIF_DESCRIPTION = 0x8825, 0x010E


def _picture(kind: str, size: tuple[int, int] = (40, 30), **how: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#246").save(out, kind, **how)
    return out.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, *chunks: bytes, data: bytes = b"") -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _rows_of_nothing(width: int, height: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b"\0" * (width + 1)) for _row in range(height)) + packer.flush()


def _zip(*files: tuple[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def _text_png(text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    return _picture("PNG", pnginfo=info)


def _exif_jpeg() -> bytes:
    exif = Image.Exif()
    exif[EXIF_DESCRIPTION] = SCRIPT.decode()
    exif.get_ifd(EXIF_PLACE)[1] = "N"
    return _picture("JPEG", exif=exif)


def _large_jpeg() -> bytes:
    body = _picture("JPEG")
    frame = body.index(b"\xff\xc0") + 5
    return body[:frame] + struct.pack(">HH", 60000, 60000) + body[frame + 4 :]


def _large_gif() -> bytes:
    body = _picture("GIF")
    return body[:6] + struct.pack("<HH", 60000, 60000) + body[10:]


def _frames() -> bytes:
    out = BytesIO()
    frames = [Image.new("P", (8, 8), number % 256) for number in range(1000)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=1)
    return out.getvalue()


MAKE: dict[str, Callable[[], bytes]] = {
    "png": lambda: _picture("PNG"),
    "long name": lambda: _picture("PNG"),
    "gif": lambda: _picture("GIF"),
    "bmp": lambda: _picture("BMP"),
    "tiff": lambda: _picture("TIFF"),
    "bytes": lambda: b"\xff\xfe\xfa\xf9",
    "deep json": lambda: b"[" * 100_000,
    "png+html": lambda: _picture("PNG") + SCRIPT,
    "png+zip": lambda: _picture("PNG") + _zip(("evil.html", SCRIPT)),
    "png text": lambda: _text_png(SCRIPT.decode()),
    "png text bomb": lambda: _png(1, 1, _chunk(b"zTXt", b"Comment\0\0" + A_LONG_TEXT), data=_rows_of_nothing(1, 1)),
    "jpeg comment": lambda: _picture("JPEG", comment=SCRIPT),
    "jpeg exif": _exif_jpeg,
    "jpeg+php": lambda: _picture("JPEG") + b"<?php system($_GET['c']); ?>",
    "gif js": lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//",
    "gif comment": lambda: _picture("GIF", comment=SCRIPT),
    "half png": lambda: _picture("PNG", (400, 300))[:-200],
    "half jpeg": lambda: _picture("JPEG", (400, 300))[:300],
    "png head": lambda: _picture("PNG")[:33],
    "png 60000x60000": lambda: _png(60000, 60000),
    "png bomb": lambda: _png(30000, 30000, data=_rows_of_nothing(30000, 3000)),
    "png 100000x1": lambda: _png(100_000, 1, data=_rows_of_nothing(100_000, 1)),
    "png 0x0": lambda: _png(0, 0),
    "jpeg 60000x60000": _large_jpeg,
    "gif 60000x60000": _large_gif,
    "webp 8000x4000": lambda: _picture("WEBP", (8000, 4000), quality=1, method=0),
    "gif frames": _frames,
    "zip": lambda: _zip(("evil.html", SCRIPT)),
    "zip bomb": lambda: _zip(("bomb", b"\0" * 50_000_000)),
    "gzip bomb": lambda: gzip.compress(b"\0" * 50_000_000, 9),
    "11 MB": lambda: b"a" * 11_000_000,
}
