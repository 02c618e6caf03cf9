"""What the library that makes PDFs needs of the system, and how to install what is missing. Looks only, loads nothing.

The rest of the portal does not need any of it: where a part is missing, the page says so and everything else goes on.
"""

from __future__ import annotations

import ctypes.util
import shutil
import subprocess
from functools import cache
from pathlib import Path

LIBRARIES = {  # by the name under which the system's linker knows it: Debian's package
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
FONT = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


@cache
def missing_packages() -> tuple[str, ...]:
    """Debian's names of what is not there; empty where PDFs can be made. Asked once: an installation needs a new start."""
    missing = [package for library, package in LIBRARIES.items() if not ctypes.util.find_library(library)]
    if not _has_font():
        missing.append(FONT)
    return tuple(missing)


def what_is_missing() -> str:
    """In words for whoever wants a PDF; '' where it can be made."""
    missing = missing_packages()
    if not missing:
        return ""
    return (
        f"This machine lacks parts that making PDFs needs: {', '.join(missing)}. An administrator installs them with "
        f"“apt-get install {' '.join(missing)}” (on Debian) and starts the portal's worker and web server anew."
    )


def _has_font() -> bool:
    if shutil.which("fc-list"):
        found = subprocess.run(["fc-list", "--format=%{file}\n"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S607
        return bool(found.stdout.strip())
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(next(folder.rglob("*.[to]tf"), None) for folder in folders if folder.is_dir())
