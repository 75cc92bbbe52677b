"""Whether a request may have a partner's feed: which key it brings, and what is logged of it.

A key comes as `Authorization: Bearer KEY`, as the password of Basic authentication with any user
name, or in the path, which takes precedence. All refusals look the same; the reason is only in
the log, without the key.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Request, Response
from werkzeug.exceptions import Unauthorized

from feedsvc.index import FaultReporter
from feedsvc.site.partners import Selection, check_key
from feedsvc.words import make_message

log = logging.getLogger(__name__)
CHALLENGES = (  # Werkzeug omits the quotes of a realm (RFC 9110, section 11.5)
    'Basic realm="partners", charset="UTF-8"',  # RFC 7617
    'Bearer realm="partners"',  # RFC 6750
)


class KeyRequired(Unauthorized):
    """A feed of a partner was requested without a valid key."""

    def __init__(self) -> None:
        super().__init__(
            make_message("This feed is for one partner; the key is missing or not valid.")
        )

    def get_headers(self, *arguments: Any) -> list[tuple[str, str]]:
        challenges = [("WWW-Authenticate", one) for one in CHALLENGES]
        return [*super().get_headers(*arguments), *challenges]


class PartnerAccess:
    """Who may have the feeds of partners; keys expire by the days of *zone*, the site's."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.reporter = FaultReporter(log)  # a sentence for each partner and reason, so few

    def check(self, partner: Selection, key: str, request: Request, now: float) -> None:
        """Raise KeyRequired if *request* may not have the feed; *key* is the one in its path."""
        if partner.keys is None:
            return
        today = datetime.fromtimestamp(now, self.zone).date()
        checked = check_key(key or get_key(request), partner.keys, today)
        if not checked.is_valid:
            asked = f"a request for the feed of the partner {partner.name}"
            self.reporter.report(f"{asked} was refused: {checked.reason}")
            raise KeyRequired


def get_key(request: Request) -> str:
    """Return the key in the headers of *request*, "" if there is none."""
    try:
        given = request.authorization
    except ValueError:  # Werkzeug's, for characters beyond ASCII in the base64
        return ""
    if given is None:
        return ""
    return (given.password if given.type == "basic" else given.token) or ""


def keep_private(response: Response) -> None:
    """Let no cache but the client's own hold *response*, and no page of another site read it."""
    headers = response.headers
    control = headers.get("Cache-Control", "")
    parts = [
        one for one in control.replace("public", "private").split(", ") if "s-maxage" not in one
    ]
    headers["Cache-Control"] = ", ".join(parts)
    headers["Vary"] = f"Authorization, {headers['Vary']}"
    headers["Referrer-Policy"] = "no-referrer"  # the key may be in the path
    headers.pop("Access-Control-Allow-Origin", None)
