"""Attacks by what is uploaded: a corpus of files that are refused, handed out as downloads, or made anew from their pixels."""

from __future__ import annotations

import re
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageFile

from campaigns.log.files import KINDS
from campaigns.models import Campaign, LogEntry, LogFile
from portal.errors import Invalid
from portal.models import User
from portal.pictures import made_anew
from portal.uploads import LONGEST_NAME
from tests.factories import a_picture, make_entry
from tests.log.attacks import files, made
from tests.log.attacks.making import MAKE, SCRIPT

FILES = files()
LONGEST_SECONDS = 10.0  # of the processor
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", FILES)
def test_no_file_does_anything(campaign: Campaign, shifter: User, name: str):
    file_name, body = made(FILES[name])
    upload = SimpleUploadedFile("x", body, content_type="text/html")
    upload._name = file_name  # as a client may send it: Django's own form of it is no fence of ours
    began = time.process_time()
    if FILES[name]["is"] == "refused":
        with pytest.raises(Invalid) as refused:
            make_entry(campaign, shifter, files=[upload])
        assert refused.value.field == "files"
        assert not LogEntry.objects.exists()
        assert on_disk() == []
    else:
        (kept,) = make_entry(campaign, shifter, files=[upload]).files.all()
        check_kept(kept, is_picture=FILES[name]["is"] == "picture")
    assert time.process_time() - began < LONGEST_SECONDS


def check_kept(kept: LogFile, *, is_picture: bool) -> None:
    assert kept.is_picture is is_picture
    assert len(kept.name) <= LONGEST_NAME
    assert not re.search(r"[<>\"'/\\\x00-\x1f\u202e:%\[\]]", kept.name)
    root = Path(settings.MEDIA_ROOT).resolve()
    for path in on_disk():
        assert path.resolve().is_relative_to(root / "log")
        assert re.fullmatch(r"[0-9a-f]{32}\.[a-z0-9]{1,5}", path.name), "what it is called is not what it is kept as"
    answer = Client().get(kept.get_absolute_url())
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Type"].split(";")[0] in {content_type for content_type, _holds in KINDS.values()}
    assert "html" not in answer["Content-Type"]
    sent = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    if not is_picture:
        assert answer["Content-Disposition"].startswith("attachment")
        return
    assert answer["Content-Type"] in ("image/png", "image/jpeg")
    for hidden in (SCRIPT, b"alert", b"<?php", b"PK\x03\x04", b"Exif", b"GIF8"):
        assert hidden not in sent
    with Image.open(BytesIO(sent)) as picture:
        assert picture.size == (kept.width, kept.height)
        assert picture.info.get("exif") is None
    small = Client().get(kept.thumbnail_url)
    assert small["Content-Type"] == answer["Content-Type"]
    with Image.open(BytesIO(b"".join(small.streaming_content))) as picture:  # type: ignore[attr-defined]
        assert max(picture.size) <= 480


def test_the_corpus_is_large_and_every_recipe_is_used():
    assert len(FILES) >= 70
    assert {one["make"] for one in FILES.values() if "make" in one} == set(MAKE)


def test_a_large_screenshot_is_kept_whole_with_a_small_copy(campaign: Campaign, shifter: User):
    (kept,) = make_entry(campaign, shifter, files=[a_picture("screen.png", (2560, 1440))]).files.all()
    assert (kept.width, kept.height, kept.name) == (2560, 1440, "screen.png")
    with Image.open(kept.thumbnail) as small:
        assert small.size == (480, 270)


def test_a_picture_with_holes_keeps_them_and_a_photo_stands_upright(campaign: Campaign, shifter: User):
    out = BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(out, "PNG")
    (kept,) = make_entry(campaign, shifter, files=[SimpleUploadedFile("holes.png", out.getvalue())]).files.all()
    with Image.open(kept.file) as picture:
        assert picture.mode == "RGBA"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    (photo,) = make_entry(campaign, shifter, files=[a_picture("photo.jpg", (40, 20), exif=exif)]).files.all()
    assert (photo.width, photo.height) == (20, 40)


@pytest.mark.parametrize("name", ["x.webp", "x.gif"])
def test_pictures_of_other_kinds_become_png(campaign: Campaign, shifter: User, name: str):
    (kept,) = make_entry(campaign, shifter, files=[a_picture(name)]).files.all()
    assert (kept.name, kept.content_type) == ("x.png", "image/png")


def test_a_file_is_only_found_in_its_own_log_and_by_who_may_read(campaign: Campaign, shifter: User, settings):
    (kept,) = make_entry(campaign, shifter, files=[a_picture()]).files.all()
    assert Client().get(kept.get_absolute_url().replace(campaign.slug, "other-2026")).status_code == 404
    assert Client().get(f"/campaigns/{campaign.slug}/log/files/9999/x.png").status_code == 404
    settings.PUBLIC_READ = False
    assert Client().get(kept.get_absolute_url()).status_code == 302
    kept.file.storage.delete(kept.file.name)
    settings.PUBLIC_READ = True
    assert Client().get(kept.get_absolute_url()).status_code == 404


def on_disk() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_half_a_picture_is_refused_whatever_else_the_process_has_imported(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as weasyprint does
    whole = a_picture(size=(640, 480)).read()
    with pytest.raises(Invalid):
        made_anew("half.png", whole[: len(whole) // 2])
