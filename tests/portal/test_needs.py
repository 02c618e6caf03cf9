"""What a machine lacks is skipped with a line that says so, or fails where the CI asks for it."""

import pytest
from _pytest.outcomes import Failed, Skipped

from tests import needs


@pytest.fixture(autouse=True)
def _no_browser_here(monkeypatch):
    monkeypatch.setattr(needs, "chromium_path", lambda: None)
    monkeypatch.delenv("PORTAL_REQUIRE", raising=False)


def test_a_missing_browser_is_skipped_and_said():
    with pytest.raises(Skipped, match="apt-get install chromium"):
        needs.need("chromium")


def test_a_missing_browser_fails_where_it_is_required(monkeypatch):
    monkeypatch.setenv("PORTAL_REQUIRE", "redis, chromium")
    with pytest.raises(Failed, match="PORTAL_REQUIRE asks for it"):
        needs.need("chromium")
