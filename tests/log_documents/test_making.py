"""PDFs that are asked for: made once for the same log, watched while they are made, told when they fail, cleaned away."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings as portal_settings
from django.db import IntegrityError, connection
from django.utils import timezone

from campaigns.log_documents import asking, making
from campaigns.log_documents.asking import ask_for_pdf, notice_stopped
from campaigns.log_documents.making import clean_documents, make_document, make_documents
from campaigns.log_documents.state import state_of
from campaigns.models import Campaign, CriterionFact, DocumentState, LogDocument
from campaigns.steps.facts import read_material
from campaigns.steps.facts.log_pdf import log_pdf
from campaigns.steps.loading import read_situation
from campaigns.steps.states import CriterionState
from campaigns.tasks import make_log_documents
from portal.errors import Conflict, NotAllowed
from portal.models import User
from tests.factories import make_entries, make_entry
from tests.log_documents.conftest import BEGAN, HOUR, needs_pdf
from tests.processes import portal_env

Quickly = Callable[[Campaign], LogDocument]


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The broker hears of it and passes nothing on: tests say when the task runs."""
    sent: list[str] = []
    monkeypatch.setattr(asking.current_app, "send_task", lambda name, **_how: sent.append(name))
    return sent


def here(document: LogDocument) -> None:
    make_document(document)


def fact_of(campaign: Campaign) -> tuple[CriterionState, str]:
    finding = log_pdf(read_material(read_situation(campaign), timezone.now()))
    return finding.state, finding.saw


@needs_pdf
def test_the_same_log_is_made_once_whoever_asks(
    campaign: Campaign, shifter: User, requester: User, woken, django_capture_on_commit_callbacks
):
    make_entry(campaign, shifter)
    with django_capture_on_commit_callbacks(execute=True):
        first, is_new = ask_for_pdf(campaign, actor=shifter)
    assert (is_new, first.state, woken) == (True, "queued", ["campaigns.tasks.make_log_documents"])
    assert ask_for_pdf(campaign, actor=requester) == (first, False)
    assert make_documents(here) == 1
    done, is_new = ask_for_pdf(campaign, actor=requester)
    assert (done, is_new, done.is_done) == (first, False, True)
    assert done.n_done == done.n_entries == state_of(campaign).n_entries
    with done.file.open("rb") as file:
        body = file.read()
    assert body.startswith(b"%PDF-")
    assert (len(body), done.n_pages) == (done.size_bytes, done.n_pages)
    make_entry(campaign, shifter, "More.")
    after, is_new = ask_for_pdf(campaign, actor=requester)
    assert is_new
    assert after != done


@needs_pdf
def test_a_log_that_goes_on_before_it_is_made_is_made_as_it_is_then(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter)
    document, _new = ask_for_pdf(campaign, actor=shifter)
    make_entry(campaign, shifter, "Meanwhile.")
    make_documents(here)
    document.refresh_from_db()
    assert document.up_to == state_of(campaign).up_to
    assert ask_for_pdf(campaign, actor=shifter) == (document, False)


@needs_pdf
def test_a_document_that_another_overtook_is_not_kept_twice(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter)
    old, _new = ask_for_pdf(campaign, actor=shifter)
    make_entry(campaign, shifter, "Meanwhile.")
    newer, _new = ask_for_pdf(campaign, actor=shifter)
    assert newer != old
    make_documents(here)
    assert list(LogDocument.objects.all()) == [newer]
    assert LogDocument.objects.get().is_done


def test_the_database_keeps_two_of_one_log_from_being_asked_for(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter)
    rows = {"campaign": campaign, "log_key": "k", "people_key": "p", "up_to": 1, "n_entries": 1}
    LogDocument.objects.create(**rows)
    with pytest.raises(IntegrityError):
        LogDocument.objects.create(**rows)


def test_nothing_is_made_of_a_log_without_entries_or_for_nobody(campaign: Campaign, shifter: User):
    from django.contrib.auth.models import AnonymousUser

    with pytest.raises(Conflict, match="no entry yet"):
        ask_for_pdf(campaign, actor=shifter)
    make_entry(campaign, shifter)
    with pytest.raises(NotAllowed, match="Log in"):
        ask_for_pdf(campaign, actor=AnonymousUser())  # type: ignore[arg-type]


@needs_pdf
def test_progress_is_told_while_it_is_made(campaign: Campaign, shifter: User, monkeypatch: pytest.MonkeyPatch):
    make_entries(campaign, 220, shifter, first=BEGAN, every=HOUR)
    ask_for_pdf(campaign, actor=shifter)
    seen: list[tuple[str, int]] = []
    real = making._tell

    def told(document: LogDocument, n_done: int) -> None:
        real(document, n_done)
        row = LogDocument.objects.get(pk=document.pk)
        seen.append((row.state, row.n_done))

    monkeypatch.setattr(making, "_tell", told)
    make_documents(here)
    assert len(seen) >= 2
    assert {state for state, _n in seen} == {"making"}
    assert [n for _state, n in seen] == sorted({n for _state, n in seen})


@needs_pdf
def test_what_goes_wrong_is_told_and_can_be_asked_for_again(campaign: Campaign, shifter: User, monkeypatch: pytest.MonkeyPatch):
    make_entry(campaign, shifter)
    for error, words in ((MemoryError(), "LOG_PDF_MEMORY_MB"), (ValueError("secret /path"), "made a mistake")):
        document, is_new = ask_for_pdf(campaign, actor=shifter)
        assert is_new

        def breaks(*_what: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(making, "print_log", breaks)
            make_documents(here)
        document.refresh_from_db()
        assert document.state == "failed"
        assert words in document.error
        assert "secret" not in document.error
    document, _new = ask_for_pdf(campaign, actor=shifter)
    make_documents(here)
    document.refresh_from_db()
    assert document.is_done


def test_a_maker_that_fell_silent_is_noticed(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter)
    document, _new = (
        LogDocument.objects.create(
            campaign=campaign, state=DocumentState.MAKING, log_key=state_of(campaign).key, people_key="p", up_to=1, n_entries=1
        ),
        True,
    )
    assert notice_stopped() == 0
    LogDocument.objects.filter(pk=document.pk).update(heard_at=timezone.now() - timedelta(seconds=61))
    assert notice_stopped() == 1
    document.refresh_from_db()
    assert (document.state, document.error) == ("failed", asking.STOPPED)


@needs_pdf
def test_a_file_that_vanished_from_the_server_is_made_again(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter)
    document, _new = ask_for_pdf(campaign, actor=shifter)
    make_documents(here)
    document.refresh_from_db()
    digest = document.sha256
    document.file.storage.delete(document.file.name)
    again, is_new = ask_for_pdf(campaign, actor=shifter)
    assert is_new
    make_documents(here)
    again.refresh_from_db()
    assert again.sha256 == digest


@needs_pdf
def test_a_maker_that_is_too_late_leaves_no_file_behind(campaign: Campaign, shifter: User, monkeypatch, settings):
    make_entry(campaign, shifter)
    document, _new = ask_for_pdf(campaign, actor=shifter)
    real = making.print_log

    def slow(*what: object) -> object:
        printed = real(*what)  # type: ignore[arg-type]
        LogDocument.objects.update(state=DocumentState.FAILED, error="Somebody gave up.")
        return printed

    monkeypatch.setattr(making, "print_log", slow)
    make_documents(here)
    document.refresh_from_db()
    assert (document.state, document.error) == ("failed", "Somebody gave up.")
    assert not list(settings.MEDIA_ROOT.rglob("*.pdf"))


def test_where_parts_of_the_system_are_missing_it_says_which_and_how(campaign: Campaign, shifter: User, monkeypatch):
    from campaigns.log_documents import system_parts

    make_entry(campaign, shifter)
    monkeypatch.setattr(system_parts.ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(system_parts, "_has_font", lambda: False)
    system_parts.missing_packages.cache_clear()
    try:
        words = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
        with pytest.raises(Conflict) as refused:
            ask_for_pdf(campaign, actor=shifter)
        assert words in refused.value.message
        document = LogDocument.objects.create(campaign=campaign, log_key="k", people_key="p", up_to=1, n_entries=1)
        make_documents(here)
        document.refresh_from_db()
        assert document.state == "failed"
        assert words in document.error
    finally:
        system_parts.missing_packages.cache_clear()


@needs_pdf
def test_old_documents_are_removed_but_never_the_newest(campaign: Campaign, shifter: User, settings):
    made = []
    for text in ("One.", "Two.", "Three."):
        make_entry(campaign, shifter, text)
        document, _new = ask_for_pdf(campaign, actor=shifter)
        make_documents(here)
        document.refresh_from_db()
        made.append(document)
    LogDocument.objects.create(
        campaign=campaign, state="failed", log_key="k", people_key="p", up_to=1, n_entries=1,
        at=timezone.now() - timedelta(days=8),
    )  # fmt: skip
    assert clean_documents() == 1
    LogDocument.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert clean_documents() == 2
    assert list(LogDocument.objects.all()) == [made[-1]]
    assert len(list(settings.MEDIA_ROOT.rglob("*.pdf"))) == 1
    assert clean_documents() == 0


# --- the rule of the step ---


@needs_pdf
def test_the_rule_is_met_by_a_pdf_of_the_log_as_it_stands_only(campaign: Campaign, shifter: User, coordinator: User):
    assert fact_of(campaign) == (CriterionState.NOT_MET, "Nobody wrote into the log yet.")
    entry = make_entry(campaign, shifter)
    assert "No PDF was made" in fact_of(campaign)[1]
    document, _new = ask_for_pdf(campaign, actor=shifter)
    assert fact_of(campaign)[0] is CriterionState.NOT_MET
    make_documents(here)
    document.refresh_from_db()
    state, saw = fact_of(campaign)
    assert state is CriterionState.MET
    assert document.sha256[:8] in saw
    make_entry(campaign, body="Workflow #3206 finished.")
    assert fact_of(campaign)[0] is CriterionState.MET, "what machines add does not matter"
    make_entry(campaign, coordinator, "One more thing.")
    state, saw = fact_of(campaign)
    assert state is CriterionState.NOT_MET
    assert "The log went on" in saw
    ask_for_pdf(campaign, actor=shifter)
    make_documents(here)
    assert fact_of(campaign)[0] is CriterionState.MET
    from campaigns.log.services import amend_entry

    amend_entry(entry, actor=shifter, body="And another.")
    assert "it was changed since" in fact_of(campaign)[1]


@needs_pdf
def test_the_steps_look_again_when_a_pdf_is_made(campaign: Campaign, shifter: User, monkeypatch: pytest.MonkeyPatch):
    looked: list[Campaign] = []
    make_entry(campaign, shifter)
    ask_for_pdf(campaign, actor=shifter)
    monkeypatch.setattr("campaigns.steps.listening.refresh", looked.append)
    make_documents(here)
    assert looked == [campaign]
    assert not CriterionFact.objects.filter(criterion="log-pdf", state="met").exists()  # its step is not open yet


# --- in a process of its own ---


@pytest.fixture
def own_process(monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The real process, with this test's database and files."""
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen
    env = portal_env(MEDIA_ROOT=str(settings.MEDIA_ROOT))

    def popen(command: list[str], **how: object) -> subprocess.Popen[bytes]:
        started.append(real(command, **how, env=env))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(making.subprocess, "Popen", popen)
    monkeypatch.setattr(making, "LOOK_EVERY_SECONDS", 0.2)
    yield started
    for process in started:
        assert process.returncode is not None, "it was left running"


@needs_pdf
@pytest.mark.django_db(transaction=True)
def test_the_task_makes_it_in_a_process_of_its_own(campaign: Campaign, shifter: User, own_process, settings):
    settings.MEDIA_ROOT = portal_settings.DATA_DIR / "media"
    make_entry(campaign, shifter)
    document, _new = ask_for_pdf(campaign, actor=shifter)
    make_log_documents()
    document.refresh_from_db()
    assert document.state == "done", document.error
    assert document.file.storage.exists(document.file.name)
    assert len(own_process) == 1


@needs_pdf
@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_or_takes_too_long_is_noticed_at_once(
    campaign: Campaign, shifter: User, own_process, settings
):
    make_entries(campaign, 400, shifter, first=BEGAN, every=HOUR)
    document, _new = ask_for_pdf(campaign, actor=shifter)
    settings.LOG_PDF_SECONDS = 0.1
    make_documents()
    document.refresh_from_db()
    assert document.state == "failed"
    assert "LOG_PDF_SECONDS" in document.error
    settings.LOG_PDF_SECONDS = 600
    again, is_new = ask_for_pdf(campaign, actor=shifter)
    assert is_new

    def kill() -> None:
        while len(own_process) < 2:
            time.sleep(0.05)
        os.kill(own_process[1].pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    make_documents()
    thread.join()
    again.refresh_from_db()
    assert again.state == "failed"
    assert "SIGKILL" in again.error
    connection.close()


@needs_pdf
@pytest.mark.django_db(transaction=True)
def test_the_process_ends_when_whoever_started_it_ends(campaign: Campaign, shifter: User, settings):
    make_entries(campaign, 400, shifter, first=BEGAN, every=HOUR)
    document, _new = ask_for_pdf(campaign, actor=shifter)
    command = [str(portal_settings.BASE_DIR / "manage.py"), "make_log_document", str(document.pk)]
    process = subprocess.Popen(
        [os.sys.executable, *command], stdin=subprocess.PIPE, env=portal_env(), cwd=portal_settings.BASE_DIR
    )
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 3
