"""A .docx as Markdown with its pictures beside it. Nothing outside the file is ever opened."""

from __future__ import annotations

import io
import re
from typing import Any

import mammoth
from markdownify import MarkdownConverter

from campaigns.log_documents.incoming.document import Document, Picture, picture_name
from campaigns.log_documents.incoming.package import HOW, check_package, refused

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}
MOST_PICTURES = 400
LARGEST_PICTURE_BYTES = 10 * 10**6
ELSEWHERE = "it was linked, not kept in the document"


def read_docx(body: bytes) -> Document:
    """Raises Invalid (field `file`) with the reason when it cannot be read."""
    check_package(body)
    pictures: dict[str, Picture] = {}
    lost: list[str] = []

    def picture(image: Any) -> dict[str, str]:
        """What stands in the text for a picture; one that cannot be had says so in words."""
        ending = ENDINGS.get(image.content_type)
        if ending is None:
            return _lost(lost, f"pictures of kind {str(image.content_type)[:40]} are not kept")
        if len(pictures) >= MOST_PICTURES:
            return _lost(lost, f"it has more than {MOST_PICTURES}")
        try:
            with image.open() as file:
                held = file.read(LARGEST_PICTURE_BYTES + 1)
        except (ValueError, KeyError):  # outside the file, or not in it
            return _lost(lost, ELSEWHERE)
        name = picture_name(len(pictures) + 1, ending)
        pictures[name] = Picture(name, held)
        return {"src": f"file:{name}"}

    try:
        made = mammoth.convert_to_html(
            io.BytesIO(body),
            convert_image=mammoth.images.img_element(picture),
            include_embedded_style_map=False,  # a document does not say which HTML is made of it
            external_file_access=False,
        )
        text = _Converter(
            heading_style="ATX", bullets="-", escape_misc=False, escape_underscores=False, table_infer_header=True
        ).convert(made.value)
    except RecursionError as error:
        raise refused(f"The document is nested too deeply. {HOW}") from error
    except Exception as error:  # the library says nothing of what it raises on parts that contradict each other
        raise refused(f"The document cannot be read ({type(error).__name__}: {str(error)[:100]}). {HOW}") from error
    return Document(_tidied(text), pictures, lost)


def _lost(lost: list[str], why: str) -> dict[str, str]:
    lost.append(why)
    return {"src": "", "alt": f"picture left out: {why}"}


class _Converter(MarkdownConverter):
    """Markdown as the log has it: code stays as it is typed, pictures lead to the entry's own files."""

    def convert_img(self, element: Any, text: str, parent_tags: set[str]) -> str:
        words = re.sub(r"[\[\]\r\n]+", " ", element.attrs.get("alt") or "").strip()
        source = element.attrs.get("src") or ""
        return f"![{words[:200]}]({source})" if source else f"({words})"


def _tidied(text: str) -> str:
    text = text.replace("\xa0", " ").replace("\r", "")
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
