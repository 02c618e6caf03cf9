"""A .md file as Markdown with its pictures beside it: Google's export writes them into the text, as data."""

from __future__ import annotations

import base64
import binascii
import re

from campaigns.log_documents.incoming.document import Document, Picture, picture_name
from campaigns.log_documents.incoming.docx import ENDINGS, LARGEST_PICTURE_BYTES, MOST_PICTURES
from campaigns.log_documents.incoming.package import LARGEST_FILE_BYTES, refused

LARGEST_TEXT = 4_000_000  # characters without its pictures
DATA = r"data:(?P<type>[\w.+/-]{1,60});base64,(?P<data>[A-Za-z0-9+/=]*)"
DEFINED = re.compile(rf"^ {{0,3}}\[(?P<label>[^\]\n]{{1,100}})\]:[ \t]*<?{DATA}>?[^\n]*$", re.MULTILINE)
INLINE = re.compile(rf"!\[(?P<words>[^\]\n]{{0,1000}})\]\(<?{DATA}>?(?:\s+\"[^\"\n]*\")?\)")
BY_LABEL = re.compile(r"!\[(?P<words>[^\]\n]{0,1000})\]\[(?P<label>[^\]\n]{0,100})\]")


def read_text(body: bytes) -> Document:
    """Raises Invalid (field `file`) with the reason when it cannot be read."""
    if len(body) > LARGEST_FILE_BYTES:
        raise refused(f"The file has {len(body) / 10**6:.1f} MB; at most 20 MB are read. Import it in parts")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused("The file is no text in UTF-8. In Google Docs choose File, Download, Markdown (.md)") from error
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
        raise refused("The file is no text. In Google Docs choose File, Download, Markdown (.md)")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    pictures: dict[str, Picture] = {}
    lost: list[str] = []
    by_label: dict[str, str] = {}

    def kept(match: re.Match[str]) -> str:
        """The address that stands for the picture, '' when it cannot be had."""
        ending = ENDINGS.get(match["type"].lower())
        why = ""
        if ending is None:
            why = f"pictures of kind {match['type'][:40]} are not kept"
        elif len(pictures) >= MOST_PICTURES:
            why = f"it has more than {MOST_PICTURES}"
        else:
            try:
                held = base64.b64decode(match["data"][: LARGEST_PICTURE_BYTES * 2], validate=True)
            except binascii.Error:
                why = "its data are damaged"
            else:
                name = picture_name(len(pictures) + 1, ending)
                pictures[name] = Picture(name, held)
                return f"file:{name}"
        lost.append(why)
        return ""

    def defined(match: re.Match[str]) -> str:
        by_label[match["label"].casefold()] = kept(match)
        return ""

    def inline(match: re.Match[str]) -> str:
        return _shown(match["words"], kept(match), lost)

    def by_name(match: re.Match[str]) -> str:
        label = (match["label"] or match["words"]).casefold()
        return _shown(match["words"], by_label[label], lost) if label in by_label else match[0]

    text = BY_LABEL.sub(by_name, INLINE.sub(inline, DEFINED.sub(defined, text)))
    if len(text) > LARGEST_TEXT:
        raise refused(f"Its text has {len(text):,} characters; at most {LARGEST_TEXT:,} are read. Import it in parts")
    return Document(text.strip("\n"), pictures, lost)


def _shown(words: str, address: str, lost: list[str]) -> str:
    return f"![{words}]({address})" if address else f"(picture left out: {lost[-1]})"
