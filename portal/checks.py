"""System checks that stop a wrong deployment with a sentence that says what to do.

Those that hold everywhere run at every command; those of a production site with `manage.py check --deploy`. A
demonstration and DEBUG are let off what only matters in production.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine only."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@register()
def addresses(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """JUSTIN_URL, JUSTIN_INFO_URL and SITE_URL can be used as they are."""
    found: list[CheckMessage] = []
    for name in ("JUSTIN_URL", "JUSTIN_INFO_URL"):
        url = getattr(settings, name)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            found.append(
                Error(
                    f"{name} is no web address: {url!r}.", hint="Give it whole, e.g. https://host/dashboard/.", id="portal.E001"
                )
            )
        elif not url.endswith("/"):
            found.append(Error(f"{name} lacks its final slash: {url!r}.", hint=f"Set {name}={url}/.", id="portal.E002"))
    parts = urlsplit(settings.METACAT_URL)
    if settings.METACAT_URL and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
        found.append(
            Error(
                f"METACAT_URL is no web address: {settings.METACAT_URL!r}.",
                hint="Give all that comes before /data/query, e.g. https://host:9443/dune_meta_prod/app, or leave it empty.",
                id="portal.E015",
            )
        )
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        found.append(
            Error(
                f"SITE_URL is no web address: {settings.SITE_URL!r}.",
                hint="Give the address that readers type, e.g. SITE_URL=https://portal.example.org.",
                id="portal.E003",
            )
        )
    elif not validate_host(
        f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname, settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1"]
    ):
        found.append(
            Error(
                f"SITE_URL names {parts.hostname}, which ALLOWED_HOSTS does not: readers would only get an error page.",
                hint=f"Set ALLOWED_HOSTS={','.join([*settings.ALLOWED_HOSTS, parts.hostname])}.",
                id="portal.E004",
            )
        )
    return found


@register()
def files(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """DATA_DIR can be written and the certificates can be read."""
    found: list[CheckMessage] = []
    folder = Path(settings.DATA_DIR)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        found.append(
            Error(
                f"The portal cannot write to DATA_DIR, {folder}.",
                hint="Make the folder, and give it to the account under which the portal runs (chown), "
                "or set DATA_DIR to one that it may write.",
                id="portal.E005",
            )
        )
    for name in ("JUSTIN_CA_BUNDLE", "METACAT_CA_BUNDLE"):
        bundle = getattr(settings, name)
        if bundle and not (Path(bundle).is_file() and os.access(bundle, os.R_OK)):
            found.append(
                Error(
                    f"{name} names {bundle}, which is no readable file.",
                    hint="Give the path of a PEM file of certificates, or leave it empty for the system's.",
                    id="portal.E006",
                )
            )
    return found


@register()
def demonstration(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A demonstration, whose passwords everybody knows, is never at a public address."""
    if settings.DEMO and not is_loopback(settings.SITE_URL):
        return [
            Error(
                f"DEMO is on, and SITE_URL is {settings.SITE_URL}: everybody could log in with the known passwords.",
                hint="Leave DEMO out for a real site; or show the demonstration at http://127.0.0.1 only.",
                id="portal.E007",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def production(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """What a production site must set: its key, its contact at justIN, no debugging."""
    if settings.DEMO:
        return []
    found: list[CheckMessage] = []
    if settings.SECRET_KEY_IS_KEPT and settings.SITE_URL.startswith("https://"):
        found.append(
            Error(
                "SECRET_KEY is not set: the portal made one and keeps it beside its data, where backups copy it.",
                hint="Set SECRET_KEY (or SECRET_KEY_FILE) to a long random text, the same for web, worker and beat: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'.",
                id="portal.E008",
            )
        )
    if not settings.JUSTIN_CONTACT and not is_loopback(settings.JUSTIN_URL):
        found.append(
            Error(
                "JUSTIN_CONTACT is empty: the people who run justIN would not know whom to write to.",
                hint="Set JUSTIN_CONTACT to a mail address that is read.",
                id="portal.E009",
            )
        )
    if settings.JUSTIN_PAUSE_SECONDS <= 0 and not is_loopback(settings.JUSTIN_URL):
        found.append(
            Error(
                "JUSTIN_PAUSE_SECONDS is 0: the portal would ask justIN without a pause.",
                hint="Leave it out for the default of 1 second.",
                id="portal.E010",
            )
        )
    return found


@register(Tags.security, deploy=True)
def surroundings(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warnings: what works, and not for long or not for many."""
    if settings.DEMO or settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if on_sqlite and settings.REDIS_URL:
        found.append(
            Warning(
                "Redis is used, and the database is SQLite: workers on other machines would not see it.",
                hint="Set DATABASE_URL=postgres://… for more than one machine.",
                id="portal.W001",
            )
        )
    if not on_sqlite and not settings.REDIS_URL:
        found.append(
            Warning(
                "PostgreSQL is used without Redis: tasks and the limits on wrong passwords stay in folders of one machine.",
                hint="Set REDIS_URL=redis://….",
                id="portal.W002",
            )
        )
    return found
