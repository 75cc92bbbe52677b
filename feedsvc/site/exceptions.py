"""404, 410 and 301 as exceptions of Werkzeug: raised in `site`, rendered by `web.errors`."""

from __future__ import annotations

from werkzeug.exceptions import Gone, HTTPException, NotFound

from feedsvc.words import make_message


class _WithRemedy(HTTPException):
    def __init__(self, description: str | None = None, remedy: str = "") -> None:
        super().__init__(description)
        self.remedy = remedy


class DocumentNotFound(_WithRemedy, NotFound):
    """There is nothing at this address; *remedy* says what else to try."""

    description = make_message("There is no page at this address.")


class ListingNotFound(DocumentNotFound):
    """A listing whose path names a term or period that no entry ever had."""

    def __init__(self) -> None:
        super().__init__(
            make_message("Nothing is listed under this name."),
            make_message("It may be spelled differently, or no longer used."),
        )


class DocumentGone(_WithRemedy, Gone):
    """The entry at this address was retracted; *remedy* is the author's reason."""


class DocumentMoved(HTTPException):
    """The document at this address has moved permanently to *url*.

    Not Werkzeug's RequestRedirect, which Flask answers by itself, without our headers.
    """

    code = 301

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
