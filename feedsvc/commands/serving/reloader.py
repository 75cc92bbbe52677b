"""What SIGHUP brings about in `feedsvc serve`: settings are read again, for new workers."""

from __future__ import annotations

import logging
from collections.abc import Callable

from feedsvc.errors import FeedsvcError
from feedsvc.index import IndexClient
from feedsvc.log_lines import configure_logging, escape_controls
from feedsvc.settings import Settings

log = logging.getLogger(__name__)


class SettingsReloader:
    """The settings of new workers, and their index; *load* reads the settings again."""

    def __init__(self, settings: Settings, load: Callable[[], Settings]) -> None:
        self.settings = settings
        self.load = load
        self.index = IndexClient(settings)
        self.next: tuple[Settings, IndexClient] | None = None
        self.last: IndexClient | None = None

    @property
    def is_pending(self) -> bool:
        """Whether new settings wait for their index."""
        return self.next is not None

    def begin(self) -> None:
        """Read the settings again, and start their index's writer; invalid ones change nothing.

        The current workers answer until that index is complete.
        """
        try:
            settings = self.load()
            index = IndexClient(settings)
        except (FeedsvcError, OSError) as error:
            log.error("SIGHUP: %s; the settings stay as they are", escape_controls(str(error)))
            return
        changed = list_changed_settings(self.settings, settings)
        log.info(
            "SIGHUP: %s", f"applied: {', '.join(changed)}" if changed else "nothing has changed"
        )
        self._drop_next()
        if settings == self.index.settings:
            index = self.index
        elif index.path == self.index.path:  # its one writer must have these settings
            self.index.close()
            self.index = index
        self.next = settings, index
        index.refresh()

    def advance(self) -> bool:
        """Use the next settings for new workers once their index is ready; return whether it is."""
        if self.next is None or not is_index_complete(self.next[1]):
            return False
        if self.next[1] is not self.index:
            self.last = self.index
        (self.settings, self.index), self.next = self.next, None
        configure_logging(self.settings.log.level, self.settings.log.format)
        return True

    def finish(self) -> None:
        """End the writer of an index that is no longer read."""
        log.info("SIGHUP: every worker is replaced")
        if self.last is not None:
            self.last.close()
            self.last = None

    def _drop_next(self) -> None:
        if self.next is not None and self.next[1] is not self.index:
            self.next[1].close()
        self.next = None

    def close(self) -> None:
        """End every writer."""
        self._drop_next()
        self.index.close()


def list_changed_settings(before: Settings, after: Settings) -> list[str]:
    """Return the settings that differ, as "section.key"."""
    old, new = (
        {
            f"{section}.{key}": value
            for section, table in settings.to_tables().items()
            if isinstance(table, dict)
            for key, value in table.items()
        }
        for settings in (before, after)
    )
    return sorted(name for name in old | new if old.get(name) != new.get(name))


def is_index_complete(index: IndexClient) -> bool:
    return index.is_ready() and index.is_current()
