"""Expected results that stand in files of their own, rewritten by `--update-golden`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Golden:
    """Compares results with files, or writes the files anew where *update* is set."""

    def __init__(self, update: bool) -> None:
        self.update = update

    def compare(self, file: Path, data: bytes) -> None:
        """Assert that *data* is what *file* holds, with a readable difference if it is not."""
        if self.update:
            file.write_bytes(data)

        assert file.exists(), f"{file} is missing: --update-golden writes it"
        assert data.decode("utf-8") == file.read_text(encoding="utf-8")

    def compare_json(self, file: Path, value: dict[str, Any]) -> None:
        """Assert that *file* holds *value* as indented JSON."""
        if self.update:
            text = json.dumps(value, ensure_ascii=False, indent=1)
            file.write_text(f"{text}\n", encoding="utf-8")

        assert file.exists(), f"{file} is missing: --update-golden writes it"
        assert value == json.loads(file.read_text(encoding="utf-8"))
