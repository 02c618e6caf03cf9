"""Keeping versions: what is taken, what is refused, what follows for signatures, and who was first."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError

from campaigns.campaign_services import change_settings, set_status
from campaigns.history import Timeline
from campaigns.jobscript_services import MOST_FILES, keep_version, newest_of, withdraw_file
from campaigns.jobscripts import current_hash
from campaigns.jobscripts.checking import LARGEST_BYTES, name_of_upload, read_upload, typed_text
from campaigns.jobscripts.kept import current_jobscript, files_in_use
from campaigns.models import Campaign, CriterionFact, JobscriptVersion, StepEvent, StepVerb, Team
from campaigns.steps.evidence import add_evidence
from campaigns.steps.signing import sign_step
from campaigns.steps.states import SignState
from portal.errors import Conflict, Invalid, NotAllowed
from tests.campaigns.steps.test_races import anew, at_once, person
from tests.campaigns.steps.walking import Cast, begin, sign_both, stands, walk_to
from tests.jobscripts.keeping import COMMIT, REFERENCE, keep
from tests.jobscripts.scripts import changed, script

pytestmark = pytest.mark.django_db


# --- what is kept ---


def test_a_version_is_kept_byte_for_byte_with_the_hash_that_sha256sum_says(campaign: Campaign, cast: Cast) -> None:
    text = "#!/bin/bash\r\necho 'Gr\u00fc\u00dfe'\n\n\t \n"
    kept = keep(campaign, cast, text)
    kept.refresh_from_db()
    assert kept.text == text
    assert kept.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (kept.number, kept.size_bytes, kept.author) == (1, len(text.encode()), cast.shifter)


def test_versions_of_a_name_count_from_one_and_each_is_based_on_the_one_before(campaign: Campaign, cast: Cast) -> None:
    made = [keep(campaign, cast, f"echo {n}\n") for n in range(3)]
    other = keep(campaign, cast, "x: 1\n", "reco.fcl", kind="input")
    assert [one.number for one in made] == [1, 2, 3]
    assert [one.based_on for one in made] == [None, made[0], made[1]]
    assert other.number == 1


def test_a_git_reference_alone_has_a_hash_of_reference_and_commit(campaign: Campaign, cast: Cast) -> None:
    first = keep(campaign, cast, "", git_reference=REFERENCE, git_commit=COMMIT)
    moved = keep(campaign, cast, "", git_reference=REFERENCE, git_commit=COMMIT[::-1])
    assert first.sha256 == hashlib.sha256(f"git {REFERENCE} {COMMIT}".encode()).hexdigest()
    assert moved.sha256 != first.sha256


def test_a_new_one_starts_from_another_campaigns_version_and_says_so(campaign: Campaign, cast: Cast) -> None:
    origin = keep(begin(cast, "lbl2-reco-2025"), cast, script("reco"))
    made = keep(campaign, cast, script("many"), based_on=origin.pk)
    assert made.based_on == origin
    entry = Timeline(campaign, cast.shifter, "files")[0:1][0]
    assert (entry.what, entry.path) == ("kept jobscript reco.jobscript version 1", made.get_absolute_url())
    assert [(one.label, one.new) for one in entry.changes] == [
        ("sha256", f"{made.sha256[:4]}·{made.sha256[4:8]}"),
        ("begun from", "reco.jobscript version 1 of lbl2-reco-2025"),
    ]


def test_the_hash_to_write_down_is_that_of_the_jobscript_kept_last(campaign: Campaign, cast: Cast) -> None:
    assert current_hash(campaign) == ""
    keep(campaign, cast, "x: 1\n", "reco.fcl", kind="input")
    assert current_hash(campaign) == "", "an input file is no jobscript"
    first = keep(campaign, cast, "echo 1\n")
    assert current_hash(campaign) == first.sha256
    second = keep(campaign, cast, "echo 2\n", "ana.jobscript")
    assert current_hash(campaign) == second.sha256
    withdraw_file(campaign, second, actor=cast.shifter, reason="One stage is enough.")
    assert current_hash(campaign) == first.sha256
    assert current_jobscript(campaign) == first


def test_a_withdrawn_file_is_not_in_use_and_comes_back_with_a_new_version(campaign: Campaign, cast: Cast) -> None:
    kept = keep(campaign, cast)
    withdraw_file(campaign, kept, actor=cast.shifter, reason="Wrong name.")
    assert files_in_use(campaign) == []
    with pytest.raises(Conflict, match="withdrawn already"):
        withdraw_file(campaign, kept, actor=cast.shifter, reason="Again.")
    again = keep(campaign, cast)
    assert (again.number, files_in_use(campaign)) == (3, [again])
    assert list(JobscriptVersion.objects.filter(campaign=campaign).values_list("number", "is_withdrawn")) == [
        (1, False), (2, True), (3, False),
    ]  # fmt: skip


def test_a_file_may_come_back_as_something_else(campaign: Campaign, cast: Cast) -> None:
    kept = keep(campaign, cast, "x: 1\n", "a.fcl")
    with pytest.raises(Invalid, match="kept as jobscript"):
        keep(campaign, cast, "x: 2\n", "a.fcl", kind="input")
    withdraw_file(campaign, kept, actor=cast.shifter, reason="It is an input.")
    assert keep(campaign, cast, "x: 1\n", "a.fcl", kind="input").kind == "input"


# --- what is refused ---

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("no content", {"text": ""}, "text", "Give the file"),
    ("blanks", {"text": " \n\t\n"}, "text", "nothing but blanks"),
    ("a binary", {"text": "\x7fELF\x01"}, "text", "no text"),
    ("a null", {"text": "a\x00b"}, "text", "no text"),
    ("half a character", {"text": "a\ud800"}, "text", "no text"),
    ("too large", {"text": "x" * (LARGEST_BYTES + 1)}, "text", "at most 1,000,000"),
    ("a private key", {"text": "-----BEGIN RSA PRIVATE KEY-----\nMII"}, "text", "private key"),
    ("a token", {"text": f"TOKEN=ghp_{'a' * 36}"}, "text", "access token"),
    ("no name", {"name": " "}, "name", "Give the file a name"),
    ("a folder", {"name": "../../etc/passwd"}, "name", "no folder"),
    ("a blank", {"name": "reco jobscript"}, "name", "no blank"),
    ("a command", {"name": "$(reboot).sh"}, "name", "letters, digits"),
    ("an option", {"name": "-rf"}, "name", "begins with"),
    ("a line break", {"name": "a\nb"}, "name", "letters, digits"),
    ("a script", {"name": "<script>"}, "name", "letters, digits"),
    ("too long a name", {"name": "x" * 101}, "name", "101 characters"),
    ("another kind", {"kind": "program"}, "kind", "jobscript, input"),
    ("no commit", {"git_reference": REFERENCE}, "git_commit", "40 digits"),
    ("half a commit", {"git_reference": REFERENCE, "git_commit": "3f9a0c1"}, "git_commit", "40 digits"),
    ("a commit alone", {"git_commit": COMMIT}, "git_reference", "which file"),
    ("no tag", {"git_reference": "DUNE/prod/reco.jobscript", "git_commit": COMMIT}, "git_reference", "ORG/REPO/PATH:TAG"),
    ("a hostile reference", {"git_reference": "DUNE/prod/x:$(id)", "git_commit": COMMIT}, "git_reference", "ORG/REPO"),
    ("a base that is not there", {"based_on": 999_999}, "based_on", "not there"),
    ("a base beyond all numbers", {"based_on": 2**70}, "based_on", "not there"),
    ("too long a note", {"note": "x" * 6_000}, "note", "characters"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "field", "why"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_cannot_be_kept_is_refused_in_words_and_nothing_is_written(
    campaign: Campaign, cast: Cast, given: dict[str, Any], field: str, why: str
) -> None:
    values: dict[str, Any] = {"name": "reco.jobscript", "text": "echo\n"} | given
    with pytest.raises(Invalid, match=why) as refused:
        keep_version(campaign, actor=cast.shifter, version=0, **values)
    assert refused.value.field == field
    assert not JobscriptVersion.objects.exists()
    assert not StepEvent.objects.filter(verb=StepVerb.FILE_ADDED).exists()


def test_the_same_again_is_no_new_version(campaign: Campaign, cast: Cast) -> None:
    keep(campaign, cast, "echo\n")
    with pytest.raises(Conflict, match="version 1 says the same already"):
        keep(campaign, cast, "echo\n")
    assert keep(campaign, cast, "echo\n", git_reference=REFERENCE, git_commit=COMMIT).number == 2


def test_only_its_shifters_and_coordinators_keep_files(campaign: Campaign, cast: Cast, requester, outsider) -> None:
    for user in (requester, outsider, cast.production, cast.data_manager):
        with pytest.raises(NotAllowed, match="Only shifters of pdhd-reco-2026b and coordinators"):
            keep_version(campaign, "", actor=user, version=0)
    kept = keep(campaign, cast, actor=cast.coordinator)
    with pytest.raises(NotAllowed):
        withdraw_file(campaign, kept, actor=outsider, reason="")
    with pytest.raises(Invalid):
        withdraw_file(campaign, kept, actor=cast.shifter, reason=" ")


def test_a_campaign_that_is_over_keeps_its_files_as_they_are(campaign: Campaign, cast: Cast) -> None:
    kept = keep(campaign, cast)
    set_status(campaign, "finished", actor=cast.coordinator)
    for act in (lambda: keep(campaign, cast, "echo\n"), lambda: withdraw_file(campaign, kept, actor=cast.shifter, reason="x")):
        with pytest.raises(Conflict, match="is finished; its files stay as they are"):
            act()


def test_a_campaign_keeps_no_endless_number_of_files(campaign: Campaign, cast: Cast) -> None:
    rows = [
        JobscriptVersion(
            campaign=campaign, kind="input", name=f"f{n}", number=1, text="x", sha256="0" * 64, author=cast.shifter
        )
        for n in range(MOST_FILES)
    ]
    JobscriptVersion.objects.bulk_create(rows)
    with pytest.raises(Invalid, match="at most 50 files"):
        keep(campaign, cast, name="one-more")
    assert keep(campaign, cast, "y\n", "f7", kind="input").number == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [("reco.jobscript", "reco.jobscript"), ("C:\\jobs\\my reco.sh", "my_reco.sh"), ("../../x.sh", "x.sh"),
     ("$(id).sh", "__id_.sh"), ("", "file"), ("...", "file"), ("-rf", "rf"), ("Grüße.fcl", "Gr_e.fcl"),
     ("a\u202eb.sh", "ab.sh"), ("x" * 200 + ".sh", None)],
)  # fmt: skip
def test_the_name_of_an_uploaded_file_is_made_harmless(given: str, kept: str | None) -> None:
    name = name_of_upload(given)
    assert len(name) <= 100
    assert kept is None or name == kept


@pytest.mark.parametrize(("body", "why"), [(b"", "empty"), (b"\x89PNG\r\n\x1a\n", "no text"), (b"\xff\xfe", "no text"),
                                           (b"x" * (LARGEST_BYTES + 1), "at most")])  # fmt: skip
def test_an_upload_that_is_no_text_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        read_upload(SimpleUploadedFile("reco.jobscript", body))
    assert refused.value.field == "file"


def test_what_a_browser_sends_of_a_text_field_gets_the_line_ends_of_the_shell() -> None:
    assert typed_text("a\r\nb\rc") == "a\nb\nc\n"
    assert typed_text("a\n\n") == "a\n\n"
    assert typed_text("") == ""


# --- rows stay ---


def test_the_database_refuses_to_change_or_delete_a_version(campaign: Campaign, cast: Cast) -> None:
    kept = keep(campaign, cast, "echo 1\n")
    kept.note = "other"
    acts = [
        kept.save, kept.delete, lambda: JobscriptVersion.objects.update(text="x"),
        lambda: JobscriptVersion.objects.filter(pk=kept.pk)._raw_delete("default"), campaign.delete,
    ]  # fmt: skip
    for act in acts:
        with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            act()
    assert JobscriptVersion.objects.get().text == "echo 1\n"


def test_the_database_takes_each_number_once(campaign: Campaign, cast: Cast) -> None:
    kept = keep(campaign, cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        JobscriptVersion.objects.create(
            campaign=campaign, kind="jobscript", name=kept.name, number=1, text="x", sha256="0" * 64, author=cast.shifter
        )


# --- sign-offs ---


@pytest.fixture
def signed(campaign: Campaign, cast: Cast) -> Campaign:
    """The set-up is complete, a jobscript is kept, and production has signed the test."""
    walk_to(campaign, "test", cast)
    keep(campaign, cast, script("reco"))
    seen = stands(campaign, "test").print.fingerprint
    sign_step(campaign, "test", team=Team.PRODUCTION, actor=cast.production, revision=seen)
    return campaign


def state(campaign: Campaign) -> SignState:
    return stands(campaign, "test").signs[Team.PRODUCTION].state


def test_a_sign_off_names_the_version_and_the_beginning_of_its_hash(signed: Campaign) -> None:
    part = stands(signed, "test").print.parts["jobscript"]
    assert part.startswith(f"reco.jobscript version 1, {current_hash(signed)[:8]}; 1 piece of evidence, ")


def test_a_new_version_ends_sign_offs_that_are_bound_to_it_and_says_so(signed: Campaign, cast: Cast) -> None:
    old = stands(signed, "test").print.parts["jobscript"]
    beside = old.partition("; ")[2]
    keep(signed, cast, changed("reco", "exit 3", "exit 6"))
    assert state(signed) is SignState.LAPSED
    lapse = StepEvent.objects.get(campaign=signed, verb=StepVerb.LAPSED)
    assert lapse.note == "the jobscript changed since it was signed"
    assert (lapse.data["parts_old"]["jobscript"], lapse.data["parts"]["jobscript"]) == (
        old, f"reco.jobscript version 2, {current_hash(signed)[:8]}; {beside}",
    )  # fmt: skip


@pytest.mark.parametrize(
    "act",
    [
        lambda campaign, cast: keep(campaign, cast, "x: 1\n", "reco.fcl", kind="input"),
        lambda campaign, cast: keep(campaign, cast, script("many"), "second.jobscript"),
        lambda campaign, cast: keep(campaign, cast, script("reco"), git_reference=REFERENCE, git_commit=COMMIT),
        lambda campaign, cast: withdraw_file(campaign, newest_of(campaign, "reco.jobscript"), actor=cast.shifter, reason="x"),
    ],
    ids=["input", "second", "git", "withdrawn"],
)
def test_whatever_changes_the_files_ends_the_sign_off(signed: Campaign, cast: Cast, act: Any) -> None:
    act(signed, cast)
    assert state(signed) is SignState.LAPSED


def test_a_changed_input_file_ends_the_sign_off(signed: Campaign, cast: Cast) -> None:
    keep(signed, cast, "x: 1\n", "reco.fcl", kind="input")
    seen = stands(signed, "test").print.fingerprint
    sign_step(signed, "test", team=Team.PRODUCTION, actor=cast.production, revision=seen)
    keep(signed, cast, "x: 2\n", "reco.fcl", kind="input")
    assert state(signed) is SignState.LAPSED


def test_the_old_text_as_a_new_version_does_not_bring_a_sign_off_back(signed: Campaign, cast: Cast) -> None:
    keep(signed, cast, script("many"))
    keep(signed, cast, script("reco"))
    assert state(signed) is SignState.LAPSED


def test_a_signature_on_the_version_before_is_refused(signed: Campaign, cast: Cast) -> None:
    seen = stands(signed, "test").print.fingerprint
    keep(signed, cast, script("many"))
    with pytest.raises(Conflict):
        sign_step(signed, "test", team=Team.DATA_MANAGEMENT, actor=cast.data_manager, revision=seen)


def test_the_field_of_the_settings_counts_as_before_until_a_jobscript_is_kept(campaign: Campaign, cast: Cast) -> None:
    change_settings(campaign, {"jobscript_reference": "DUNE/jobs/reco:v1"}, actor=cast.shifter)
    of_settings = stands(campaign, "test").print
    assert len(of_settings.parts["jobscript"]) == 64
    keep(campaign, cast)
    kept = stands(campaign, "test").print
    assert kept.parts["jobscript"].startswith("reco.jobscript version 1, ")
    change_settings(campaign, {"jobscript_reference": "DUNE/jobs/reco:v2"}, actor=cast.shifter)
    assert stands(campaign, "test").print == kept, "what is kept is what counts"
    withdraw_file(campaign, newest_of(campaign, "reco.jobscript"), actor=cast.shifter, reason="Back to git.")
    assert len(stands(campaign, "test").print.parts["jobscript"]) == 64


def test_evidence_for_the_jobscript_counts_beside_what_is_kept(signed: Campaign, cast: Cast) -> None:
    add_evidence(signed, "jobscript", actor=cast.shifter, text="As run.")
    assert state(signed) is SignState.LAPSED
    assert "2 pieces of evidence" in stands(signed, "test").print.parts["jobscript"]


# --- the criterion of the set-up ---


def fact(campaign: Campaign) -> tuple[str, str]:
    row = CriterionFact.objects.get(campaign=campaign, criterion="jobscript")
    return row.state, row.saw


def test_the_set_up_sees_version_hash_and_what_the_linter_says(campaign: Campaign, cast: Cast) -> None:
    kept = keep(campaign, cast, script("reco"))
    day = f"{kept.at:%Y-%m-%d}"
    assert fact(campaign) == (
        "met",
        f"reco.jobscript version 1, hash {kept.sha256[:8]}, kept by shifter1 on {day}. The linter has nothing to say.",
    )
    keep(campaign, cast, "x: 1\n", "reco.fcl", kind="input")
    worse = keep(campaign, cast, changed("reco", "exit 3", "exit 255"))
    assert fact(campaign) == (
        "met-with-note",
        f"reco.jobscript version 2, with 1 input file, hash {worse.sha256[:8]}, kept by shifter1 on {day}. "
        "The linter says 1 thing of it.",
    )


def test_findings_never_keep_a_step_from_being_completed(campaign: Campaign, cast: Cast) -> None:
    keep(campaign, cast, "#!/bin/bash\nlar -c x\n")
    assert fact(campaign)[0] == "met-with-note"
    assert stands(campaign, "setup").criterion("jobscript").holds


def test_a_jobscript_that_is_only_in_git_is_noted_as_unread(campaign: Campaign, cast: Cast) -> None:
    keep(campaign, cast, "", git_reference=REFERENCE, git_commit=COMMIT)
    state_, saw = fact(campaign)
    assert state_ == "met-with-note"
    assert f"({REFERENCE}, commit {COMMIT[:8]})" in saw
    assert "the linter did not see it" in saw


# --- two at once ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_of_eight_who_keep_the_next_version_at_once_one_does_and_the_others_are_told(campaign: Campaign, cast: Cast) -> None:
    for turn in range(5):

        def next_version(n: int, turn: int = turn) -> None:
            keep_version(anew(campaign), "reco.jobscript", actor=person(cast.shifter), version=turn, text=f"echo {turn} {n}\n")

        outcomes = at_once([partial(next_version, n) for n in range(8)])
        assert sorted(outcomes) == ["Conflict"] * 7 + ["done"]
    assert list(JobscriptVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_eight_different_files_at_once_are_all_kept(campaign: Campaign, cast: Cast) -> None:
    def one(n: int) -> None:
        keep_version(anew(campaign), f"f{n}.fcl", actor=person(cast.shifter), version=0, kind="input", text=f"x: {n}\n")

    assert at_once([partial(one, n) for n in range(8)]) == ["done"] * 8
    assert len(files_in_use(campaign)) == 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_a_signature_and_a_new_version_at_once_never_leave_a_signature_on_what_was_not_seen(
    campaign: Campaign, cast: Cast
) -> None:
    walk_to(campaign, "test", cast)
    for turn in range(4):
        seen = stands(campaign, "test").print.fingerprint
        acts = [
            lambda seen=seen: sign_step(
                anew(campaign), "test", team=Team.PRODUCTION, actor=person(cast.production), revision=seen
            ),
            lambda turn=turn: keep_version(
                anew(campaign), "reco.jobscript", actor=person(cast.shifter), version=turn, text=f"echo {turn}\n"
            ),
        ]  # fmt: skip
        outcomes = sorted(at_once(acts))
        found = state(campaign)
        assert (outcomes, found) in [(["done", "done"], SignState.LAPSED), (["Conflict", "done"], found)]
        assert found is not SignState.SIGNED


def test_both_teams_sign_what_is_kept(campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "test", cast)
    keep(campaign, cast)
    sign_both(campaign, "test", cast)
    assert {one.state for one in stands(campaign, "test").signs.values()} == {SignState.SIGNED}
