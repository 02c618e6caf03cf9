"""Documents that come in: what is read of them, and what is refused before it does harm."""

from __future__ import annotations

import base64
import copy
import io
import random
import socket
import zipfile
from pathlib import Path

import pytest

from campaigns.log_documents.incoming import package
from campaigns.log_documents.incoming.docx import read_docx
from campaigns.log_documents.incoming.text import read_text
from portal.errors import Invalid
from tests.log_documents.packages import (
    HEAD,
    TYPES,
    docx,
    heading,
    link,
    paragraph,
    picture,
    png,
    relation,
    table,
    zipped,
)

DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'


def test_headings_paragraphs_tables_and_pictures_of_a_docx_are_read():
    read = read_docx(
        docx(
            heading("3 Nov 2026"), paragraph("Submitted #3206."), paragraph("bold", bold=True),
            table(("site", "jobs"), ("UK_Brunel", "13")), picture("rId7", "the disk"),
            parts={"word/media/image1.png": png()}, relations=relation("rId7", "media/image1.png"),
        )
    )  # fmt: skip
    assert "## 3 Nov 2026" in read.text
    assert "Submitted #3206." in read.text
    assert "**bold**" in read.text
    assert "| UK_Brunel | 13 |" in read.text
    assert "![the disk](file:picture-001.png)" in read.text
    assert read.pictures["picture-001.png"].body == png()
    assert not read.lost


def test_pictures_in_a_markdown_export_are_taken_out_of_the_text():
    data = base64.b64encode(png()).decode()
    text = (
        f"# Log\n\nSee ![][image1] and ![inline](data:image/png;base64,{data}).\n\n[image1]: <data:image/png;base64,{data}>\n"
    )
    read = read_text(text.encode())
    assert "![](file:picture-001.png)" in read.text
    assert "![inline](file:picture-002.png)" in read.text
    assert "base64" not in read.text
    assert {one.body for one in read.pictures.values()} == {png()}


def test_damaged_or_foreign_pictures_in_markdown_are_named_as_left_out():
    read = read_text(
        b"![a](data:image/png;base64,AAA) ![b](data:image/svg+xml;base64,AAAA) ![c][nothing] ![d](http://e.org/x.png)"
    )
    assert not read.pictures
    assert len(read.lost) == 2
    assert "![c][nothing]" in read.text
    assert "![d](http://e.org/x.png)" in read.text


def _nested_tables(deep: int) -> str:
    return "<w:tbl><w:tr><w:tc>" * deep + paragraph("x") + "</w:tc></w:tr></w:tbl>" * deep


def _with_member(name: str, body: bytes = b"x") -> bytes:
    return docx(paragraph("x"), parts={name: body})


def _lying_directory() -> bytes:
    """A part that holds far more than the directory says."""
    made = bytearray(docx(paragraph("y" * 3_000_000)))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = 0
        while (start := made.find(signature, start)) >= 0:
            size = int.from_bytes(made[start + at : start + at + 4], "little")
            if size > 2_000_000:
                made[start + at : start + at + 4] = (100).to_bytes(4, "little")
            start += 4
    return bytes(made)


def _overlapping() -> bytes:
    """Fifty entries of the directory share the same data."""
    made = io.BytesIO(docx(paragraph("x")))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/media/i0.bin", random.Random(1).randbytes(50_000))
        for n in range(1, 50):
            again = copy.copy(file.getinfo("word/media/i0.bin"))
            again.filename = again.orig_filename = f"word/media/i{n}.bin"
            file.filelist.append(again)
    return made.getvalue()


def _encrypted() -> bytes:
    made = bytearray(docx(paragraph("x")))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := made.find(signature, start)) >= 0:
            made[start + at] |= 1
            start += 4
    return bytes(made)


def _lzma() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("word/document.xml", "<a/>")
    return made.getvalue()


def _doubled() -> bytes:
    made = io.BytesIO(docx(paragraph("x")))
    with zipfile.ZipFile(made, "a") as file:
        file.writestr("WORD/document.xml", "<a/>")
    return made.getvalue()


HOSTILE = {
    "nothing": b"",
    "a page": b"<html><script>alert(1)</script></html>",
    "a picture": png(),
    "a picture with a document behind it": png() + docx(paragraph("x")),
    "an old .doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
    "half a file": docx(paragraph("x" * 9_000))[:-400],
    "a zip of something else": zipped({"a.txt": "a"}),
    "without a list of types": zipped({"word/document.xml": "<a/>"}),
    "a bomb of zeros": docx(parts={"word/document.xml": b"<a>" + b" " * 11_000_000 + b"</a>"}),
    "a bomb beside the text": _with_member("word/media/image1.png", bytes(100_000_000)),
    "text without end": docx(paragraph("x"), parts={"word/document.xml": b"<a>" + b"0123456789abcdef" * 800_000}),
    "many parts": docx(paragraph("x"), parts={f"word/media/i{n}.png": b"x" for n in range(3_100)}),
    "a directory that lies": _lying_directory(),
    "parts that overlap": _overlapping(),
    "locked": _encrypted(),
    "packed in another way": _lzma(),
    "two parts of one name": _doubled(),
    "a billion laughs": docx(
        before='<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>',
    ),
    "an entity that reads a file": docx(before='<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    "a description from elsewhere": docx(before='<!DOCTYPE w SYSTEM "http://127.0.0.1:1/x.dtd">'),
    "a parameter entity": docx(before='<!DOCTYPE w [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>'),
    "entities in the styles": docx(paragraph("x"), parts={"word/styles.xml": f"{HEAD}{DOCTYPE}<x>&a;</x>"}),
    "entities in the relations": docx(paragraph("x"), parts={"word/_rels/document.xml.rels": f"{HEAD}{DOCTYPE}<x>&a;</x>"}),
    "entities in another coding": docx(
        paragraph("x"),
        parts={"word/styles.xml": f'<?xml version="1.0" encoding="UTF-16"?>{DOCTYPE}<x>&a;</x>'.encode("utf-16")},
    ),
    "nested without end": docx("<w:p>" * 5_000 + "</w:p>" * 5_000),
    "tables in tables": docx(_nested_tables(300)),
    "elements without end": docx("".join(f"<w:p a='{n:x}'/>" for n in range(610_000))),
    "no well-formed text": docx("<w:p>"),
    "macros": _with_member("word/vbaProject.bin"),
    "macros in a folder of another name": _with_member("other/VBAPROJECT.BIN"),
    "controls that run": _with_member("word/activeX/activeX1.bin"),
    "a file with macros under this ending": docx(
        paragraph("x"), types=TYPES.replace("wordprocessingml.document.main", "x-ms-word.document.macroEnabled.main")
    ),
    "a path upwards": _with_member("../../etc/cron.d/x"),
    "a path from the root": _with_member("/etc/passwd"),
    "a path of another system": _with_member("..\\..\\windows\\x"),
    "a drive": _with_member("C:/x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason(name: str):
    with pytest.raises(Invalid) as refused:
        read_docx(HOSTILE[name])
    assert refused.value.field == "file"
    assert len(refused.value.message) > 20
    assert "Traceback" not in refused.value.message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a bomb of zeros", "times its size"), ("a bomb beside the text", "times its size"), ("many parts", "consists of"),
        ("a directory that lies", "damaged"), ("parts that overlap", "overlap"), ("locked", "password"),
        ("packed in another way", "packed in a way"), ("two parts of one name", "two parts of the name"),
        ("a billion laughs", "declares entities"), ("an entity that reads a file", "declares entities"),
        ("a parameter entity", "declares entities"), ("entities in another coding", "declares entities"),
        ("nested without end", "nested"), ("tables in tables", "nested"), ("elements without end", "too long to be read"),
        ("macros", "macros"), ("a file with macros under this ending", "macros"), ("a path upwards", "leads out of the file"),
        ("a path of another system", "leads out of the file"), ("a drive", "leads out of the file"),
    ],
)  # fmt: skip
def test_it_is_refused_for_what_is_wrong_with_it(name: str, words: str):
    with pytest.raises(Invalid, match=words):
        read_docx(HOSTILE[name])


def test_a_file_that_is_too_large_is_not_even_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(package.zipfile, "ZipFile", lambda *_a, **_k: pytest.fail("it was opened"))
    with pytest.raises(Invalid, match="at most 20 MB"):
        read_docx(b"PK\x03\x04" + bytes(package.LARGEST_FILE_BYTES))
    with pytest.raises(Invalid, match="at most 20 MB"):
        read_text(b"a" * (package.LARGEST_FILE_BYTES + 1))


def test_pictures_from_elsewhere_are_neither_fetched_nor_read_from_this_machine(tmp_path: Path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(colour="red"))
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.3)
    web = f"http://127.0.0.1:{listening.getsockname()[1]}/pixel.png"
    targets = [web, secret.as_uri(), str(secret), "../../../../../../etc/passwd", "//127.0.0.1/share/x.png"]
    relations = "".join(relation(f"rId{n}", target, external=True) for n, target in enumerate(targets, 10))
    blocks = [picture(f"rId{n}", how=how) for n in range(10, 10 + len(targets)) for how in ("link", "embed")]
    read = read_docx(docx(paragraph("before"), *blocks, relations=relations))
    assert not read.pictures
    assert "before" in read.text
    with pytest.raises(TimeoutError):
        listening.accept()
    listening.close()


def test_pictures_of_kinds_that_run_or_that_no_browser_shows_are_left_out_in_words():
    read = read_docx(
        docx(
            picture("rId7"), picture("rId8"),
            parts={"word/media/a.svg": b"<svg onload='alert(1)'/>", "word/media/b.emf": b"\1\0\0\0"},
            relations=relation("rId7", "media/a.svg") + relation("rId8", "media/b.emf"),
        )
    )  # fmt: skip
    assert not read.pictures
    assert len(read.lost) == 2
    assert "picture left out" in read.text


def test_what_a_document_says_about_its_own_html_is_not_listened_to():
    read = read_docx(docx(paragraph("hello"), parts={"mammoth/style-map": "p => script:fresh"}))
    assert read.text.strip() == "hello"


def test_links_that_run_something_and_html_stay_text():
    from portal.markdown import to_html

    read = read_docx(
        docx(
            link("rId5", "click"), paragraph("<script>alert(1)</script> <img src=x onerror=alert(1)>"),
            relations=relation("rId5", "javascript:alert(1)", "hyperlink", external=True),
        )
    )  # fmt: skip
    shown = to_html(read.text)
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"a\x00b", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_text_is_refused_as_markdown(body: bytes):
    with pytest.raises(Invalid, match="no text"):
        read_text(body)
