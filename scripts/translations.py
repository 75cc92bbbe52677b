"""Collect the words of templates and code, and bring the catalogues up to date with them.

    python -m scripts.translations

Writes feedsvc/translations/feedsvc.pot, and adds to each catalogue what it lacks, with an empty
translation; what is not used any more leaves it. A new language begins as an empty file, such as
feedsvc/translations/nl.po.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parent.parent / "feedsvc"
FOLDER = PACKAGE / "translations"
TEMPLATE = FOLDER / "feedsvc.pot"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "make_message": None,
    "say": None,
    "say_number": (1, 2),
}
OPTIONS = {
    "extensions": "jinja2.ext.i18n",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}
WIDTH = 100
STYLE_SHEET = PACKAGE / "pages" / "static" / "feed.css"
CSS_WORDS = re.compile(r'^  (--\w+): "(.+)";$', re.MULTILINE)
SPECIAL_TAGS = {  # languages for which CSS does not know what script they are written in
    "zh_Hans": ["zh"],
    "zh_Hant": ["zh-Hant", "zh-TW", "zh-HK", "zh-MO"],
}
CSS_END = "`python -m scripts.translations` writes them */\n"


def collect_messages() -> Catalog:
    """Return every message of the package, in the order of their English text."""
    catalog = Catalog(project="feedsvc", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        PACKAGE,
        [("**.py", "python"), ("pages/templates/**.html", "jinja2")],
        {"pages/templates/**.html": OPTIONS},
        keywords=KEYWORDS,
        comment_tags=("NOTE:",),
        strip_comment_tags=True,
    )
    for file, _, message, comments, context in found:
        # without numbers of lines, which would change with every edit of a file
        catalog.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    for _, words in CSS_WORDS.findall(STYLE_SHEET.read_text(encoding="utf-8")):
        comment = "in a browser that is shown a feed"
        catalog.add(words, None, [("pages/static/feed.css", 0)], auto_comments=[comment])
    return catalog


def render_style_sheet(catalogs: Iterable[Catalog]) -> str:
    """Return the feeds' style sheet with its words in each language."""
    text = STYLE_SHEET.read_text(encoding="utf-8")
    head = text[: text.index(CSS_END) + len(CSS_END)]
    rules = []
    for catalog in catalogs:
        tags = SPECIAL_TAGS.get(str(catalog.locale), [str(catalog.locale).replace("_", "-")])
        words = "".join(
            f' {name}: "{message.string}";'
            for name, english in CSS_WORDS.findall(text)
            if (message := catalog.get(english)) and message.string
        )
        if words:
            choice = ", ".join(f":lang({tag})" for tag in tags)
            rules.append(f":root:is({choice}) {{{words} }}\n")
    return head + "".join(rules)


def render(catalog: Catalog) -> bytes:
    """Return *catalog* as the text of its file, with no more of a header than gettext needs."""
    header = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    if catalog.locale is not None:
        header[:0] = [f"Language: {catalog.locale}"]
        header.append(f"Plural-Forms: {catalog.plural_forms}")
    lines = "".join(f'"{line}\\n"\n' for line in header)
    text = io.BytesIO()
    write_po(
        text,
        catalog,
        width=WIDTH,
        sort_output=True,
        ignore_obsolete=True,
        omit_header=True,
        include_lineno=False,
    )
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + text.getvalue()


def update(file: Path, template: Catalog) -> Catalog:
    """Return the catalogue of *file* with the messages of *template*, and no others."""
    catalog = read_po(io.BytesIO(file.read_bytes()), locale=file.stem)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    return catalog


def list_catalogs() -> Iterator[Path]:
    """Yield the file of each language."""
    yield from sorted(FOLDER.glob("*.po"))


def main() -> None:
    """Write the template and every catalogue."""
    template = collect_messages()
    TEMPLATE.write_bytes(render(template))
    catalogs = []
    for file in list_catalogs():
        catalog = update(file, template)
        lacking = [message.id for message in catalog if message.id and not message.string]
        file.write_bytes(render(catalog))
        catalogs.append(catalog)
        print(f"{file.name}: {len(catalog)} messages, {len(lacking)} to translate")
    STYLE_SHEET.write_text(render_style_sheet(catalogs), encoding="utf-8")


if __name__ == "__main__":
    main()
