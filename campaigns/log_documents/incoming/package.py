"""Looks into a .docx before anything is made of it: bombs, entities, macros and paths that lead elsewhere are refused.

A package is a zip file of XML parts. What its directory promises is checked first; then each XML part is read once, piece by
piece and never further than it may be long, by a parser that knows no entities.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath
from xml.parsers import expat

from portal.errors import Invalid

LARGEST_FILE_BYTES = 20 * 10**6
LARGEST_WHOLE_BYTES = 120 * 10**6  # unpacked
LARGEST_PART_BYTES = 12 * 10**6  # of XML, unpacked; the text of a thousand pages has a third of it
MOST_PARTS = 3_000
MOST_ELEMENTS = 600_000
DEEPEST = 120
MOST_TIMES_SMALLER = 200  # what text and pictures compress to; a bomb has five times that
COUNTS_FROM_BYTES = 1_000_000
AT_ONCE = 64 * 1024
MAIN_PART = "word/document.xml"
TYPES_PART = "[Content_Types].xml"
XML_ENDINGS = (".xml", ".rels")
MACRO_PARTS = re.compile(r"vba(project|data)|activex/|macrosheets/|customui/", re.IGNORECASE)
MACRO_TYPES = re.compile(rb"macroenabled|ms-office\.vbaproject", re.IGNORECASE)
HOW = "In Google Docs choose File, Download, Microsoft Word (.docx), and take that file"


def check_package(body: bytes) -> None:
    """Raises Invalid (field `file`) with the reason when this is no .docx that can be read without harm."""
    if len(body) > LARGEST_FILE_BYTES:
        raise refused(f"The file has {len(body) / 10**6:.1f} MB; at most 20 MB are read. Import it in parts")
    if not body.startswith(b"PK\x03\x04"):
        raise refused(f"The file is no .docx. {HOW}")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            _check_directory(package, len(body))
            for one in package.infolist():
                if one.filename.lower().endswith(XML_ENDINGS):
                    _read_part(package, one)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as error:
        raise refused(f"The file is damaged or was not written by a word processor ({error}). {HOW}") from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise refused(f"The file is damaged ({error}). {HOW}") from error
        raise


def _check_directory(package: zipfile.ZipFile, size: int) -> None:
    parts = package.infolist()
    if len(parts) > MOST_PARTS:
        raise refused(f"The file consists of {len(parts):,} parts; a document has some dozens")
    names: set[str] = set()
    for part in parts:
        _check_name(part, names)
        if part.flag_bits & 0x1:
            raise refused("The file is locked with a password. Save it without")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused("The file is packed in a way that word processors do not use")
        small = max(part.compress_size, 1)
        if part.file_size >= COUNTS_FROM_BYTES and part.file_size / small > MOST_TIMES_SMALLER:
            raise refused(
                f"Its part {part.filename[:60]} unpacks to {part.file_size // small:,} times its size: that is no text"
            )
        if part.filename.lower().endswith(XML_ENDINGS) and part.file_size > LARGEST_PART_BYTES:
            raise refused(f"Its text has {part.file_size / 10**6:.0f} MB; at most 12 MB are read. Import the document in parts")
    if sum(part.file_size for part in parts) > LARGEST_WHOLE_BYTES:
        raise refused("The file unpacks to more than 120 MB. Import the document in parts")
    if sum(part.compress_size for part in parts) > size:
        raise refused("The file's parts overlap: it was made to unpack without end")
    if TYPES_PART.lower() not in names or MAIN_PART not in names:
        raise refused(f"The file is no document of a word processor: it lacks {MAIN_PART}. {HOW}")


def _check_name(part: zipfile.ZipInfo, names: set[str]) -> None:
    name = part.filename
    pieces = PurePosixPath(name).parts
    if name != part.orig_filename or "\\" in name or re.search(r"[\x00-\x1f\x7f]", name) or ".." in pieces or name[:1] == "/":
        raise refused(f"Its part {name[:60]!r} has a name that leads out of the file")
    if re.match(r"[A-Za-z]:", name):
        raise refused(f"Its part {name[:60]!r} has a name that leads out of the file")
    if name.lower() in names:
        raise refused(f"It has two parts of the name {name[:60]}")
    names.add(name.lower())
    if MACRO_PARTS.search(name):
        raise refused("The file holds macros. Save it as .docx without them")


def _read_part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read the part once without keeping it: no declarations, no endless nesting, no more than its directory promised."""
    parser = expat.ParserCreate()
    depth = elements = 0

    def begins(name: str, attributes: object) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > DEEPEST:
            raise refused(f"Its part {part.filename[:60]} is nested {DEEPEST} deep and more. {HOW}")
        if elements > MOST_ELEMENTS:
            raise refused("The document is too long to be read at once. Import it in parts")

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_what: object) -> None:
        raise refused(f"Its part {part.filename[:60]} declares entities, which no word processor writes")

    parser.StartElementHandler, parser.EndElementHandler = begins, ends
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = declared
    read = 0
    with package.open(part) as file:
        while piece := file.read(AT_ONCE):
            read += len(piece)
            if read > LARGEST_PART_BYTES:
                raise refused("The file unpacks to more than it promises")
            if part.filename == TYPES_PART and MACRO_TYPES.search(piece):
                raise refused("The file holds macros. Save it as .docx without them")
            try:
                parser.Parse(piece, False)
            except expat.ExpatError as error:
                raise refused(f"Its part {part.filename[:60]} cannot be read ({error}). {HOW}") from error
    try:
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise refused(f"Its part {part.filename[:60]} cannot be read ({error}). {HOW}") from error


def refused(why: str) -> Invalid:
    return Invalid(f"{why}.", field="file")
