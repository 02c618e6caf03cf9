"""Evidence: what may be given, how it is kept, and odd things people send."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.models import Campaign, Evidence, EvidenceKind, StepEvent, StepVerb
from campaigns.services import register_workflow
from campaigns.steps.evidence import add_evidence
from campaigns.steps.facts import RULES
from campaigns.steps.services import take_back
from campaigns.steps.states import CriterionState
from portal.errors import Conflict, Invalid, NotAllowed
from portal.roles import Role
from tests.campaigns.steps.judging import everything
from tests.campaigns.steps.walking import Cast, stands, walk_to

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    """Files of each test in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


def upload(name: str, body: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


def state(campaign: Campaign, criterion: str = "shown", step: str = "first") -> CriterionState:
    one = stands(campaign, step).criterion(criterion)
    assert one is not None
    return one.state


# --- what may be given ---


def test_a_text_is_kept_with_author_and_hash(small: Campaign, cast: Cast):
    evidence = add_evidence(small, "shown", actor=cast.shifter, text="  ran clean\n")
    assert (evidence.kind, evidence.text, evidence.author) == (EvidenceKind.TEXT, "ran clean", cast.shifter)
    assert evidence.sha256 == hashlib.sha256(b"text ran clean").hexdigest()
    event = StepEvent.objects.get(verb=StepVerb.EVIDENCE_ADDED)
    assert (event.data["evidence"], event.data["sha256"], event.note) == (evidence.pk, evidence.sha256, "ran clean")
    assert state(small) == CriterionState.MET


def test_a_link_is_kept_with_what_it_shows(small: Campaign, cast: Cast):
    evidence = add_evidence(small, "shown", actor=cast.shifter, url="https://elog.example/1?a=b#c", text="run 12")
    assert (evidence.kind, evidence.url, evidence.text) == (EvidenceKind.LINK, "https://elog.example/1?a=b#c", "run 12")


@pytest.mark.parametrize(
    ("name", "body", "content_type"),
    [
        ("plot.png", PNG, "image/png"),
        ("log.txt", b"all fine", "text/plain"),
        ("run.fcl", b"#include \"a.fcl\"", "text/plain"),
        ("meta.json", b'{"a": 1}', "application/json"),
        ("report.PDF", b"%PDF-1.7 ...", "application/pdf"),
    ],
)  # fmt: skip
def test_a_file_is_kept_by_its_hash_with_size_and_type(small: Campaign, cast: Cast, media, name, body, content_type):
    evidence = add_evidence(small, "shown", actor=cast.shifter, file=upload(name, body))
    assert (evidence.kind, evidence.file_name, evidence.content_type) == (EvidenceKind.FILE, name, content_type)
    assert (evidence.size_bytes, evidence.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    [kept] = files_in(media)
    assert kept.read_bytes() == body
    assert evidence.sha256[:32] in kept.name
    assert name.partition(".")[0] not in kept.name


def test_the_same_file_twice_is_kept_twice(small: Campaign, cast: Cast, media):
    for _time in range(2):
        add_evidence(small, "shown", actor=cast.shifter, file=upload("log.txt", b"all fine"))
    assert len(files_in(media)) == 2


def test_a_workflow_of_the_campaign_is_kept_with_what_it_shows(small: Campaign, cast: Cast):
    workflow, _new = register_workflow(small, 3201, actor=None)
    evidence = add_evidence(small, "shown", actor=cast.shifter, workflow=3201, text="ten jobs")
    assert (evidence.kind, evidence.workflow, evidence.text) == (EvidenceKind.WORKFLOW, workflow, "ten jobs")


def test_different_kinds_of_the_same_words_have_different_hashes(small: Campaign, cast: Cast):
    register_workflow(small, 3201, actor=None)
    found = [
        add_evidence(small, "shown", actor=cast.shifter, text="https://a.example"),
        add_evidence(small, "shown", actor=cast.shifter, url="https://a.example"),
        add_evidence(small, "shown", actor=cast.shifter, workflow=3201),
        add_evidence(small, "shown", actor=cast.shifter, text="3201"),
    ]
    assert len({one.sha256 for one in found}) == 4


# --- who ---


def test_shifters_of_the_campaign_and_coordinators_give_evidence_and_nobody_else(small, cast, make_user, requester, outsider):
    for person in (requester, outsider, cast.production, cast.data_manager, make_user("shifter2", Role.SHIFTERS)):
        with pytest.raises(NotAllowed):
            add_evidence(small, "shown", actor=person, text="seen")
    for person in (cast.shifter, cast.coordinator):
        add_evidence(small, "shown", actor=person, text="seen")


def test_the_data_management_team_gives_evidence_for_what_it_is_to_do(small: Campaign, cast: Cast):
    walk_to(small, "second", cast)
    add_evidence(small, "tried", actor=cast.data_manager, text="made")
    take_back(small, "tried", actor=cast.data_manager)
    with pytest.raises(NotAllowed):
        add_evidence(small, "jobs", actor=cast.data_manager, text="made")


# --- what is refused: nothing is kept, and the field is named ---

LINKS = [
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,<script>",
    "ftp://a.example/x",
    "file:///etc/passwd",
    "//a.example/x",
    "/campaigns/",
    "https://",
    "https:///x",
    "https://?x",
    "http://[::1",
    "https://a.example/a b",
    "https://a.example/<b>",
    'https://a.example/"onclick',
    "https://a.example/\nx",
    "https://a.example/" + "x" * 1000,
    "a.example",
]


@pytest.mark.parametrize("url", LINKS)
def test_a_link_that_is_none_is_refused(small: Campaign, cast: Cast, url):
    before = everything()
    with pytest.raises(Invalid) as refused:
        add_evidence(small, "shown", actor=cast.shifter, url=url)
    assert refused.value.field == "url"
    assert len(refused.value.message) < 200
    assert everything() == before


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("run.sh", b"rm -rf"),
        ("page.html", b"<script>"),
        ("plot.png", b"<script>alert(1)</script>"),
        ("image.svg", b"<svg onload='x'>"),
        ("log.txt", b"\x00\x01"),
        ("empty.txt", b""),
        ("no-ending", b"text"),
        ("large.txt", b"x" * (10 * 10**6 + 1)),
    ],
)
def test_a_file_of_another_kind_or_too_large_is_refused(small: Campaign, cast: Cast, media, name, body):
    with pytest.raises(Invalid) as refused:
        add_evidence(small, "shown", actor=cast.shifter, file=upload(name, body))
    assert refused.value.field == "file"
    assert not files_in(media)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 10**30, 999])
def test_a_workflow_that_is_none_of_the_campaign_is_refused(small: Campaign, cast: Cast, number):
    with pytest.raises(Invalid) as refused:
        add_evidence(small, "shown", actor=cast.shifter, workflow=number, text="ten jobs")
    assert refused.value.field == "workflow"
    with pytest.raises(Invalid):
        add_evidence(small, "shown", actor=cast.shifter, workflow=number)


@pytest.mark.parametrize("text", ["", "   ", "\0", "\n\t"])
def test_nothing_shows_nothing(small: Campaign, cast: Cast, text):
    with pytest.raises(Invalid) as refused:
        add_evidence(small, "shown", actor=cast.shifter, text=text, url=" \0")
    assert refused.value.field == "text"


def test_an_endless_text_is_refused(small: Campaign, cast: Cast):
    with pytest.raises(Invalid, match="1,000,000 characters"):
        add_evidence(small, "shown", actor=cast.shifter, text="x" * 10**6)


def test_one_thing_at_a_time(small: Campaign, cast: Cast):
    register_workflow(small, 3201, actor=None)
    both = upload("log.txt", b"fine")
    with pytest.raises(Invalid, match="one thing at a time"):
        add_evidence(small, "shown", actor=cast.shifter, url="https://a.example", file=both)
    with pytest.raises(Invalid, match="one thing at a time"):
        add_evidence(small, "shown", actor=cast.shifter, workflow=3201, file=both)
    with pytest.raises(Invalid, match="one thing at a time"):
        add_evidence(small, "shown", actor=cast.shifter, workflow=0, url="https://a.example")


def test_null_characters_and_halves_of_characters_are_left_out(small: Campaign, cast: Cast):
    evidence = add_evidence(small, "shown", actor=cast.shifter, text="ran\0 cl\ud800ean 🂡")
    evidence.refresh_from_db()
    assert evidence.text == "ran cl?ean 🂡"


@pytest.mark.parametrize("key", ["nonsense", "", "\0", "shown\0", "x" * 10**6, "../shown"])
def test_a_criterion_that_does_not_exist_is_refused(small: Campaign, cast: Cast, key):
    with pytest.raises(Invalid) as refused:
        add_evidence(small, key, actor=cast.shifter, text="seen")
    assert refused.value.field == "criterion"
    assert len(refused.value.message) < 200


def test_a_sign_off_takes_no_evidence(small: Campaign, cast: Cast):
    with pytest.raises(Invalid, match="it is signed"):
        add_evidence(small, "first-production", actor=cast.coordinator, text="they said yes")


def test_a_step_that_is_not_open_takes_no_evidence_and_keeps_no_file(small: Campaign, cast: Cast, media):
    with pytest.raises(Conflict, match="not open yet"):
        add_evidence(small, "tried", actor=cast.shifter, file=upload("log.txt", b"fine"))
    assert not files_in(media)


def test_the_file_of_evidence_that_could_not_be_kept_is_removed(small: Campaign, cast: Cast, media, monkeypatch):
    walk_to(small, "second", cast)

    def breaks(_material: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(RULES, "jobs_are_set", breaks)
    before = everything()
    with pytest.raises(ZeroDivisionError):
        add_evidence(small, "tried", actor=cast.shifter, file=upload("log.txt", b"fine"))
    assert everything() == before
    assert not files_in(media)


# --- taking back ---


def test_what_was_taken_back_stays_readable_and_is_taken_back_once(small: Campaign, cast: Cast):
    evidence = add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    event = take_back(small, "shown", actor=cast.coordinator, reason="it was another run")
    assert event.data["evidence"] == [evidence.pk]
    one = stands(small, "first").criterion("shown")
    assert one is not None
    assert (one.state, one.evidence, one.withdrawn) == (CriterionState.NOT_MET, (), (evidence.pk,))
    assert Evidence.objects.filter(pk=evidence.pk).exists()
    with pytest.raises(Conflict, match="no evidence that counts"):
        take_back(small, "shown", actor=cast.shifter)


def test_whoever_gives_no_evidence_takes_none_back(small: Campaign, cast: Cast, outsider):
    add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    for person in (outsider, cast.production, cast.data_manager):
        with pytest.raises(NotAllowed):
            take_back(small, "shown", actor=person)


def test_files_are_kept_below_the_folder_for_files(small: Campaign, cast: Cast):
    evidence = add_evidence(small, "shown", actor=cast.shifter, file=upload("../../etc/passwd.txt", b"fine"))
    assert evidence.file_name == "passwd.txt"
    assert Path(evidence.file.path).is_relative_to(site.MEDIA_ROOT)
