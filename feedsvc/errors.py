"""The one tree of errors: facts are attributes, `__str__` makes the sentence.

An error that a request can cause has its HTTP status as `status`. Nothing is logged or
answered here: commands, the web and the index decide how to handle an error.
"""

from __future__ import annotations

from typing import ClassVar

from feedsvc.log_lines import escape_controls


class FeedsvcError(Exception):
    """Base of every error that is raised on purpose."""

    status: ClassVar[int] = 500


def join_remedy(message: str, remedy: str) -> str:
    """Return *message* and *remedy* as one sentence: `'March' names no day; write the date`."""
    return f"{message}; {remedy}" if remedy else message


class LocatedError(FeedsvcError):
    """An error at a place that its *subject* names: `feeds.limit: 'x' is no number`."""

    def __init__(self, subject: str, message: str, remedy: str = "") -> None:
        super().__init__(subject, message, remedy)
        self.subject = subject
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        sentence = join_remedy(self.message, self.remedy)
        # a subject is as written: a TOML key and a file name may contain a line end
        return escape_controls(f"{self.subject}: {sentence}" if self.subject else sentence)


class SettingsError(LocatedError):
    """An invalid setting, which stops the start; *subject* is its key, "" for the whole file."""


class ListingError(LocatedError):
    """A value that no listing can have; *subject* is the query parameter."""

    status = 400


class DateError(FeedsvcError):
    """A text that names no certain moment; *reason* continues the quoted text."""

    def __init__(self, text: str, reason: str, remedy: str = "") -> None:
        super().__init__(text, reason, remedy)
        self.text = text
        shown = text if len(text) <= 64 else text[:61] + "..."
        self.message = f"{shown!r} {reason}"
        self.remedy = remedy

    def __str__(self) -> str:
        return join_remedy(self.message, self.remedy)


class EntryError(FeedsvcError):
    """A file that cannot be published: a stable *code*, what is wrong, and what would be right."""

    def __init__(
        self,
        code: str,
        message: str,
        remedy: str = "",
        *,
        field: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(code, message, remedy, field, line)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.field = field
        self.line = line

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return where + escape_controls(join_remedy(self.message, self.remedy))


class StoreError(LocatedError):
    """A failure of an object store; *subject* is its URL."""


class FileError(LocatedError):
    """A file or folder that cannot be read or written; *subject* is its path."""


class IndexFileError(FileError):
    """An index that does not exist yet, was replaced, or cannot be opened."""


class IndexNotReadyError(FeedsvcError):
    """No index can be read: the first one is being built, or a damaged one rebuilt."""

    status = 503

    def __str__(self) -> str:
        return "the entries are not ready to be shown yet; try again in a few seconds"


class EntryChangedError(FeedsvcError):
    """A file differs from its row in the index: read the index again."""

    status = 503

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path!r} has changed since it was indexed"
