"""The request form in a real browser: filed from empty with a wrong input at every field first, cloned, saved through a lost
connection, edited by two people, and usable by keyboard, on a phone and without script."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Detector, OfficialRepository, ProductionRequest, RequestState, WorkingGroup
from campaigns.requests.services import create_request, save_draft, submit
from portal.models import User
from portal.roles import Role
from tests.requests.contents import content

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
NEW = "/requests/new/"
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('request/')).length"

# field, what is typed first, what the form says of it, what is typed then
WRONG_FIRST = [
    ("f-title", "x" * 201, "The title has 201 characters", "ProtoDUNE-VD beam reconstruction, autumn runs"),
    ("f-code-package", "dune sw", "is not a package's name", "dunesw"),
    ("f-code-tag", "develop", "is a branch. Give a tagged version such as v10_12_01d00", "v10_12_01d00"),
    ("f-code-repository", "somebody/dunesw", "DUNE", "DUNE/dunesw"),
    ("f-steps-0-fcl", "reco.txt", "fcl", "standard_reco_protodunevd_keepup.fcl"),
    ("f-steps-0-events_per_job", "many", "is not a number", "30"),
    ("f-validation-events", "-5", "is negative", "3,000"),
    ("f-outputs-0-files", "1e5", "Write it out: 100,000", "100,000"),
    ("f-outputs-0-size", "1 GB", "give the number alone", "1"),
    ("f-resources-cpu_seconds_per_event", "48s", "give the number alone", "48"),
    ("f-resources-memory_mib", "4", "4 MiB cannot run art. Did you mean 4,000?", "4,000"),
    ("f-resources-storage_mb_per_event", "0", "0 is not an amount", "33"),
    ("f-samples-0-what", "no dataset", "", "vd-protodune:vd-beam-2026-physics"),
    ("f-samples-0-files", "62.5", "is not a whole number", "62,104"),
    ("f-samples-0-events", "1,86", "a comma parts thousands", "1,863,120"),
    ("f-datasets", "a b:c", "", "vd-protodune:pdvd-reco-2026c-full"),
]
RIGHT_AT_ONCE = {
    "f-contact": "requester1",
    "f-why": "Energy scale for the autumn runs.",
    "f-steps-0-name": "reco",
    "f-validation-what": "Run 39252, first 100 files",
    "f-validation-judge": "requester1",
    "f-outputs-0-pattern": "*reco.root",
}
CHOICES = {"f-working_group": "VD reconstruction", "f-detector": "ProtoDUNE-VD", "f-kind": "reconstruction"}


@pytest.fixture(autouse=True)
def lists(transactional_db: None) -> None:
    """What the form offers; tests with a server of their own begin with empty tables."""
    WorkingGroup.objects.get_or_create(name="VD reconstruction")
    Detector.objects.get_or_create(name="ProtoDUNE-VD")
    OfficialRepository.objects.get_or_create(name="DUNE/dunesw", defaults={"package": "dunesw"})


@pytest.fixture
def draft(requester) -> ProductionRequest:
    return create_request(actor=requester, content=content())


@pytest.fixture
def colleague(make_user) -> User:
    user = make_user("requester2", Role.REQUESTERS)
    WorkingGroup.objects.get(name="VD reconstruction").members.add(user)
    return user


def edit(record: ProductionRequest) -> str:
    return f"/requests/{record.pk}/edit/"


def is_saved(page: Page) -> None:
    """Waits until the server has what was typed: the browser keeps nothing of it any more."""
    deadline = time.monotonic() + 15
    while page.evaluate(KEPT) and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert not page.evaluate(KEPT)
    expect(page.locator("[data-saved]")).to_contain_text(re.compile("^saved"))


def said(page: Page, words: str) -> None:
    expect(page.locator("[data-said]")).to_have_text(words)


def test_a_request_is_filed_from_an_empty_form_with_a_wrong_input_at_every_field_first(visit, requester) -> None:
    page: Page = visit(NEW, as_user=requester).page
    page.get_by_role("button", name="Submit request").click()
    expect(page.locator("#refused")).to_contain_text("Not everything is there yet")
    expect(page.locator("#f-title-e")).to_have_text("Give the request a title.")

    for field, wrong, _message, _right in WRONG_FIRST:
        page.locator(f"#{field}").fill(wrong)
    for field, _wrong, message, _right in WRONG_FIRST:
        expect(page.locator(f"#{field}-e")).to_contain_text(message or re.compile(r"\w+"))
        expect(page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Submit request").click()
    expect(page.locator("#refused")).to_be_visible()
    for field, wrong, _message, _right in WRONG_FIRST:
        assert page.locator(f"#{field}").input_value() == wrong, "what was typed is not lost"

    for field, value in CHOICES.items():
        page.locator(f"#{field}").select_option(value)
    for field, value in RIGHT_AT_ONCE.items():
        page.locator(f"#{field}").fill(value)
    for field, _wrong, _message, right in WRONG_FIRST:
        page.locator(f"#{field}").fill(right)
        expect(page.locator(f"#{field}-e")).to_be_hidden()
        expect(page.locator(f"#{field}")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#complete")).to_have_text("8 of 8 complete")
    expect(page.locator("[data-total='outputs.0.total']")).to_have_text("100 TB")
    expect(page.locator("[data-total=resources]")).to_contain_text("CPU hours")

    page.get_by_role("button", name="Submit request").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    record = ProductionRequest.objects.get()
    assert (record.state, record.n_complete, record.n_events) == (RequestState.SUBMITTED, 8, 1_863_120)
    assert record.content["outputs"][0]["files"] == "100,000"


def test_a_request_is_cloned_in_three_clicks_from_the_list_from_itself_and_from_the_form(visit, requester) -> None:
    original = submit(create_request(actor=requester, content=content()), actor=requester)
    clone = f"form[action='/requests/{original.pk}/clone/'] button"
    for start, clicks in (
        ("/requests/", [clone]),
        (f"/requests/{original.pk}/", [clone]),
        (NEW, ["text=Clone an earlier one", clone]),
    ):
        page: Page = visit(start, as_user=requester).page
        assert len(clicks) <= 3
        for what in clicks:
            page.locator(what).click()
        page.wait_for_url(re.compile(r"/requests/\d+/edit/$"))
        assert page.locator("#f-title").input_value().endswith("(copy)")
        assert page.locator("#f-wanted_by").input_value() == ""
        assert page.locator("#f-samples-1-what").input_value() == "39301-39344"
    assert ProductionRequest.objects.filter(cloned_from=original).count() == 3


def test_the_first_thing_typed_makes_the_draft_and_the_page_becomes_its_page(visit, requester) -> None:
    page: Page = visit(NEW, as_user=requester).page
    page.locator("#f-title").fill("Typed")
    is_saved(page)
    page.wait_for_url(re.compile(r"/requests/\d+/edit/$"))
    page.locator("#f-why").fill("Typed later")
    is_saved(page)
    record = ProductionRequest.objects.get()
    assert (record.title, record.content["why"]) == ("Typed", "Typed later")
    page.reload()
    assert page.locator("#f-why").input_value() == "Typed later"


def test_what_is_typed_while_the_connection_is_lost_is_kept_and_saved_when_it_is_back(visit, requester, draft) -> None:
    there = visit(edit(draft), as_user=requester)
    page: Page = there.page
    there.context.set_offline(True)
    page.locator("#f-title").fill("Typed in a tunnel")
    expect(page.locator("[data-notes]")).to_contain_text("Not saved: the connection is lost.")
    expect(page.locator("[data-notes]")).to_contain_text("kept in this browser")
    there.context.set_offline(False)
    expect(page.locator("[data-notes]")).to_contain_text("The portal answers again; everything you typed is saved.")
    is_saved(page)
    draft.refresh_from_db()
    assert draft.title == "Typed in a tunnel"
    there.problems = [one for one in there.problems if "ERR_INTERNET_DISCONNECTED" not in one]


def test_what_could_not_be_saved_before_the_page_was_left_comes_back(visit, requester, draft) -> None:
    there = visit(edit(draft), as_user=requester)
    page: Page = there.page
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.route("**/autosave/", lambda route: route.abort())
    page.locator("#f-title").press_sequentially("!")
    page.get_by_role("button", name="Add a sample").click()
    page.locator("#f-samples-2-what").fill("40000")
    expect(page.locator("[data-notes]")).to_contain_text("Not saved")
    page.goto("/help/")
    assert asked == ["beforeunload"], "leaving warns"
    page.unroute("**/autosave/")
    page.goto(edit(draft))
    expect(page.locator("[data-notes]")).to_contain_text("had not been saved. It is back in the form.")
    assert page.locator("#f-samples-2-what").input_value() == "40000"
    is_saved(page)
    draft.refresh_from_db()
    assert draft.content["samples"][2]["what"] == "40000"
    there.problems = [one for one in there.problems if "ERR_FAILED" not in one]


def test_a_submission_that_did_not_arrive_comes_back_and_one_that_did_does_not(visit, requester, draft) -> None:
    there = visit(edit(draft), as_user=requester)
    page: Page = there.page
    page.route(f"**{edit(draft)}", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.locator("#f-title").fill("Sent into the void")
    page.get_by_role("button", name="Submit request").click()
    page.wait_for_url("chrome-error://**")
    page.unroute(f"**{edit(draft)}")
    page.goto(edit(draft))
    assert page.locator("#f-title").input_value() == "Sent into the void"
    page.get_by_role("button", name="Submit request").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    page.goto(edit(draft))
    assert page.evaluate(KEPT) == 0
    expect(page.locator("[data-notes] .note")).to_have_count(0)
    there.problems = [one for one in there.problems if "ERR_FAILED" not in one]


def test_a_change_under_review_waits_for_its_button_and_can_be_dropped(visit, requester, draft) -> None:
    submit(draft, actor=requester)
    page: Page = visit(edit(draft), as_user=requester).page
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#f-code-tag").fill("develop")
    expect(page.locator("#f-code-tag-e")).to_contain_text("is a branch")
    page.reload()
    expect(page.locator("[data-notes]")).to_contain_text("It is back in the form.")
    assert page.locator("#f-code-tag").input_value() == "develop"
    page.get_by_role("button", name="Drop it").click()
    expect(page.locator("#f-code-tag")).to_have_value("v10_12_01d00")
    page.locator("#f-title").fill("Changed")
    page.get_by_role("button", name="Save changes").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    draft.refresh_from_db()
    assert (draft.title, draft.revisions.count()) == ("Changed", 2)


def test_a_logged_out_reader_is_told_and_what_is_typed_is_saved_after_logging_in(visit, requester, draft) -> None:
    there = visit(edit(draft), as_user=requester)
    page: Page = there.page
    cookies = there.context.cookies()
    there.context.clear_cookies()
    page.locator("#f-title").fill("Typed while logged out")
    expect(page.locator("[data-notes]")).to_contain_text(re.compile("Not saved"))
    there.context.add_cookies(cookies)
    page.locator("#f-title").press("End")
    page.locator("#f-title").press_sequentially("!")
    is_saved(page)
    draft.refresh_from_db()
    assert draft.title == "Typed while logged out!"
    there.problems = [one for one in there.problems if "status of 40" not in one]


def test_the_second_of_two_people_sees_the_firsts_change_and_loses_nothing(visit, requester, colleague, draft) -> None:
    there = visit(edit(draft), as_user=requester)
    page: Page = there.page
    save_draft(draft, content(title="Theirs", why="Theirs too"), actor=colleague, version=1)
    page.locator("#f-title").fill("Mine")
    page.locator("#f-contact").fill("Mine too")
    conflict = page.locator("[data-conflict]")
    expect(conflict).to_contain_text("requester2 changed this request")
    expect(conflict.get_by_role("row").filter(has_text="Title")).to_contain_text("Theirs")
    assert there.axe() == []
    assert page.locator("#f-title").input_value() == "Mine"
    conflict.get_by_label("Mine", exact=True).check()
    page.get_by_role("button", name="Save this choice").click()
    expect(page.locator("#messages")).to_contain_text("is saved")
    draft.refresh_from_db()
    assert (draft.title, draft.content["why"], draft.content["contact"]) == ("Mine", "Theirs too", "Mine too")
    assert not page.evaluate(KEPT)
    there.problems = [one for one in there.problems if "status of 409" not in one]


def test_rows_move_by_keyboard_and_by_pointer_and_each_move_is_said(visit, requester, draft) -> None:
    page: Page = visit(edit(draft), as_user=requester).page
    first, second = "vd-protodune:vd-beam-2026-physics", "39301-39344"

    def order() -> list[str]:
        return [page.locator(f"#f-samples-{index}-what").input_value() for index in range(2)]

    down = page.get_by_role("button", name="Move sample 1 down")
    down.focus()
    page.keyboard.press("Enter")
    said(page, "Now sample 2 of 2.")
    assert order() == [second, first]
    expect(page.get_by_role("button", name="Move sample 2 down")).to_be_focused()

    grips = page.locator("[data-table=samples] [data-grip]")
    grips.nth(1).drag_to(grips.nth(0), target_position={"x": 5, "y": 1})
    said(page, "Now sample 1 of 2.")
    assert order() == [first, second]

    page.get_by_role("button", name="Remove sample 1").click()
    said(page, "Sample 1 is removed. It can be put back.")
    expect(page.locator("[data-total=samples_events]")).to_have_text("1,136,880")
    page.get_by_role("button", name="Put sample 1 back").click()
    assert order() == [first, second]
    page.get_by_role("button", name="Add a step").click()
    expect(page.get_by_label("Step 3", exact=True)).to_be_focused()
    is_saved(page)
    draft.refresh_from_db()
    assert [row["what"] for row in draft.content["samples"]] == [first, second]


def test_a_request_like_an_earlier_one_is_shown_beside_it_while_composing(visit, requester, draft) -> None:
    earlier = submit(create_request(actor=requester, content=content()), actor=requester)
    there = visit(edit(draft), as_user=requester)
    page: Page = there.page
    expect(page.locator("[data-alike]")).to_contain_text(f"Request {earlier.pk} asks for the same")
    page.locator("#f-code-tag").fill("v10_12_02d00")
    expect(page.locator("[data-alike]")).to_contain_text("other code version")
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator("#beside")).to_be_focused()
    row = page.locator("[data-beside-panel]").get_by_role("row").filter(has_text="Tag")
    expect(row).to_contain_text("v10_12_02d00")
    expect(row).to_contain_text("differs")
    assert there.axe() == []
    page.get_by_role("button", name="Close").click()
    expect(page.locator("[data-beside-panel]")).to_have_count(0)


def test_without_script_a_request_is_filed_too(visit, requester) -> None:
    page: Page = visit(NEW, as_user=requester, script=False).page
    for field, value in CHOICES.items():
        page.locator(f"#{field}").select_option(value)
    for field, value in RIGHT_AT_ONCE.items():
        page.locator(f"#{field}").fill(value)
    for field, _wrong, _message, right in WRONG_FIRST:
        page.locator(f"#{field}").fill(right)
    page.get_by_role("button", name="Add a step").click()
    page.locator("#f-steps-1-name").fill("ntuple")
    page.locator("#f-steps-1-fcl").fill("pdvd_ana.fcl")
    page.get_by_role("button", name="Submit request").click()
    expect(page.locator("#refused")).to_contain_text("Item 2 first")
    page.locator("#f-steps-1-events_per_job").fill("30")
    page.get_by_role("button", name="Submit request").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    assert ProductionRequest.objects.get().state == RequestState.SUBMITTED


LIST = "TAG;NAMESPACE;DATASET;NFILES\nA;vd-protodune;ds1;100\nB;vd-protodune;ds2;1e5\nC;vd-protodune;ds3;300\n"


def test_samples_are_imported_from_a_pasted_list_with_its_bad_row_left_out(visit, requester, draft) -> None:
    there = visit(edit(draft), as_user=requester)
    page: Page = there.page
    page.get_by_role("button", name="Import samples (CSV)").click()
    page.locator("#text").fill(LIST)
    page.get_by_role("button", name="Look at the rows").click()
    expect(page.locator("#preview")).to_have_text("2 of 3 rows can be taken")
    expect(page.get_by_role("row").filter(has_text="ds2")).to_contain_text("Write it out: 100,000")
    assert there.axe() == []
    page.get_by_role("button", name="Add 2 to the 2 there").click()
    page.wait_for_url(re.compile(r"/edit/#item6$"))
    assert page.locator("#f-samples-3-what").input_value() == "vd-protodune:ds3"
    draft.refresh_from_db()
    assert draft.content["samples"][2]["extra"]["TAG"] == "A"


@pytest.mark.parametrize("how", [{"width": 1440}, {"width": 390}, {"width": 390, "dark": True}, {"width": 1440, "dark": True}])
def test_every_page_of_the_form_fits_and_is_readable(visit, requester, draft, how: dict[str, Any]) -> None:
    wrong = content(code__tag="develop", samples__0__events="1e5", title="x" * 300)
    save_draft(draft, wrong, actor=requester, version=1)
    for path in (NEW, edit(draft), "/requests/clone/", f"/requests/{draft.pk}/import/"):
        there = visit(path, as_user=requester, **how)
        assert there.overflow() == 0, path
        assert there.axe() == [], path


def test_on_a_phone_the_checklist_comes_first_and_rows_are_cards(visit, requester, draft) -> None:
    page: Page = visit(edit(draft), as_user=requester, width=390).page
    top = {name: page.locator(name).bounding_box()["y"] for name in ("#complete", "#f-title", "text=Submit request")}  # type: ignore[index]
    assert top["#complete"] < top["#f-title"] < top["text=Submit request"]
    kind, what = (page.locator(f"#f-samples-0-{name}").bounding_box() for name in ("kind", "what"))
    assert kind is not None
    assert what is not None
    assert what["y"] > kind["y"] + kind["height"], "the cells of a row stand under each other"
