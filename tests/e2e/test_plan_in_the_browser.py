"""The plan in a real browser: read on every screen, edited live with the server's own arithmetic, and without script."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign, PlanDraft
from campaigns.plan_services import publish_plan, save_plan
from campaigns.planning.content import read_content
from campaigns.planning.rows import lay_out
from campaigns.sample_counts import ask_metacat
from campaigns.services import watch_justin_campaign
from campaigns.views.plan_text import COLUMNS, write_rows
from campaigns.views.plan_words import coverage_words
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin
from tests.metacat import Metacat
from tests.planning.plans import MQL, REMAINING, lbl2
from tests.planning.watched import planned, submitted

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PLAN = "/campaigns/lbl2-reco-2026/plan/"
EDIT = f"{PLAN}edit/"
LAID = """async (given) => {
    const { layOut } = await import("/static/js/plan-live.js");
    const { coverageWords } = await import("/static/js/plan-words.js");
    return given.map(({ rows, samples, whole }) => {
        const laid = layOut(rows, new Map(Object.entries(samples)));
        return { rows: laid.rows.map(({ nFiles, remaining }) => [nFiles, remaining]),
            words: Object.fromEntries([...laid.coverages].map(([key, one]) => [key, coverageWords(one, whole)])) };
    });
}"""
WRITES = """() => { window.writes = 0; new MutationObserver((seen) => { window.writes += seen.length; })
    .observe(document.querySelector("[data-rows] tbody"), {subtree: true, childList: true, characterData: true}); }"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(transactional_db: None, cast: Cast) -> Campaign:
    """The tutorial's plan, submitted otherwise than planned, published and changed since."""
    campaign = planned(cast)
    submitted(campaign)
    publish_plan(campaign, actor=cast.shifter, version=1)
    save_plan(campaign, lbl2(rss_mib=6000), actor=cast.shifter, version=1)
    return campaign


def remaining(page: Any) -> list[str]:
    return page.locator("[data-rows] tbody [data-out=remaining]").all_inner_texts()


def cell(page: Any, row: int, name: str) -> Any:
    return page.locator("[data-rows] tbody tr").nth(row - 1).locator(f"[data-cell={name}]")


@pytest.mark.parametrize("path", [f"{PLAN}?lane=all", PLAN, EDIT, f"{PLAN}import/", "/campaigns/never-planned/plan/"])
def test_every_screen_shows_it_whole_and_axe_finds_nothing_serious(visit, campaign, cast, path):
    watch_justin_campaign(begin(cast, "never-planned"), 377, actor=None)
    plan = lbl2()
    plan["samples"].append(
        {"key": "s2", "label": "a long name of a sample that goes on " * 4, "mql": f"files from a:{'b' * 90}"}
    )
    save_plan(campaign, plan, actor=cast.shifter, version=2)
    seen = visit(path, as_user=cast.shifter)
    assert seen.axe() == []
    seen.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    seen.page.wait_for_selector("html[data-bs-theme=dark]")
    assert seen.axe(colours_only=True) == []
    phone = visit(path, as_user=cast.shifter, width=390, height=844)
    assert phone.overflow() == 0
    assert phone.axe() == []


def test_the_command_is_copied_as_it_stands(visit, campaign, cast):
    page = visit(PLAN, as_user=cast.shifter).page
    page.locator("[aria-labelledby=next] [data-copy-text]").click()
    page.wait_for_selector("[aria-labelledby=next] button:has-text('Copied')")
    assert page.locator(".command-row:visible").count() == 0
    page.locator(".of-row summary").nth(1).press("Enter")
    assert page.locator(".command-row:visible").count() == 1
    copied = page.evaluate("navigator.clipboard.readText()")
    content = read_content(PlanDraft.objects.get().content)
    assert copied in [one.command for one in lay_out(content).rows]


def test_what_remains_follows_every_key_and_the_server_agrees(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter).page
    assert remaining(page)[1:] == [f"{n:,}" for n in REMAINING]
    cell(page, 3, "skip").fill("5,900")
    expect(page.locator("[data-lanes]")).to_contain_text("5,900 to 5,999 (100, rows 2 and 3)")
    assert remaining(page)[2] == "13,884"
    cell(page, 3, "skip").fill("many")
    page.wait_for_selector("text=not a number")
    cell(page, 3, "skip").fill("5,900")
    expect(page.locator("[data-rows]")).not_to_contain_text("not a number")
    told = page.locator("[data-lanes] li").all_inner_texts()
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    assert page.url.endswith(PLAN)
    content = read_content(PlanDraft.objects.get().content)
    assert content.rows[2].skip == 5900
    said = [coverage_words(one, is_whole=lane[0] == "production") for lane, one in lay_out(content).coverages.items()]
    assert [text.partition("nu, FHC: ")[2] for text in told] == said


def test_a_thousand_rows_are_worked_out_anew_and_only_what_changed_is_written(visit, campaign, cast):
    plan = lbl2()
    row = {"step": "production", "sample": "s1", "limit": 20}
    plan["rows"] = [row | {"key": f"r{at}", "skip": 20 * at} for at in range(1000)]
    save_plan(campaign, plan, actor=cast.shifter, version=2)
    page = visit(EDIT, as_user=cast.shifter).page
    page.set_default_timeout(60_000)  # saving so long a page takes a busy machine more than the usual time
    page.wait_for_selector(".is-live")
    assert len(remaining(page)) == 1000
    page.evaluate(WRITES)
    cell(page, 1000, "limit").fill("")
    page.evaluate(FRAMES)
    assert remaining(page)[-1] == "0"
    assert page.evaluate("writes") <= 4  # its files, what remains; never the other 999 rows
    cell(page, 1, "limit").fill("10")
    page.evaluate(FRAMES)
    assert remaining(page)[0] == "20,774"
    told = page.locator("[data-lanes] li").inner_text()
    assert told.endswith("20,774 of 20,784 files. In no row: 10 to 19 (10).")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    layout = lay_out(read_content(PlanDraft.objects.get().content))
    assert coverage_words(layout.coverages["production", "main", "s1"], is_whole=True) == told.partition("nu, FHC: ")[2]
    assert layout.rows[-1].remaining == 10


COUNTS = """() => {
    const frames = window.requestAnimationFrame.bind(window);
    window.counts = { frames: 0, measured: 0 };
    window.requestAnimationFrame = (run) => { window.counts.frames += 1; return frames(run); };
    for (const name of ["getBoundingClientRect", "getClientRects"]) {
        const real = Element.prototype[name];
        Element.prototype[name] = function (...given) { window.counts.measured += 1; return real.apply(this, given); };
    }
    for (const name of ["offsetHeight", "offsetWidth", "offsetTop"]) {
        const real = Object.getOwnPropertyDescriptor(HTMLElement.prototype, name);
        const get = function () { window.counts.measured += 1; return real.get.call(this); };
        Object.defineProperty(HTMLElement.prototype, name, { get });
    }
}"""
KEYS = """(keys) => {
    const cell = document.querySelectorAll("[data-rows] tbody tr")[499].querySelector("[data-cell=limit]");
    for (const key of keys) { cell.value = key; cell.dispatchEvent(new InputEvent("input", { bubbles: true })); }
    return window.counts.frames;
}"""


def outs(page: Any) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('[data-rows] tbody [data-out]')].map((one) => one.textContent)")


def test_of_a_thousand_rows_only_the_cells_that_change_are_written_once_a_frame(visit, campaign, cast):
    plan = lbl2()
    row = {"step": "production", "sample": "s1", "limit": 20}
    plan["rows"] = [row | {"key": f"r{at}", "skip": 20 * at} for at in range(1000)]
    save_plan(campaign, plan, actor=cast.shifter, version=2)
    page = visit(EDIT, as_user=cast.shifter).page
    page.wait_for_selector(".is-live")
    page.evaluate(COUNTS)
    page.evaluate(WRITES)
    before = outs(page)
    keys = ["2", "", "1", "19", "1", "12", "17"]
    assert page.evaluate(KEYS, keys) == 1, "however many keys, it is worked out once in a frame"
    page.evaluate(FRAMES)
    after = outs(page)
    n_changed = sum(one != other for one, other in zip(before, after, strict=True))
    assert n_changed == 502  # the files of row 500, and what remains from there on
    assert page.evaluate("writes") == n_changed
    assert page.evaluate("counts.measured") == 0, "nothing asks the browser for a layout in between"
    page.evaluate(KEYS, ["17"])
    page.evaluate(FRAMES)
    assert page.evaluate("writes") == n_changed, "the same again writes nothing"
    assert after == outs(page)
    content = read_content({**plan, "rows": [one | {"limit": 17} if one["key"] == "r499" else one for one in plan["rows"]]})
    assert remaining(page) == [f"{one.remaining:,}" for one in lay_out(content).rows]


def test_the_browsers_arithmetic_and_words_are_the_servers(visit, campaign, cast):
    chance = random.Random(5)
    given, wanted = [], []
    for number in range(60):
        whole = number % 2 == 0
        size = chance.choice([None, 0, 1, 50, 20_784])
        n_rows = 1000 if number == 0 else chance.randint(0, 30)
        rows = [
            {
                "key": f"k{at}", "step": "production" if whole else "test", "sample": "s1",
                "skip": chance.randint(0, 60) * chance.choice([1, 300]),
                "limit": chance.choice([None, *range(1, 6), 40, 9000]),
            }
            for at in range(n_rows)
        ]  # fmt: skip
        sample = {"key": "s1", "mql": "files from a:b"} | ({} if size is None else {"n_files": size})
        layout = lay_out(read_content({"samples": [sample], "rows": rows}))
        wanted.append(
            {
                "rows": [[one.n_files, one.remaining] for one in layout.rows],
                "words": {lane[2]: coverage_words(one, is_whole=whole) for lane, one in layout.coverages.items()},
            }
        )
        pieces = [{"lane": "s1", "sample": "s1", "takes": True} | {k: row[k] for k in ("skip", "limit")} for row in rows]
        given.append({"rows": pieces, "samples": {"s1": size}, "whole": whole})
    assert visit(EDIT, as_user=cast.shifter).page.evaluate(LAID, given) == wanted


def test_lines_of_a_spreadsheet_are_pasted_as_rows(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter).page
    page.get_by_role("button", name="Add a row", exact=True).click()
    assert page.evaluate("document.activeElement.dataset.cell") == "skip"
    page.evaluate("navigator.clipboard.writeText('skip\\tlimit\\n0\\t6,000\\n6000\\t1000\\n7000\\t-1\\n')")
    page.keyboard.press("Control+V")
    expect(page.locator("[data-rows] tbody tr")).to_have_count(9)
    assert [cell(page, row, "limit").input_value() for row in (7, 8, 9)] == ["6,000", "1000", "-1"]
    assert [cell(page, row, "for").input_value() for row in (7, 8, 9)] == ["production"] * 3
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    rows = read_content(PlanDraft.objects.get().content).rows
    assert [(row.key, row.skip, row.limit) for row in rows[6:]] == [("r6", 0, 6000), ("r7", 6000, 1000), ("r8", 7000, None)]


def paste(page: Any, text: str, *, row: int, column: str = "skip") -> None:
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    cell(page, row, column).focus()
    page.keyboard.press("Control+V")


def saved(page: Any) -> list[Any]:
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    return read_content(PlanDraft.objects.get().content).rows


def test_a_head_says_which_column_is_which(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter).page
    page.get_by_role("button", name="Add a row", exact=True).click()
    lines = ["For\tBATCH\tWORKFLOW iD\tSkip\tcomments", "Full production\t-1\t1700\t17,000\t'=1+1", "small run\t50\t\t0\t"]
    paste(page, "\n".join(lines), row=7)
    expect(page.locator("[data-rows] tbody tr")).to_have_count(8)
    rows = saved(page)[6:]
    assert [(row.step, row.use, row.skip, row.limit, row.notes) for row in rows] == [
        ("production", "main", 17000, None, "=1+1"), ("validation", "small-run", 0, 50, ""),
    ]  # fmt: skip


def test_rows_are_copied_changed_in_a_spreadsheet_and_pasted_back(visit, campaign, cast):
    plan = lbl2()
    plan["rows"][1] |= {"notes": "=HYPERLINK(1)\twith a tab", "site": "UK_RAL", "rss_mib": 6000}
    save_plan(campaign, plan, actor=cast.shifter, version=2)
    before = read_content(PlanDraft.objects.get().content).rows
    page = visit(EDIT, as_user=cast.shifter).page
    page.get_by_role("button", name="Copy for a spreadsheet").click()
    expect(page.locator("[data-said]")).to_have_text("6 rows are copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    head, first, second, *_ = copied.splitlines()
    assert head.split("\t") == [*COLUMNS, "files", "remaining"]
    assert first.split("\t")[-2:] == ["10", "20,774"]
    assert "'=HYPERLINK(1) with a tab" in second.split("\t")
    changed = copied.replace("6000\t1000", "6000\t900") + "\n\tproduction\ts1\t6900\t100"
    paste(page, changed, row=1)
    expect(page.locator("[data-said]")).to_have_text("7 rows are pasted, 1 of them new.")
    expect(page.locator("[data-lanes]")).to_contain_text("All 20,784 files, each once.")
    rows = saved(page)
    assert [row.key for row in rows] == [*(row.key for row in before), "r6"]
    assert [rows[at] for at in (0, 3, 4, 5)] == [before[at] for at in (0, 3, 4, 5)]
    assert (rows[1].notes, rows[1].site, rows[1].rss_mib, rows[2].limit) == ("=HYPERLINK(1) with a tab", "UK_RAL", 6000, 900)


def test_rows_are_added_removed_put_back_and_moved_by_keyboard(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter).page
    cell(page, 2, "limit").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('tr').querySelector('[data-out=number]').textContent") == "3"
    tools = page.locator("[data-rows] tbody tr").nth(2)
    tools.get_by_label("Remove the row").press("Enter")
    expect(page.locator("[data-lanes]")).to_contain_text("In no row: 6,000 to 6,999 (1,000)")
    page.get_by_role("button", name="Put the removed row back").press("Enter")
    expect(page.locator("[data-lanes]")).to_contain_text("All 20,784 files, each once.")
    page.locator("[data-rows] tbody tr").nth(2).get_by_label("Move up").press("Enter")
    assert [cell(page, row, "skip").input_value() for row in (2, 3)] == ["6000", "0"]
    page.locator("[data-rows] tbody tr").nth(5).get_by_label("Add a row below").press("Enter")
    assert page.locator("[data-rows] tbody tr").count() == 7


def test_a_sample_is_added_and_offered_to_rows(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter).page
    last = page.locator("[data-sample]").last
    last.locator("[data-of=label]").fill("anu, RHC")
    last.locator("[data-of=mql]").fill("files from fardet-hd:lbl2-anu-rhc")
    last.locator("[data-of=n_files]").fill("3000")
    last.locator("[data-of=n_files]").blur()
    page.get_by_role("button", name="Add a row", exact=True).click()
    cell(page, 7, "sample").select_option("s2")
    cell(page, 7, "skip").fill("0")
    cell(page, 7, "limit").fill("2,000")
    expect(page.locator("[data-lanes]")).to_contain_text("In no row: 2,000 to 2,999 (1,000)")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    plan = read_content(PlanDraft.objects.get().content)
    assert (plan.rows[-1].sample, plan.samples[1].n_files) == ("s2", 3000)


def test_what_is_refused_is_told_in_its_cell_and_stays_as_typed(visit, campaign, cast):
    seen = visit(EDIT, as_user=cast.shifter)
    page = seen.page
    cell(page, 3, "limit").fill("thousands")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    wrong = cell(page, 3, "limit")
    assert wrong.input_value() == "thousands"
    assert wrong.get_attribute("class").endswith("is-invalid")
    assert "“thousands” is no whole number." in page.locator("[data-rows] .error").inner_text()
    assert seen.axe() == []
    wrong.fill("1000")
    expect(page.locator("[data-rows] .error")).to_have_count(0)
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    assert page.url.endswith(PLAN)
    seen.problems[:] = [text for text in seen.problems if "status of 400" not in text]


def test_a_stage_is_added_without_losing_what_was_typed(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter).page
    cell(page, 2, "notes").fill("typed before")
    with page.expect_navigation():
        page.get_by_role("button", name="Add a stage that reads its output").click()
    assert page.evaluate("document.activeElement.name") == "stage2-jobscript"
    assert cell(page, 2, "notes").input_value() == "typed before"
    page.locator("[name=stage2-jobscript]").fill("/exp/ana.sh")
    page.locator("[name=next_patterns]").fill("*reco2.root")
    rows = saved(page)
    assert rows[1].notes == "typed before"
    content = read_content(PlanDraft.objects.get().content)
    assert [one.jobscript for one in content.common.later_stages] == ["/exp/ana.sh"]
    assert lay_out(content).rows[1].problems == ()


def test_leaving_with_changes_is_asked_before(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter).page
    cell(page, 3, "limit").fill("999")
    with page.expect_event("dialog") as asked:
        page.evaluate("setTimeout(() => document.querySelector('a.btn-bare[href$=\"/plan/\"]').click())")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert page.url.endswith(EDIT)


def test_without_script_lines_are_edited_worked_out_and_saved(visit, campaign, cast):
    page = visit(EDIT, as_user=cast.shifter, script=False).page
    lines = page.locator("#row-lines")
    assert lines.input_value() == write_rows(read_content(PlanDraft.objects.get().content).rows)
    lines.fill(lines.input_value().replace("6000,1000", "6000,900"))
    with page.expect_navigation():
        page.get_by_role("button", name="Work it out, save nothing").click()
    assert "In no row: 6,900 to 6,999 (100)." in page.locator("[data-lanes]").inner_text()
    assert PlanDraft.objects.get().version == 2
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").first.click()
    assert read_content(PlanDraft.objects.get().content).rows[2].limit == 900


def test_metacats_number_is_taken_in_the_editor_with_and_without_script(
    visit, campaign: Campaign, cast: Cast, metacat: Metacat, worker
) -> None:
    rhc = "files from fardet-hd:lbl2-anu-rhc"
    metacat.counts = {MQL: 20_801, rhc: 7_000}
    page = visit(EDIT, as_user=cast.shifter, script=False).page
    page.get_by_label("Take MetaCat’s number of files for this sample").first.click()
    expect(page.locator("[name=samples-0-n_files]")).to_have_value("20801")
    expect(page.locator("[name=samples-0-n_files_from]")).to_have_value(re.compile("^MetaCat, "))
    page = visit(EDIT, as_user=cast.shifter, width=390).page
    page.get_by_role("button", name="Add a sample").click()
    page.locator("[name=samples-2-mql]").fill(rhc)
    page.locator("[data-sample]").nth(2).locator("[data-count]").click()
    expect(page.locator("[name=samples-1-n_files]")).to_have_value("7000")
    expect(page.locator("[name=samples-1-mql]")).to_have_value(rhc)
    assert PlanDraft.objects.get().version == 2, "nothing is saved by asking"


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_what_grew_is_readable_on_every_screen(
    visit, campaign: Campaign, cast: Cast, metacat: Metacat, worker, width: int, dark: bool
) -> None:
    metacat.counts = {MQL: 20_801}
    ask_metacat(campaign, actor=cast.shifter)
    seen = visit(PLAN, as_user=cast.shifter, width=width, dark=dark)
    expect(seen.page.get_by_text("17 files more").first).to_be_visible()
    assert seen.overflow() == 0
    assert seen.axe() == []
