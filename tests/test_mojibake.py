"""Words that were read in a wrong encoding are named, with what they were; others are not."""

from __future__ import annotations

import pytest

from feedsvc.reading import decode_text
from tests.support.commands import Run
from tests.support.entries import write_entry

RUSSIAN = "Привет, это новости нашего города. Паром ходит по воскресеньям. Билеты как раньше."
JAPANESE = "これは日本語の文章です。今日のニュースをお知らせします。"
CHINESE = "中文新闻，今天开放渡轮码头，欢迎大家前来参观。"
GARBLED = [  # what it was, its encoding, what has read it, words that must be named
    ("Le café est ouvert", "utf-8", "cp1252", "café"),
    ("Größe und Straße", "utf-8", "cp1252", "Größe"),
    ("It’s the harbour’s", "utf-8", "cp1252", "It’s"),
    ("São Paulo", "utf-8", "latin-1", "São"),
    ("20 °C at noon", "utf-8", "cp1252", "°C"),
    ("Łódź i żółw", "utf-8", "cp1252", "Łódź"),
    ("🚢 Ferry", "utf-8", "cp1252", "🚢"),
    (CHINESE * 2, "utf-8", "cp1252", CHINESE[:10]),
    (JAPANESE * 2, "utf-8", "cp1252", JAPANESE[:10]),
    ("ελληνικά νέα της πόλης " * 3, "utf-8", "cp1252", "ελληνικά"),
    (RUSSIAN, "utf-8", "cp1251", "Привет"),
    (RUSSIAN, "utf-8", "cp1252", "Привет"),
    (RUSSIAN, "koi8-r", "cp1251", "Привет"),
    (RUSSIAN, "cp1251", "koi8-r", "Привет"),
    (RUSSIAN, "cp1251", "cp1252", "Привет"),
    (CHINESE * 2, "gbk", "latin-1", CHINESE[:10]),
    ("中文新聞，今天開放渡輪碼頭，歡迎大家前來參觀。" * 2, "big5", "cp1252", "中文新聞"),
    (JAPANESE * 2, "shift_jis", "cp1252", JAPANESE[:10]),
    ("한국어 뉴스, 오늘 항구가 공개되었습니다." * 2, "euc-kr", "cp1252", "한국어"),
]
SOUND = [  # real texts, with what looks like it
    "« À l’été »… Élan, NESTLÉ®, « CAFÉ », l’été”, MANHÃ”, GROẞ“, 5 €",
    "NÃO, IRMÃS, PÃES – Ângela, Ética, Âmbar; Åse, Ärger, Ñandú, Ðorður, ÑOÑO",
    "«ÉTÉ» – „Ä“, “Ü” ‘Ö’ Ä°C? É… Ç– Ô— Ê•",
    "Das Maß: 3 µm², 20 °C, ½ kg; £5, ¥7, §3, ©2026, ¿qué?, ¡sí!",
    "ВНИМАНИЕ: ПАРОМ НЕ ХОДИТ. МЧС России сообщает, что СССР и ООН …" * 3,
    RUSSIAN * 3,
    CHINESE * 5,
    JAPANESE * 5,
    "Ünï çödé ñåmé ærø ýþß àèìòù âêîôû äëïöü ãõñ " * 3,
    "Tiếng Việt: Hà Nội mở cửa bến phà mới vào thứ Bảy, ÂÂ Ă Ô Ơ Ư" * 3,
    "Źródło: Łódź, żółć, gęś, jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy." * 3,
    "İstanbul’da yeni iskele açıldı; ığüşöç İĞÜŞÖÇ" * 3,
    "العبارة المسائية لها رصيف خاص بها" * 3,
]


def garble(words: str, codec: str, reader: str) -> str:
    return "".join(
        bytes([byte]).decode(reader, "ignore") or chr(byte) for byte in words.encode(codec)
    )


@pytest.mark.parametrize(("words", "codec", "reader", "named"), GARBLED)
def test_garbled_words_are_named_with_their_line(
    words: str, codec: str, reader: str, named: str
) -> None:
    text = f"A title\n\n{garble(words, codec, reader)}\n"
    (problem,) = decode_text(text.encode()).problems

    assert (problem.code, problem.line) == ("mojibake", 3)
    assert f"was '{named}" in problem.message
    assert problem.remedy


def test_what_was_garbled_twice_is_named_as_it_was() -> None:
    text = garble(garble("Le café", "utf-8", "cp1252"), "utf-8", "cp1252")
    (problem,) = decode_text(text.encode()).problems

    assert "was 'café' before" in problem.message


@pytest.mark.parametrize("text", SOUND)
def test_real_texts_are_left_alone(text: str) -> None:
    assert decode_text(text.encode()).problems == ()
    assert decode_text(f"{text}\n{text}".encode()).problems == ()


def test_check_names_it(run: Run, entries_dir: object) -> None:
    write_entry(entries_dir, "a.md", garble("Un café", "utf-8", "cp1252"))  # type: ignore[arg-type]
    result = run("check")

    assert result.exit_code == 1
    assert "line 2: 'cafÃ©' was 'café' before it was read as Windows-1252" in result.stdout
