"""One page in a real browser, with what went wrong on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client

from portal.models import User
from tests.needs import AXE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}  # those that axe runs by itself
CSP_REPORTER = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


class Visit:
    """A page of the portal as a reader sees it. `page` is playwright's; `problems` what the browser complained of."""

    def __init__(
        self,
        browser: Browser,
        base_url: str,
        path: str,
        *,
        as_user: User | None = None,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        script: bool = True,
        expect: int = 200,
    ) -> None:
        self.problems: list[str] = []
        self.context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=width < 600,
            java_script_enabled=script,
            permissions=["clipboard-read", "clipboard-write"] if script else [],
        )
        self.context.set_default_timeout(15_000)
        if as_user is not None:
            self.context.add_cookies([_session_cookie(as_user, base_url)])
        self.page = self.context.new_page()
        if script:
            self.page.add_init_script(CSP_REPORTER)
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        response = self.page.goto(path)
        assert response is not None
        assert response.status == expect, f"{path} answers {response.status}"
        if expect >= 400:  # the browser calls the page itself a resource that failed
            self.problems = [text for text in self.problems if f"status of {expect}" not in text]

    def axe(self, *, colours_only: bool = False) -> list[str]:
        """Serious and critical findings of axe-core, one line each. `colours_only`: for a page that was looked at in the other
        theme already, from which it differs in nothing else.
        """
        self.page.evaluate(AXE.read_text())  # not a script tag: the Content-Security-Policy blocks those, rightly
        asked: dict[str, Any] = {"resultTypes": ["violations"]} | (COLOURS if colours_only else {})
        found: list[dict[str, Any]] = self.page.evaluate("asked => axe.run(asked).then(r => r.violations)", asked)
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]}"
            for one in found
            for node in one["nodes"]
            if one["impact"] in ("serious", "critical")
        ]

    def in_the_dark(self) -> None:
        """The page that is open, as who prefers dark pages sees it."""
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        self.page.wait_for_selector("html[data-bs-theme=dark]")

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def shoot(self, path: str | Path) -> None:
        """Keep a picture of the whole page for people to look at, where PORTAL_SHOTS is set: drawing takes its time."""
        if os.environ.get("PORTAL_SHOTS"):
            self.page.screenshot(path=str(path), full_page=True)

    def close(self) -> None:
        self.context.close()


def _session_cookie(user: User, url: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": url}
