"""One tree of errors: facts are attributes, the sentence is made in `__str__`."""

from __future__ import annotations


class FeedsvcError(Exception):
    """Base of every error that is raised on purpose."""


class SettingsError(FeedsvcError):
    """A setting that stops the start: which key, what stands there, what would be right."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}" if self.key else self.problem


class DateError(FeedsvcError):
    """Words that name no moment for certain; *remedy* says what to write instead."""

    def __init__(self, words: str, reason: str, remedy: str = "") -> None:
        super().__init__(words, reason, remedy)
        self.words = words
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        shown = self.words if len(self.words) <= 64 else self.words[:61] + "..."
        sentence = f"{shown!r} {self.reason}"
        return f"{sentence}; {self.remedy}" if self.remedy else sentence


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
        return f"{where}{self.message}" + (f"; {self.remedy}" if self.remedy else "")


class StoreError(FeedsvcError):
    """An index that cannot be used: its file, and what is wrong with it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


class DeskError(FeedsvcError):
    """A file that is not written, or a feed that is not taken in: its path, and why."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


class ListingError(FeedsvcError):
    """A listing that cannot be: a parameter with a bad value (400) or a name that no entry bears (404)."""

    def __init__(self, status: int, parameter: str, problem: str) -> None:
        super().__init__(status, parameter, problem)
        self.status = status
        self.parameter = parameter
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.parameter}: {self.problem}"
