"""A page saved by a browser or Office, and the folder beside it with its files.

Comes in: the path of a file. Goes out: the page that it was saved with.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from feedsvc.memo import remember_short

SAVED_PAGE_FOLDER = re.compile(  # in the language of the program
    r"(?i)(?<=[^/])[_.-](?:files?|dateien|fichiers|archivos|bestanden|arquivos|ficheiros"
    r"|filer|tiedostot|pliki|soubory|súbory|elemei|fájlok|fájljai|dosyalar|datoteke|fajlovi|fitxers"
    r"|fitxategiak|failid|fails|bylos|fișiere|файлы|файли|файлове|αρχεία)/"
)
SAVED_PAGE_EXTENSIONS = ("html", "htm", "xhtml")


def get_saved_page(path: str) -> str:
    """Return the path without its ending of the page that *path* was saved with, "" for none."""
    return _get_page_of_folder(path[: path.rfind("/") + 1])


@remember_short(64, 1_000)  # files are read folder by folder
def _get_page_of_folder(folder: str) -> str:
    page = ""
    for match in SAVED_PAGE_FOLDER.finditer(folder):
        page = folder[: match.start()]
    return page


def is_part_of_saved_page(root: Path, path: str) -> bool:
    """Return whether a browser has saved *path* with a page, which lies beside its folder."""
    page = get_saved_page(path)
    if not page:
        return False
    folder, _, stem = page.rpartition("/")
    names = [f"{stem}.{one}" for one in SAVED_PAGE_EXTENSIONS]
    return any(os.access(root / folder / name, os.F_OK) for name in names) or (
        is_part_of_saved_page(root, page)
    )
