"""People at their browsers, working on a campaign's steps. Each logs in by the form and clicks; nothing goes past the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from portal.models import User
from tests.browsing import Visit
from tests.conftest import PASSWORD


class Person:
    """`Person(visit, shifter, "/campaigns/x/")` logs in; the page stays open until the test ends."""

    def __init__(self, visit: Callable[..., Visit], user: User, campaign: str) -> None:
        self.seen = visit("/accounts/login/?next=/")
        self.page = self.seen.page
        self.campaign, self.name = campaign, user.username
        self.page.get_by_label("Username").fill(user.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press(self.page.get_by_role("button", name="Log in"))
        expect(self.page.get_by_role("navigation", name="Portal")).to_contain_text(user.username)

    def press(self, button: Locator) -> None:
        """Click what leads to another page (or the same one anew)."""
        with self.page.expect_navigation():
            button.click()

    def says(self, words: str) -> None:
        """The portal says this after what was done."""
        expect(self.page.locator("#messages")).to_contain_text(words)

    def open(self, step: str) -> None:
        self.page.goto(f"{self.campaign}steps/{step}/")

    def shoot(self, path: Path) -> None:
        self.page.evaluate("scrollTo(0, 0)")  # or the head of the page sticks in the middle of the picture
        self.seen.shoot(path)

    # --- the parts of a step's page ---

    def criterion(self, key: str) -> Locator:
        return self.page.locator(f"#c-{key}")

    def state(self, key: str, words: str) -> None:
        """The criterion is shown in this state."""
        expect(self.criterion(key).locator(".status").first).to_have_text(words)

    def form(self, within: Locator, address: str) -> Locator:
        """The form that is sent to an address with this end; unfolded where it is folded away."""
        folded = within.locator(f'details:has(form[action$="{address}"])')
        if folded.count() and folded.first.get_attribute("open") is None:
            folded.first.locator("> summary").click()
        return within.locator(f'form[action$="{address}"]').first

    def missing(self) -> Locator:
        return self.page.locator('section[aria-labelledby="missing"]')

    # --- what people do there ---

    def give(self, key: str, text: str = "", *, url: str = "", file: tuple[str, str] | None = None) -> None:
        form = self.form(self.criterion(key), "/evidence/")
        form.get_by_label("What it shows").fill(text)
        form.get_by_label("Link").fill(url)
        if file is not None:
            name, content = file
            form.get_by_label("File").set_input_files([{"name": name, "mimeType": "text/plain", "buffer": content.encode()}])
        self.press(form.get_by_role("button", name="Give evidence"))

    def decide(self, key: str, note: str = "") -> None:
        form = self.form(self.criterion(key), "/decision/")
        form.get_by_label("Note").fill(note)
        self.press(form.get_by_role("button", name="Record decision"))

    def waive(self, key: str, reason: str) -> None:
        form = self.form(self.criterion(key), f"/{key}/waive/")
        form.get_by_label("Reason").fill(reason)
        self.press(form.get_by_role("button", name="Waive"))

    def waive_what_is_not_available(self, reason: str) -> None:
        form = self.form(self.missing(), "/waive/")
        form.get_by_label("Reason").fill(reason)
        self.press(form.get_by_role("button", name=re.compile(r"^Waive all \d+$")))

    def attach(self, number: int, use: str = "of the step itself") -> None:
        form = self.page.get_by_role("form", name="Attach a workflow")
        offered = form.get_by_label("Workflow", exact=True)
        offered.select_option(str(number))
        form.get_by_label("It is").select_option(label=use)
        self.press(form.get_by_role("button", name="Attach"))

    def sign_from_home(self, team: str, words: str) -> None:
        """Two clicks from the home page: what waits, then the signature."""
        self.page.goto("/")
        self.press(self.page.get_by_role("link", name=re.compile(words, re.IGNORECASE)))
        self.press(self.page.get_by_role("button", name=f"Sign for {team}"))

    def refuse(self, team: str, comment: str) -> None:
        article = self.page.locator(f"#sign-{team}")
        form = self.form(article, "/sign/")
        refusing = article.locator("details form")
        refusing.get_by_label("What must change").fill(comment)
        assert form.count() == 1
        self.press(refusing.get_by_role("button", name="Refuse with this comment"))

    def complete(self, number: int) -> None:
        self.press(self.page.get_by_role("button", name=f"Complete step {number}"))

    def reopen(self, number: int, reason: str) -> None:
        form = self.form(self.page.locator("#complete"), "/reopen/")
        form.get_by_label("Reason").fill(reason)
        self.press(form.get_by_role("button", name=f"Reopen step {number}"))
