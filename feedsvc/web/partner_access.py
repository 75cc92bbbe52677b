"""Whether a request may have a partner's feed: which key it brings, and what is logged of it.

A key comes as `Authorization: Bearer KEY`, as the password of Basic authentication under any name,
or in the path; one in the path goes first. Refusals are alike whatever the reason is, which stands
in the log alone, without the key.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Request, Response
from werkzeug.exceptions import Unauthorized

from feedsvc.site.partners import Selection, check_key
from feedsvc.words import make_message

log = logging.getLogger(__name__)
LOG_SECONDS = 60.0  # between two lines on one partner and reason
CHALLENGES = (  # a realm is in quotes (RFC 9110, section 11.5), which Werkzeug leaves out
    'Basic realm="partners", charset="UTF-8"',  # RFC 7617
    'Bearer realm="partners"',  # RFC 6750
)


class KeyRequired(Unauthorized):
    """A feed of a partner was asked for without a key that is valid."""

    def __init__(self) -> None:
        super().__init__(
            make_message("This feed is for one partner; the key is missing or not valid.")
        )

    def get_headers(self, *arguments: Any) -> list[tuple[str, str]]:
        challenges = [("WWW-Authenticate", one) for one in CHALLENGES]
        return [*super().get_headers(*arguments), *challenges]


class PartnerAccess:
    """Who may have the feeds of partners; *zone* is the site's, in which keys end."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.logged: dict[tuple[str, str], float] = {}  # by partner and reason: few, all ours

    def check(self, partner: Selection, key: str, request: Request, now: float) -> None:
        """Raise KeyRequired where *request*, with the *key* of its path, may not have the feed."""
        if partner.keys is None:
            return
        today = datetime.fromtimestamp(now, self.zone).date()
        checked = check_key(key or get_key(request), partner.keys, today)
        if not checked.is_valid:
            self._log(partner.name, checked.reason)
            raise KeyRequired

    def _log(self, name: str, reason: str) -> None:
        now = time.monotonic()
        if now - self.logged.get((name, reason), -LOG_SECONDS) >= LOG_SECONDS:
            self.logged[name, reason] = now
            log.warning("a request for the feed of the partner %s was refused: %s", name, reason)


def get_key(request: Request) -> str:
    """Return the key in the headers of *request*, "" without one."""
    try:
        given = request.authorization
    except ValueError:  # Werkzeug's, for what is beyond ASCII where base64 should be
        return ""
    if given is None:
        return ""
    return (given.password if given.type == "basic" else given.token) or ""


def keep_private(response: Response) -> None:
    """Let no cache but the client's own hold *response*, and nobody else's page read it."""
    headers = response.headers
    control = headers.get("Cache-Control", "")
    parts = [
        one for one in control.replace("public", "private").split(", ") if "s-maxage" not in one
    ]
    headers["Cache-Control"] = ", ".join(parts)
    headers["Vary"] = f"Authorization, {headers['Vary']}"
    headers["Referrer-Policy"] = "no-referrer"  # the key may be in the path
    headers.pop("Access-Control-Allow-Origin", None)
