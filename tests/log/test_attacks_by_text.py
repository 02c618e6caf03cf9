"""Attacks by what is written: a corpus of texts, none of which does anything but being shown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from campaigns.log.rendering import Renderer, preview
from campaigns.log.services import edit_entry, write_entry
from campaigns.models import Campaign, LogEntry
from portal.models import User
from tests.factories import a_picture, make_entry, make_workflow
from tests.log.attacks import texts
from tests.log.harm import harm_in

if TYPE_CHECKING:
    from playwright.sync_api import Route

TEXTS = texts()
LONGEST_SECONDS = 10.0  # of the processor, whatever else the machine does
HURT = """
window.hurt = [];
for (const name of ["alert", "confirm", "prompt", "open", "print", "msgbox"]) {
  window[name] = (...said) => { window.hurt.push(`${name}(${said})`); };
}
"""
TRY_EVERYTHING = """() => {
  document.addEventListener("click", (event) => {  // what a link of a script does is done; pages are not left
    if (!event.target.closest("a")?.href.startsWith("javascript")) event.preventDefault();
  });
  const kinds = ["mouseover", "mouseenter", "focus", "blur", "click", "toggle", "load", "error", "begin", "start"];
  for (const one of document.querySelectorAll("body *")) {
    for (const kind of kinds) one.dispatchEvent(new Event(kind, { bubbles: true, cancelable: true }));
  }
}"""


def test_the_corpus_is_large_and_says_each_thing_once():
    assert len(TEXTS) >= 150
    assert len(set(TEXTS.values())) == len(TEXTS)


def test_the_check_itself_finds_what_is_harmful():
    for harmful in (
        "<script>x</script>", "<img src=x>", "<p onclick=x>y</p>", "<a href='javascript:x'>y</a>",
        "<a href='java\tscript:x'>y</a>", "<a href=data:x>y</a>", "<svg>", "<!-- x -->", "<b class=button>x</b>",
    ):  # fmt: skip
        assert harm_in(harmful), harmful
    assert harm_in('<p><a href="/x" title="y">z</a> <img src="/own.png" alt=""></p>', {"/own.png"}) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", TEXTS)
def test_no_text_becomes_anything_that_acts(campaign: Campaign, shifter: User, name: str):
    make_workflow(3225)
    began = time.process_time()
    entry = make_entry(campaign, shifter, TEXTS[name][:60_000], files=[a_picture()])
    entry = LogEntry.objects.get(pk=entry.pk)
    html = Renderer([entry]).body(entry)
    assert time.process_time() - began < LONGEST_SECONDS
    own = {file.get_absolute_url() for file in entry.files.all()}
    assert harm_in(html, own) == []
    assert harm_in(preview(entry.body)) == []
    assert not any(character in html for character in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


@pytest.mark.django_db
def test_a_picture_of_its_own_is_shown_and_one_from_elsewhere_is_a_link(campaign: Campaign, shifter: User):
    body = (
        "![disk](file:1) ![by name](file:plot.jpg) ![elsewhere](https://evil.example/x.png) ![nothing](file:9) [table](file:3)"
    )
    table = a_picture("t.png")
    entry = make_entry(campaign, shifter, body, files=[a_picture("a.png"), a_picture("plot.jpg"), table])
    first, second, third = entry.files.all()
    html = Renderer([entry]).body(entry)
    assert (
        f'<a href="{first.get_absolute_url()}" rel="noreferrer nofollow"><img src="{first.get_absolute_url()}" alt="disk"'
        in html
    )
    assert f'src="{second.get_absolute_url()}" alt="by name"' in html
    assert '<a href="https://evil.example/x.png" rel="noreferrer nofollow">elsewhere</a>' in html
    assert f'<a href="{third.get_absolute_url()}" rel="noreferrer nofollow">table</a>' in html
    assert html.count("<img") == 2
    assert "nothing" in html


@pytest.mark.django_db
def test_an_exit_code_explains_itself_and_a_workflow_leads_to_its_page(campaign: Campaign, shifter: User):
    make_workflow(3225)
    entry = make_entry(campaign, shifter, "#3225 and #77: exit code 65 at two sites, exit codes 124 and 3, code review 1")
    html = Renderer([entry]).body(entry)
    assert '<a href="/workflows/3225/" rel="noreferrer nofollow">#3225</a> and #77:' in html
    assert '<abbr title="data error (EX_DATAERR); art: an exception was thrown">exit code 65</abbr>' in html
    assert '<abbr title="124: time limit of the timeout command reached">exit codes 124 and 3</abbr>' in html
    assert "code review 1" in html


@pytest.mark.django_db(transaction=True)
def test_in_the_browser_no_text_does_anything(campaign: Campaign, shifter: User, requester: User, visit, browser):
    """All of them on a page of the portal; and once more on a page without the portal's policy, each hovered and clicked."""
    make_workflow(3225)
    long = {name for name, text in TEXTS.items() if len(text) > 5_000}
    thread = make_entry(campaign, shifter, "Attacks below.", files=[a_picture()])
    for name, text in TEXTS.items():
        if name not in long:
            write_entry(campaign, actor=requester, kind="note", body=f"{text}\n\nend", parent=thread, files=[])
    edit_entry(thread, actor=shifter, version=1, body=TEXTS["Markdown picture of our own with a handler"])
    seen = visit(thread.get_absolute_url(), as_user=shifter)
    foreign = [one for one in seen.problems if "Content-Security-Policy" in one or "alert" in one]
    assert foreign == [], "nothing had to be stopped by the policy"
    assert seen.page.locator("article").count() >= len(TEXTS) - len(long)
    bodies = seen.page.evaluate("[...document.querySelectorAll('article')].map((one) => one.outerHTML).join('')")

    bare = browser.new_context().new_page()
    asked: list[str] = []
    document = f"<!doctype html><script>{HURT}</script><body>{bodies}</body>"

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=document, content_type="text/html") if len(asked) == 1 else route.abort()

    bare.route("**/*", answer)
    bare.goto("http://bare.example/")
    assert bare.evaluate("alert('works'), window.hurt.splice(0)") == ["alert(works)"]
    bare.evaluate(TRY_EVERYTHING)
    bare.wait_for_timeout(300)
    assert bare.evaluate("window.hurt") == []
    elements = set(bare.evaluate("[...document.querySelectorAll('article *')].map((one) => one.localName)"))
    assert not elements & {"script", "svg", "math", "iframe", "object", "embed", "style", "form", "input", "link", "meta"}
    handlers = bare.evaluate(
        "[...document.querySelectorAll('body *')].flatMap((one) => one.getAttributeNames())"
        ".filter((name) => /^(on|hx-|data-|style|srcdoc|formaction)/.test(name))"
    )
    assert handlers == []
    assert [url for url in asked[1:] if "/log/files/" not in url] == [], "nothing is fetched from elsewhere"
    bare.context.close()
