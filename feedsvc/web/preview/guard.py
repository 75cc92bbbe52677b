"""Who may see a preview: a person at this machine, with a browser or another program.

A request must come from a loopback address, name one as its Host (against DNS rebinding), not be
forwarded by a proxy, and not be made by a page of another site. No cache keeps the responses, no
search engine lists them, and their links lead to the preview.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from feedsvc.web.file_bodies import FileBody
from feedsvc.web.local_requests import (
    is_from_other_site,
    is_loopback,
    is_passed_on,
    names_this_machine,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

OPEN_TO_ALL = ("access-control-allow-origin", "access-control-expose-headers")
REPLACED = (*OPEN_TO_ALL, "cache-control", "x-robots-tag", "cross-origin-resource-policy")
PRIVATE_HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
REWRITTEN_TYPE = re.compile(
    r"text/(?:html|plain|xml|x-opml)|application/[\w.+-]{0,60}(?:xml|json)", re.ASCII
)


class Guard:
    """WSGI middleware before *application*, whose links lead to *url*, the site's."""

    def __init__(self, application: WSGIApplication, url: str) -> None:
        self.application = application
        self.url = url

    def __call__(
        self, environ: WSGIEnvironment, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if reason := explain_refusal(environ):
            body = f"{reason}\n".encode()
            headers = [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(body))),
                *PRIVATE_HEADERS,
            ]
            start_response("403 FORBIDDEN", headers)
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
        own = f"http://{environ['HTTP_HOST']}/"
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the guard rewrites links in the body
        started: list[Any] = []

        def record_start(*start: Any) -> Callable[[bytes], object]:
            started[:] = [start]
            return lambda _: None

        result = self.application(environ, record_start)
        status, headers, *exc_info = started[0]
        if not isinstance(result, FileBody) and _is_rewritten(headers):
            body = b"".join(result).replace(self.url.encode(), own.encode())
            if hasattr(result, "close"):
                result.close()
            result = [body]
            headers = [one for one in headers if one[0].lower() != "content-length"]
            if environ["REQUEST_METHOD"] != "HEAD" and not status.startswith("304"):
                headers.append(("Content-Length", str(len(body))))
        headers = [
            (name, value.replace(self.url, own))
            for name, value in headers
            if name.lower() not in REPLACED
        ]
        start_response(status, headers + PRIVATE_HEADERS, *exc_info)
        return result


def _is_rewritten(headers: Iterable[tuple[str, str]]) -> bool:
    types = (value for name, value in headers if name.lower() == "content-type")
    return REWRITTEN_TYPE.match(next(types, "")) is not None


def explain_refusal(environ: WSGIEnvironment) -> str:
    """Return why the request is refused, "" if it is not."""
    if not is_loopback(environ.get("REMOTE_ADDR", "")):
        return "This is a preview of drafts: it answers only this machine."
    if is_passed_on(environ):
        return "This is a preview of drafts: it does not answer through a proxy."
    if not names_this_machine(environ):
        return "This is a preview of drafts: ask for it as http://127.0.0.1 or http://localhost."
    if is_from_other_site(environ):
        return "This is a preview of drafts: pages of other sites may not read it."
    return ""
