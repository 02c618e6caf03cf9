"""A channel of people's chat: Slack's and Mattermost's incoming webhooks, which take {"text": …}. Without an address, none."""

from __future__ import annotations

import logging

import requests
from django.conf import settings

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
LONGEST_TEXT = 4_000  # characters; what Mattermost takes, and Slack asks for


def is_set() -> bool:
    """Whether there is a channel to write to."""
    return bool(settings.NOTICES_WEBHOOK_URL)


def post(text: str, *, timeout_seconds: float = ANSWER_SECONDS) -> bool:
    """Write plain text to the channel; returns whether it took it. Tries twice, raises nothing that the network does.

    The address is a secret: it is never logged, and never sent on to where a redirect points.
    """
    if not is_set():
        return False
    body = {"text": as_written(text)}
    for is_last in (False, True):
        try:
            answer = requests.post(
                settings.NOTICES_WEBHOOK_URL,
                json=body,
                timeout=(min(CONNECT_SECONDS, timeout_seconds), timeout_seconds),
                allow_redirects=False,
                auth=_no_auth,
                stream=True,  # what it answers is not read
            )
        except requests.RequestException as error:
            problem = type(error).__name__  # its text has the address
            is_hopeless = isinstance(error, ValueError)  # the address is none
        else:
            answer.close()
            if answer.ok and not answer.is_redirect:
                return True
            problem = f"it answered {answer.status_code}"
            is_hopeless = answer.status_code < 500 and answer.status_code != requests.codes.too_many_requests
        if is_last or is_hopeless:
            log.warning("The channel of NOTICES_WEBHOOK_URL took no message: %s.", problem)
            return False
        log.info("The channel of NOTICES_WEBHOOK_URL is tried once more: %s.", problem)
    return False


def as_written(text: str) -> str:
    """Plain text so that nothing in it becomes a link's disguise or calls everybody, and no longer than a channel takes."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")
    if len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT - 2].rsplit("\n", 1)[0] + "\n…"


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Else requests would send what a .netrc file holds."""
    return request
