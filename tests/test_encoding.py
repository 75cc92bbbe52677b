"""Bytes become text: encodings are detected or refused; names alone show what a file can be."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from feedsvc.errors import EntryError
from feedsvc.file_kinds import classify, get_affected_entries
from feedsvc.reading import decode_text

TEXTS = {
    "de": "Die neue Anlage läuft. Größe zählt, sagt die Behörde für Häfen.",
    "fr": "Le port a été agrandi. Où que vous soyez, ça va très bien.",
    "es": "El puerto abrió. ¿Qué será lo más importante el año próximo?",
    "pl": "Port został otwarty. Żółta łódź płynęła, więc goście byli zachwyceni.",
    "cs": "Přístav byl otevřen. Žluťoučký kůň se díval, jak loď připlouvá.",
    "ru": "Порт открыт. Это важная новость для всех, кто ждал её долго.",
    "el": "Το λιμάνι άνοιξε. Είναι σημαντικά νέα για όλους τους κατοίκους.",
    "zh": "港口今天开放。这是对所有人都很重要的消息，大家都来了。",
    "tw": "港口今天開放。這是對所有人都很重要的消息，大家都來了。",
    "ja": "港が本日オープンしました。詳しくはこちらをご覧ください。",
    "ko": "항구가 오늘 문을 열었습니다. 모두에게 중요한 소식입니다.",
}


@pytest.mark.parametrize(
    ("language", "encoding", "told"),
    [
        ("de", "utf-8", "utf-8"),
        ("de", "utf-8-sig", "utf-8-sig"),
        ("zh", "utf-16", "utf-16"),
        ("de", "utf-16-le", "utf-16-le"),
        ("de", "utf-16-be", "utf-16-be"),
        ("ru", "utf-32", "utf-32"),
        ("de", "latin-1", "iso-8859-1"),
        ("fr", "cp1252", "iso-8859-1"),
        ("es", "latin-1", "iso-8859-1"),
        ("pl", "cp1250", "windows-1250"),
        ("pl", "iso8859-2", "iso-8859-2"),
        ("cs", "cp1250", "windows-1250"),
        ("ru", "cp1251", "windows-1251"),
        ("ru", "koi8-r", "koi8-r"),
        ("el", "cp1253", "iso-8859-7"),
        ("zh", "gb18030", "gb18030"),
        ("tw", "big5", "big5"),
        ("ja", "euc_jp", "euc-jp"),
        ("ja", "cp932", "shift_jis"),
        ("ja", "iso2022_jp", "iso-2022-jp"),
        ("ko", "cp949", "euc-kr"),
    ],
)
def test_encodings_are_found_and_told(language: str, encoding: str, told: str) -> None:
    text = f"Title: {TEXTS[language]}\n\n{TEXTS[language]}\n"

    read = decode_text(text.encode(encoding))

    assert (read.text, read.encoding) == (text, told)
    guessed = [] if told.startswith(("utf", "iso-2022")) else ["encoding-guessed"]
    assert [problem.code for problem in read.problems] == guessed


ROWS = tomllib.loads((Path(__file__).parent / "encodings.toml").read_text(encoding="utf-8"))["text"]


def make_document(row: dict[str, str]) -> str:
    """Return a file with nothing beyond ASCII but the row's text, a headline or a paragraph."""
    if row["length"] == "short":
        rest = "date: 2026-03-02\nauthor: Anna Lee\ntags: [ferry, harbour]"
        return f"---\ntitle: {row['text']}\n{rest}\n---\n"
    return f"---\ntitle: Nordlicht 2026\ndate: 2026-03-02\nauthor: Anna Lee\n---\n\n{row['text']}\n"


def decode_or_refuse(data: bytes) -> str:
    """Return the text of *data*, or the code of the error."""
    try:
        return decode_text(data).text
    except EntryError as error:
        return error.code


def name_row(row: dict[str, str]) -> str:
    return f"{row['encoding']}-{row['language']}-{row['length']}"


@pytest.mark.parametrize("row", ROWS, ids=name_row)
def test_an_undeclared_encoding_is_right_or_refused(row: dict[str, str]) -> None:
    document = make_document(row)

    text = decode_or_refuse(document.encode(row["codec"]))

    assert text == ("encoding" if "refused" in row else document)


LEGACY_ROWS = [row for row in ROWS if not row["encoding"].startswith(("utf-16", "iso-2022"))]


@pytest.mark.parametrize("row", LEGACY_ROWS, ids=name_row)
def test_a_true_declaration_is_believed(row: dict[str, str]) -> None:
    page = f'<meta charset="{row["encoding"]}">\n{make_document(row)}'

    read = decode_text(page.encode(row["codec"]))

    assert (read.text, read.encoding, read.problems) == (page, row["encoding"], ())


@pytest.mark.parametrize("declared", ["utf-8", "utf-16", "shift_jis", "iso-8859-1", "x-nonsense"])
@pytest.mark.parametrize("codec", ["gb18030", "cp1251", "koi8-r", "euc_jp", "big5", "cp949"])
def test_a_false_declaration_is_not_believed(declared: str, codec: str) -> None:
    row = next(
        row for row in ROWS if row["codec"] == codec.replace("-", "_") and row["length"] == "long"
    )
    page = f'<meta charset="{declared}">\n{make_document(row)}'

    read = decode_text(page.encode(codec))

    assert (read.text, [problem.code for problem in read.problems]) == (page, ["encoding-guessed"])
    assert f"is not the {declared} that it declares" in read.problems[0].message


@pytest.mark.parametrize(
    ("declared", "data", "text"),
    [
        ("iso-8859-7", b"\xe9", "ι"),
        ("iso-8859-1", b"\x84Skarvik\x93", "„Skarvik“"),
        ("US-ASCII", b"caf\xe9", "café"),
        ("latin1", b"\x80 12", "€ 12"),
        ("iso-8859-9", b"\xfe \x99", "ş ™"),
        ("tis-620", b"\xa1\x85", "ก…"),
        ("iso-8859-11", b"\xa1", "ก"),
        ("gb2312", b"\xe9F", "镕"),  # of GBK
        ("x-sjis", b"\x87\x40", "①"),  # of Windows
        ("euc-jp", b"\xad\xa1", "①"),
        ("ks_c_5601-1987", b"\x8c\x63", "똠"),
        ("big5", b"\x87\x40", "䏰"),  # of Hong Kong
        ("win-1251", b"\xe9", "encoding"),  # no label
        ("cp850", b"\x84", "ä"),  # no label, and Python's
    ],
)
def test_labels_mean_what_they_mean_to_browsers(declared: str, data: bytes, text: str) -> None:
    head = f'<meta charset="{declared}">'.encode()

    assert decode_or_refuse(head + data).removeprefix(head.decode()) == text


def test_an_uncertain_encoding_names_the_best_guess_and_the_remedy() -> None:
    with pytest.raises(EntryError) as caught:
        decode_text("title: Caffè\n".encode("latin-1"))

    assert "perhaps" in str(caught.value)
    assert "save it as UTF-8, or declare the encoding" in str(caught.value)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("padding", ["charset=" + " " * 2_000_000, "charset= " * 300_000])
def test_hostile_declarations_take_linear_time(padding: str) -> None:
    text = f"{padding}ÿ"

    assert decode_or_refuse(text.encode("latin-1")) in ("encoding", text)


@pytest.mark.parametrize(
    ("ends", "text"), [("a\r\nb\r\n", "a\nb\n"), ("a\rb\r", "a\nb\n"), ("a\nb", "a\nb")]
)
def test_line_ends_are_one(ends: str, text: str) -> None:
    assert decode_text(ends.encode()).text == text


def test_what_xml_forbids_is_gone() -> None:
    assert decode_text("a\x0bb\x07c\ufffed\x9fe\u200bf".encode()).text == "a bcde\u200bf"


def test_a_lost_character_is_a_problem() -> None:
    text = decode_text("one\ntw\ufffdo\n".encode())

    assert (text.text, [(problem.code, problem.line) for problem in text.problems]) == (
        "one\ntwo\n",
        [("lost-character", 2)],
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"\x01\x02\x03" * 50, "binary"),
        ("größer, höher, weiter, schöner, ".encode() + b"\xff", "encoding"),
        (b"\xff\xfea\0b\0\0\xd8", "encoding"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(EntryError) as caught:
        decode_text(data)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.md", "entry"),
        ("2024/01/a.TXT", "entry"),
        ("a/index.html", "entry"),
        ("release-1.2", "entry"),
        ("a.json", "entry"),
        ("_posts/2024-01-02-a.md", "entry"),
        ("_drafts/a.md", "entry"),
        ("a/gate.PNG", "asset"),
        ("a.pdf", "asset"),
        ("a.yaml", "sidecar"),
        ("a.meta", "sidecar"),
        ("a.11tydata.json", "sidecar"),
        ("news/_index.md", "defaults"),
        ("news/news.json", "defaults"),
        ("news/news.11tydata.json", "defaults"),
        ("README.md", "ignored"),
        ("a/readme", "ignored"),
        (".hidden.md", "ignored"),
        (".git/a.md", "ignored"),
        ("_layouts/a.html", "ignored"),
        ("a.md~", "ignored"),
        ("a.md.swp", "ignored"),
        ("a.sync-conflict-20260302-101010-ABCDEFG.md", "ignored"),
        ("a (Ida's conflicted copy 2026-03-02).md", "ignored"),
        ("a (conflicted copy).md", "ignored"),
        ("2026-03-02-sync-conflict.md", "entry"),
        ("robots.txt", "ignored"),
        ("Makefile", "ignored"),
        ("tool.py", "ignored"),
    ],
)
def test_names_tell_what_a_file_can_be(path: str, kind: str) -> None:
    assert classify(path) == kind


@pytest.mark.parametrize(
    ("path", "whom"),
    [
        ("a/b.yaml", ("stem", "a/b")),
        ("a/b.json", ("stem", "a/b")),
        ("a/b.11tydata.json", ("stem", "a/b")),
        ("a/_index.md", ("folder", "a/")),
        ("_index.md", ("folder", "")),
        ("a/a.json", ("folder", "a/")),
        ("a/b.md", None),
        ("a/b.png", None),
    ],
)
def test_a_change_concerns_those_who_inherit(path: str, whom: tuple[str, str] | None) -> None:
    assert get_affected_entries(path) == whom


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        ("Le café est ouvert à Noël, déjà fêté.", "latin-1"),
        ("Die Fähre fährt über die Förde, größer als früher.", "latin-1"),
        ("Færgen sejler på søndag fra Ærø, også i år.", "latin-1"),
        ("El año pasado llegó la compañía más grande.", "cp1252"),
        ("Паром отправится в понедельник утром.", "cp1251"),
        ("Το πλοίο αναχωρεί τη Δευτέρα το πρωί.", "cp1253"),
    ],
)
@pytest.mark.parametrize("times", [1, 9])
def test_no_word_is_in_two_alphabets(words: str, codec: str, times: int) -> None:
    text = f"---\ntitle: {words}\ndate: 2024-05-06\n---\n{words * times}\n"

    assert decode_text(text.encode(codec)).text == text
