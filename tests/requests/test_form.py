"""The request form as a browser without script uses it, and the addresses that its script asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import ProductionRequest, RequestState, WorkingGroup
from campaigns.requests.services import accept, create_request, present, save_draft, submit, want_changes
from campaigns.requests.shape import clean, empty
from campaigns.views.request_posted import act, content_of
from portal.models import User
from portal.roles import Role
from tests.requests.contents import content
from tests.requests.forms import posted

pytestmark = pytest.mark.django_db
NEW = "/requests/new/"


@pytest.fixture
def client(client_of, requester) -> Client:
    return client_of(requester)


@pytest.fixture
def draft(requester) -> ProductionRequest:
    return create_request(actor=requester, content=content())


@pytest.fixture
def colleague(make_user) -> User:
    """Another requester of the same working group."""
    user = make_user("requester2", Role.REQUESTERS)
    WorkingGroup.objects.get(name="VD reconstruction").members.add(user)
    return user


def edit(record: ProductionRequest) -> str:
    return reverse("campaigns:request-edit", args=[record.pk])


def autosave(client: Client, record: ProductionRequest | None, said: dict[str, Any], version: int, **more: object) -> Any:
    url = reverse("campaigns:request-autosave", args=[record.pk]) if record else NEW
    return client.post(url, {"version": version, "content": said, **more}, content_type="application/json")


# --- what is typed goes to and fro unchanged ---


def test_what_a_browser_sends_is_read_back_as_it_was_typed() -> None:
    said = content(title="  Two  blanks ", why="a\nb")
    said["samples"][0]["extra"] = {"BATCH": "3"}
    assert clean(content_of(posted(said))) == clean(said)


def test_the_page_shows_what_was_saved_exactly_as_typed(client, draft) -> None:
    page = client.get(edit(draft)).content.decode()
    for text in ("100,000", "vd-protodune:vd-beam-2026-physics", "100 TB", "40,000 CPU hours and 99.0 TB for 3,000,000 events"):
        assert text in page
    assert 'value="1,863,120"' in page


def test_markup_that_was_typed_is_shown_as_text(client, requester) -> None:
    evil = '"><script>alert(1)</script>'
    said = content(title=evil, why="</textarea>" + evil, datasets=["</textarea>" + evil])
    draft = create_request(actor=requester, content=said)
    page = client.get(edit(draft)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_day_that_is_no_day_stays_in_its_field(client, requester) -> None:
    draft = create_request(actor=requester, content=content(wanted_by="soon"))
    page = client.get(edit(draft)).content.decode()
    assert 'type="text" id="f-wanted_by" name="wanted_by" value="soon"' in page


def test_a_choice_that_is_no_longer_offered_stays_chosen(client, requester) -> None:
    draft = create_request(actor=requester, content=content(detector="Old detector"))
    assert '<option value="Old detector" selected>' in client.get(edit(draft)).content.decode()


# --- who may ---


def test_requesters_and_coordinators_file_requests_and_nobody_else(
    client_of, requester, coordinator, administrator, shifter, production, data_manager, outsider
) -> None:
    for user in (requester, coordinator, administrator):
        assert client_of(user).get(NEW).status_code == 200
    for user in (shifter, production, data_manager, outsider):
        assert client_of(user).get(NEW).status_code == 403
        assert client_of(user).post(NEW, posted(content())).status_code == 403
    assert not ProductionRequest.objects.exists()


def test_who_is_not_logged_in_is_sent_to_log_in_and_the_script_is_told_so(draft) -> None:
    assert Client().get(NEW).status_code == 302
    answer = autosave(Client(), draft, content(title="x"), 1)
    assert answer.status_code == 401
    assert answer.json()["login"] is True


def test_a_draft_is_hidden_from_others_and_open_to_its_group(client_of, draft, make_user, colleague) -> None:
    stranger = client_of(make_user("requester3", Role.REQUESTERS))
    assert stranger.get(edit(draft)).status_code == 404
    assert autosave(stranger, draft, content(title="x"), 1).status_code == 404
    assert client_of(colleague).get(edit(draft)).status_code == 200


def test_an_accepted_request_is_not_edited_and_its_page_says_so(client, draft, requester, coordinator) -> None:
    present(submit(draft, actor=requester), actor=coordinator)
    accept(draft, actor=coordinator, campaign_name="pdvd-reco-2026c")
    answer = client.get(edit(draft))
    assert answer.status_code == 302
    assert answer["Location"] == draft.get_absolute_url()
    assert autosave(client, draft, content(title="x"), draft.version).status_code in (400, 403)


# --- without script ---


def test_an_empty_form_says_what_is_missing_without_being_red_all_over(client) -> None:
    page = client.get(NEW).content.decode()
    assert "items 1, 2, 3, 4, 5, 6, 7 and 8 are needed first" in page
    assert "aria-invalid" not in page
    assert not ProductionRequest.objects.exists(), "looking makes no draft"


def test_saving_a_new_form_makes_one_draft_even_if_it_is_sent_twice(client) -> None:
    page = client.get(NEW)
    token = page.context["token"]
    first = client.post(NEW, posted(content(title="Once"), token=token))
    record = ProductionRequest.objects.get()
    assert first["Location"] == edit(record)
    again = client.post(NEW, posted(content(title="Once"), token=token))
    assert again["Location"] == edit(record)
    assert ProductionRequest.objects.count() == 1


def test_rows_are_added_moved_and_removed_and_nothing_typed_is_lost(client, draft) -> None:
    said = content(title="Not saved yet")
    page = client.post(edit(draft), posted(said, "add:samples", version=1))
    assert len(page.context["form"].samples.rows) == 3
    assert 'name="samples.2.what"' in page.content.decode()
    page = client.post(edit(draft), posted(said, "down:samples:0", version=1))
    assert [row.cells[1].fields[0].value for row in page.context["form"].samples.rows] == [
        "39301-39344",
        "vd-protodune:vd-beam-2026-physics",
    ]
    page = client.post(edit(draft), posted(said, "remove:steps:0", version=1))
    assert [row.cells[0].fields[0].value for row in page.context["form"].steps.rows] == ["ntuple"]
    assert 'value="Not saved yet"' in page.content.decode()
    draft.refresh_from_db()
    assert draft.title != "Not saved yet"


@pytest.mark.parametrize(
    "action", ["up:samples:0", "down:samples:1", "remove:samples:9", "remove:samples:-1", "up:code:0", "add:x", "up:steps:٣"]
)
def test_a_row_button_that_fits_nothing_changes_nothing(action) -> None:
    said = content()
    assert act(said, action) == ""
    assert said == content()


def test_check_says_what_is_wrong_at_each_field_and_saves_nothing(client, draft) -> None:
    wrong = content(code__tag="develop", resources__memory_mib="4", steps__1__fcl="")
    page = client.post(edit(draft), posted(wrong, "check", version=1)).content.decode()
    assert "“develop” is a branch. Give a tagged version such as v10_12_01d00, so that it can be run again." in page
    assert "4 MiB cannot run art. Did you mean 4,000?" in page
    assert 'id="f-steps-1-fcl-e" data-error-for="steps.1.fcl">' in page, "what is missing is said too"
    draft.refresh_from_db()
    assert draft.version == 1


def test_submitting_what_is_not_complete_keeps_it_and_says_what_is_needed(client, draft) -> None:
    page = client.post(edit(draft), posted(content(code__tag="develop", datasets=[]), "submit", version=1))
    assert page.status_code == 200
    assert [(item["number"], item["state"]) for item in page.context["refused_items"]] == [(1, "bad"), (8, "todo")]
    assert 'value="develop"' in page.content.decode()
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT
    assert draft.content["code"]["tag"] == "develop", "and it is saved"


def test_a_complete_form_is_submitted_from_empty_in_one_press(client, requester) -> None:
    answer = client.post(NEW, posted(content(), "submit", token="t"))
    record = ProductionRequest.objects.get()
    assert (record.state, record.requester) == (RequestState.SUBMITTED, requester)
    assert answer["Location"] == record.get_absolute_url()


def test_a_change_after_submission_is_a_revision_made_by_its_button_only(client, draft, requester) -> None:
    submit(draft, actor=requester)
    page = client.get(edit(draft))
    assert "Save changes" in page.content.decode()
    assert autosave(client, draft, content(title="By itself"), draft.version).status_code == 400
    client.post(edit(draft), posted(content(title="By hand"), "submit", version=draft.version))
    draft.refresh_from_db()
    assert draft.title == "By hand"
    assert draft.revisions.count() == 2


def test_after_changes_were_wanted_it_is_changed_and_submitted_in_one_press(client, draft, requester, coordinator) -> None:
    want_changes(submit(draft, actor=requester), actor=coordinator, reason="Fewer events.")
    client.post(edit(draft), posted(content(title="Fewer"), "submit", version=draft.version))
    draft.refresh_from_db()
    assert (draft.state, draft.title) == (RequestState.SUBMITTED, "Fewer")


def test_an_earlier_request_is_laid_beside_what_is_typed(client, draft, requester) -> None:
    other = submit(create_request(actor=requester, content=content(title="The earlier one")), actor=requester)
    page = client.post(edit(draft), posted(content(title="Still typed"), f"beside:{other.pk}", version=1)).content.decode()
    assert f"This request beside request {other.pk}" in page
    assert 'value="Still typed"' in page
    assert page.count(">differs<") == 1, "only the title differs"


def test_a_draft_of_others_is_not_laid_beside(client, make_user) -> None:
    hidden = create_request(actor=make_user("requester3", Role.REQUESTERS), content=content(working_group=""))
    assert client.post(NEW, posted(content(), f"beside:{hidden.pk}")).status_code == 404
    body = {"content": content()}
    url = reverse("campaigns:request-beside", args=[hidden.pk])
    assert client.post(url, body, content_type="application/json").status_code == 404


# --- two people at the same draft ---


def test_the_second_of_two_sees_the_firsts_change_and_loses_nothing(client, draft, colleague) -> None:
    base = client.get(edit(draft)).context["base_json"]
    save_draft(draft, content(title="Theirs", why="Theirs too"), actor=colleague, version=1)
    mine = content(title="Mine", contact="Mine too")
    page = client.post(edit(draft), posted(mine, "save", version=1, base=base))
    assert page.status_code == 409
    text = page.content.decode()
    assert "requester2 changed this request" in text
    assert [(one.path, one.base, one.theirs, one.mine, one.pick) for one in page.context["choices"]] == [
        ("title", content()["title"], "Theirs", "Mine", "mine"),
        ("why", content()["why"], "Theirs too", content()["why"], "theirs"),
    ]
    assert 'value="Mine"' in text, "what I typed stands in the form"
    draft.refresh_from_db()
    assert draft.title == "Theirs", "nothing is overwritten"

    picked = posted(mine, "merge", version=1, base=base, their_version=page.context["current"].version)
    picked |= {"pick.title": "theirs", "pick.why": "theirs"}
    assert client.post(edit(draft), picked).status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.content["why"], draft.content["contact"]) == ("Theirs", "Theirs too", "Mine too")


def test_a_third_change_while_choosing_is_shown_too(client, draft, colleague) -> None:
    base = client.get(edit(draft)).context["base_json"]
    save_draft(draft, content(title="Theirs"), actor=colleague, version=1)
    save_draft(draft, content(title="Theirs", why="And again"), actor=colleague, version=2)
    answer = client.post(edit(draft), posted(content(contact="Mine"), "merge", version=1, base=base, their_version=2))
    assert answer.status_code == 409
    assert {one.path for one in answer.context["choices"]} == {"title", "why"}
    draft.refresh_from_db()
    assert draft.version == 3


def test_the_script_is_told_of_the_other_change_with_old_and_new(client, draft, colleague) -> None:
    save_draft(draft, content(title="Theirs"), actor=colleague, version=1)
    answer = autosave(client, draft, content(title="Mine"), 1, base=json.dumps(content()))
    assert answer.status_code == 409
    said = answer.json()
    assert (said["by"], said["version"], said["content"]["title"]) == ("requester2", 2, "Theirs")
    assert [(one["path"], one["old"], one["new"]) for one in said["changes"]] == [("title", content()["title"], "Theirs")]
    assert "Save this choice" in said["html"]


# --- what the script asks ---


def test_typing_saves_itself_and_is_told_what_the_portal_thinks(client) -> None:
    answer = autosave(client, None, content(code__tag="develop"), 0, token="t1").json()
    record = ProductionRequest.objects.get()
    assert (answer["pk"], answer["version"], answer["edit"]) == (record.pk, 1, edit(record))
    assert answer["problems"][0]["path"] == "code.tag"
    assert answer["words"]["outputs.0.total"] == "100 TB"
    assert answer["n_complete"] == 7
    later = autosave(client, record, content(), 1).json()
    assert (later["version"], later["n_complete"]) == (2, 8)
    assert later["needed"].startswith("All eight items are complete.")


def test_a_save_whose_answer_was_lost_is_no_conflict_with_oneself(client) -> None:
    autosave(client, None, content(title="One"), 0, token="t1")
    answer = autosave(client, None, content(title="Two"), 0, token="t1")
    assert answer.status_code == 200, "the first save had made the draft"
    record = ProductionRequest.objects.get()
    autosave(client, record, content(title="Three"), 2)
    lost = autosave(client, record, content(title="Four"), 2, tried=[content(title="Three")])
    assert lost.status_code == 200
    record.refresh_from_db()
    assert record.title == "Four"


def test_a_second_window_of_the_same_person_is_a_conflict_too(client, draft) -> None:
    autosave(client, draft, content(title="Window one"), 1)
    assert autosave(client, draft, content(title="Window two"), 1).status_code == 409


def test_a_check_reads_and_saves_nothing(client) -> None:
    url = reverse("campaigns:request-check")
    answer = client.post(url, {"content": content()}, content_type="application/json").json()
    assert answer["totals"]["tape_bytes"] == 100_000_000_000_000
    assert answer["totals"]["n_events"] == 3_000_000
    assert not ProductionRequest.objects.exists()


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "3", '{"content": 5, "version": "x", "base": "{", "tried": 7}'])
def test_whatever_the_script_sends_is_answered_in_words(client, draft, body) -> None:
    url = reverse("campaigns:request-autosave", args=[draft.pk])
    answer = client.post(url, body, content_type="application/json")
    assert answer.status_code in (400, 409)
    assert answer.json()["error"]


def test_the_largest_form_a_request_can_have_is_taken(client, requester) -> None:
    said = content()
    sample = {"kind": "runs", "files": "1", "events": "10", "extra": {"BATCH": "1"}}
    said["samples"] = [sample | {"what": str(n)} for n in range(200)]
    said["steps"] = [{"name": f"s{n}", "fcl": f"s{n}.fcl", "events_per_job": "10"} for n in range(200)]
    said["outputs"] = [{"pattern": f"*{n}.root", "files": "1", "size": "1", "unit": "GB"} for n in range(200)]
    assert client.post(NEW, posted(said, token="t")).status_code == 302
    record = ProductionRequest.objects.get()
    assert clean(record.content)["samples"] == clean(said)["samples"]
    assert client.get(edit(record)).status_code == 200


def test_an_empty_form_reads_as_an_empty_content() -> None:
    assert clean(content_of({})) == empty()
