"""Mail that somebody saved: its words in plain, its way left out, its text decoded."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.dialects.mail import decode_words
from feedsvc.reading import read_file
from feedsvc.settings import Settings
from tests.support.entries import write_file


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("=?UTF-8?Q?caf=C3=A9_opens?=", "café opens"),
        ("=?utf-8?B?5riv5Y+j55S16L2m?=", "港口电车"),
        ("=?ISO-8859-1?q?K=F8benhavn?= ferry", "København ferry"),
        ("The =?UTF-8?Q?caf=C3=A9?= opens", "The café opens"),
        ("=?UTF-8?Q?caf=C3?= =?UTF-8?Q?=A9?=", "café"),
        ("=?UTF-8?Q?one?=\n=?UTF-8?B?LXR3bw==?=", "one-two"),
        ("=?UTF-8?Q?one?= =?ISO-8859-1?Q?_caf=E9?=", "one café"),
        ("=?UTF-8?Q?J=C3=B8rn?= <j@skarvik.example>", "Jørn <j@skarvik.example>"),
        ("=?gb2312?B?uNu/2g==?=", "港口"),
        ("=?utf-8*en?Q?tide?=", "tide"),
        ("=?nocharset?Q?tide?=", "=?nocharset?Q?tide?="),
        ("=?UTF-8?B?!!?=", "=?UTF-8?B?!!?="),
        ("=?UTF-8?X?a?=", "=?UTF-8?X?a?="),
        ("1 =? 2 ?= 3", "1 =? 2 ?= 3"),
        ("plain", "plain"),
    ],
)
def test_encoded_words_become_plain(words: str, plain: str) -> None:
    assert decode_words(words) == plain


MAIL = """Return-Path: <press@skarvik.example>
Received: from a.skarvik.example (a.skarvik.example [192.0.2.1])
\tby mx.example with ESMTP id 7;
\tMon, 2 Mar 2026 10:00:02 +0100
DKIM-Signature: v=1; a=rsa-sha256; d=skarvik.example
Status: RO
X-Mailer: Tide 3
To: news@harbour.example
Message-ID: <7@skarvik.example>
From: =?UTF-8?Q?J=C3=B8rn_Aske?= <press@skarvik.example>
Date: Mon, 2 Mar 2026 10:00:00 +0100
Subject: =?UTF-8?Q?The_caf=C3=A9_on?=
 =?UTF-8?Q?_the_quay_opens?=
{more}
{text}
"""


@pytest.mark.parametrize("above", ["", "From press@skarvik.example Mon Mar  2 10:00:02 2026\n"])
@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("", "Café from Monday."),
        (
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
            "Content-Transfer-Encoding: quoted-printable\n",
            "Caf=C3=A9 from =\nMonday.",
        ),
        (
            'Content-Type: text/plain; charset="iso-8859-1"\nContent-Transfer-Encoding: base64\n',
            "Q2Fm6SBmcm9tIE1vbmRheS4=",
        ),
    ],
)
def test_a_mail_is_known_by_what_its_programs_wrote(
    tmp_path: Path, above: str, more: str, text: str
) -> None:
    write_file(tmp_path, "a.txt", above + MAIL.format(more=more, text=text))
    reading = read_file(tmp_path, "a.txt", Settings())
    entry = reading.entry

    assert entry is not None, reading.problems
    assert (reading.state, reading.problems) == ("public", ())
    assert entry.title == "The café on the quay opens"
    assert str(entry.published) == "2026-03-02T10:00:00+01:00"
    assert [author.name for author in entry.authors] == ["Jørn Aske"]
    assert entry.body.strip() == "Café from Monday."


def test_a_mail_of_parts_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    more = 'Content-Type: multipart/alternative; boundary="b"\n'
    write_file(tmp_path, "a.txt", MAIL.format(more=more, text="--b\n"))
    reading = read_file(tmp_path, "a.txt", Settings())

    assert (reading.state, reading.problems[-1].code) == ("error", "mail-parts")


def test_a_header_without_mail_keeps_its_status(tmp_path: Path) -> None:
    write_file(tmp_path, "a.md", "Title: Quay\nDate: 2026-03-02\nStatus: hidden\n\nWords.\n")

    assert read_file(tmp_path, "a.md", Settings()).state == "unlisted"


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("FW: RE: New quay", "New quay"),
        ("WG: Pressemitteilung: Der Kai", "Pressemitteilung: Der Kai"),
        ("Re[2]: Fwd : [EXTERNAL] New quay", "New quay"),
        ("TR: Un quai", "Un quai"),
        ("回复：新码头", "新码头"),
        ("Re-opening of the quay", "Re-opening of the quay"),
        ("Regarding: a quay", "Regarding: a quay"),
        ("FW:", "FW:"),
    ],
)
def test_a_title_is_without_what_programs_write_before_a_subject(
    tmp_path: Path, subject: str, title: str
) -> None:
    head = "From: Port <p@example.com>\nSent: Monday, March 2, 2026 9:12 AM\nTo: News\n"
    write_file(tmp_path, "a.txt", f"{head}Subject: {subject}\n\nIt opens.\n")
    entry = read_file(tmp_path, "a.txt", Settings()).entry

    assert entry is not None
    assert entry.title == title


OUTLOOK = {  # the names of sender, time, receiver and subject, and the time
    "en": ("From:", "Sent:", "To:", "Subject:", "Monday, March 2, 2026 9:14 AM"),
    "de": ("Von:", "Gesendet:", "An:", "Betreff:", "Montag, 2. März 2026 09:14"),
    "fr": ("De :", "Envoyé :", "À :", "Objet :", "lundi 2 mars 2026 09:14"),
    "es": ("De:", "Enviado el:", "Para:", "Asunto:", "lunes, 2 de marzo de 2026 9:14"),
    "it": ("Da:", "Inviato:", "A:", "Oggetto:", "lunedì 2 marzo 2026 09:14"),
    "nl": ("Van:", "Verzonden:", "Aan:", "Onderwerp:", "maandag 2 maart 2026 09:14"),
    "pt": ("De:", "Enviado:", "Para:", "Assunto:", "2 de março de 2026 09:14"),
    "pl": ("Od:", "Wysłano:", "Do:", "Temat:", "poniedziałek, 2 marca 2026 09:14"),
    "ru": ("От:", "Отправлено:", "Кому:", "Тема:", "2 марта 2026 г. 9:14"),
    "uk": ("Від:", "Надіслано:", "Кому:", "Тема:", "2 березня 2026 р. 9:14"),
    "sv": ("Från:", "Skickat:", "Till:", "Ämne:", "den 2 mars 2026 09:14"),
    "nb": ("Fra:", "Sendt:", "Til:", "Emne:", "mandag 2. mars 2026 09:14"),
    "fi": ("Lähettäjä:", "Lähetetty:", "Vastaanottaja:", "Aihe:", "2. maaliskuuta 2026 9:14"),
    "cs": ("Od:", "Odesláno:", "Komu:", "Předmět:", "pondělí 2. března 2026 9:14"),
    "hu": ("Feladó:", "Elküldve:", "Címzett:", "Tárgy:", "2026. március 2., hétfő 9:14"),
    "ro": ("De la:", "Trimis:", "Către:", "Subiect:", "2 martie 2026 09:14"),
    "tr": ("Kimden:", "Gönderildi:", "Kime:", "Konu:", "2 Mart 2026 Pazartesi 09:14"),
    "ja": ("差出人:", "送信日時:", "宛先:", "件名:", "2026年3月2日 9:14"),
    "zh": ("发件人:", "发送时间:", "收件人:", "主题:", "2026年3月2日 9:14"),
    "ko": ("보낸 사람:", "보낸 날짜:", "받는 사람:", "제목:", "2026년 3월 2일 9:14"),
}
ABOVE = ("", "-----Original Message-----\n", "________________________________\n")


@pytest.mark.parametrize("language", OUTLOOK)
@pytest.mark.parametrize("above", ABOVE)
def test_a_mail_that_is_pasted_from_outlook_has_its_date(
    tmp_path: Path, language: str, above: str
) -> None:
    sender, sent, receiver, subject, time = OUTLOOK[language]
    head = f"{sender} Mara Lind\n{sent} {time}\n{receiver} News Desk\n{subject} New Quay\n"
    write_file(tmp_path, "a.txt", f"{above}{head}Cc: Jon\nAttachments: a.docx\n\nText.\n")
    reading = read_file(tmp_path, "a.txt", Settings())
    entry = reading.entry

    assert entry is not None, reading.problems
    assert (str(entry.published)[:16], entry.title) == ("2026-03-02T09:14", "New Quay")
    assert [author.name for author in entry.authors] == ["Mara Lind"]
    assert (entry.body.strip(), entry.enclosures) == ("Text.", ())


def test_what_is_no_mail_keeps_the_names_of_its_fields(tmp_path: Path) -> None:
    write_file(tmp_path, "a.txt", "Title: Quay\nDate: 2026-03-02\nTema: 2026-03-05\nA: b\n\nText.")
    entry = read_file(tmp_path, "a.txt", Settings()).entry

    assert entry is not None
    assert (str(entry.published)[:10], entry.title) == ("2026-03-02", "Quay")
