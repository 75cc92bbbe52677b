"""The one tree of errors: facts are attributes, the sentence is made in `__str__`.

An error that a request can meet has its HTTP status as `status`. Nothing here is
logged or answered: commands, the web and the index decide what an error costs.
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
    """Something is wrong at a place that its *subject* names: `feeds.limit: 'x' is no number`."""

    def __init__(self, subject: str, message: str, remedy: str = "") -> None:
        super().__init__(subject, message, remedy)
        self.subject = subject
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        sentence = join_remedy(self.message, self.remedy)
        # a subject is as its author wrote it: a key of TOML and a file's name can have a line end
        return escape_controls(f"{self.subject}: {sentence}" if self.subject else sentence)


class SettingsError(LocatedError):
    """A setting that stops the start; its key is the *subject*, "" for the whole file."""


class ListingError(LocatedError):
    """A value that no listing can have; the parameter of the query is the *subject*."""

    status = 400


class DateError(FeedsvcError):
    """A text that names no moment for certain; *reason* continues the quoted text."""

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
    """An object store that does not do its part; its URL is the *subject*."""


class FileError(LocatedError):
    """A file or folder that cannot be read or written; its path is the *subject*."""


class IndexFileError(FileError):
    """An index that is not there yet, was replaced, or cannot be opened."""


class IndexNotReadyError(FeedsvcError):
    """There is no index that can be read: the first one is being built, or a damaged one anew."""

    status = 503

    def __str__(self) -> str:
        return "the entries are not ready to be shown yet; try again in a few seconds"


class EntryChangedError(FeedsvcError):
    """A file is no longer what the index says: read the index again."""

    status = 503

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path!r} has changed since it was indexed"
