"""Mail as a program keeps it: header lines of the way it took, encoded words, an encoded text.

Comes in: the fields of a header without fences. Goes out: the same in plain words (RFC 2047),
and the text below as it was written (RFC 2045).
"""

from __future__ import annotations

import binascii
import re

from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.dialects.types import Field
from feedsvc.errors import EntryError

# About a mail's transport and form; none of them describes an entry
TRANSPORT_FIELDS = frozenset(
    "received returnpath deliveredto messageid mimeversion contenttype contenttransferencoding"
    " contentdisposition contentlanguage replyto to cc bcc sender inreplyto references envelopeto"
    " authenticationresults dkimsignature domainkeysignature receivedspf importance precedence"
    " organization useragent errorsto lines status".split()
)
MAIL_FIELDS = frozenset("received returnpath messageid mimeversion deliveredto".split())
# What Outlook writes above a mail that is pasted or forwarded, in its languages
OUTLOOK_WORDS = {
    "date": "sent gesendet envoyé enviado enviadoel enviadoem enviada enviadaem inviato verzonden"
    " wysłano wysłane отправлено датаотправки надіслано датанадсилання изпратено skickat sendt"
    " lähetetty odesláno odoslané elküldve trimis εστάλη στάλθηκε ημερομηνίααποστολής gönderildi"
    " göndermetarihi poslano enviat dikirim 送信日時 发送时间 發送時間 傳送時間 寄件日期 보낸날짜"
    " נשלח תאריך تمالإرسال تاريخالإرسال đãgửi ส่ง",
    "from": "from von de da van od от від från fra lähettäjä feladó dela από kimden gönderen dari"
    " 差出人 发件人 寄件者 보낸사람 מאת من từ จาก",
    "to": "to an à a para aan do кому till til vastaanottaja komu címzett către προς kime kepada"
    " 宛先 收件人 收件者 받는사람 אל إلى đến ถึง",
    "cc": "cc dw копия копія kopia kopi kopio kopie kópia másolatotkap κοιν. bilgi 抄送 副本 참조",
    "subject": "subject betreff objet asunto oggetto onderwerp assunto temat тема ämne emne aihe"
    " předmět predmet tárgy subiect θέμα konu subjek assumpte 件名 主题 主題 主旨 제목 נושא الموضوع"
    " chủđề เรื่อง",
    "importance": "attachments anlagen importance priorität",
}
OUTLOOK_NAMES = {
    normalize_field_name(word): name
    for name, words in OUTLOOK_WORDS.items()
    for word in words.split()
}
TRANSPORT_PREFIXES = ("x-", "list-", "arc-", "resent-", "thread-", "autocrypt", "feedback-")
ENCODED_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{1,20})?\?([bBqQ])\?([^?\n]{0,2000})\?=")
ENCODED_WORDS = re.compile(rf"{ENCODED_WORD.pattern}(?:\s{{1,20}}(?==\?))?")
# Of answers and forwarded mails, in the languages of Outlook, and of mails from outside
SUBJECT_PREFIXES = re.compile(
    r"(?:(?:re|aw|antw|sv|vs|fwd?|wg|tr|rv|enc|vb|vl|pd|odp|doorst|fs|ynt|ilt|továbbítás|回复|回覆|答复|转发"
    r"|轉寄|転送|전달)\s{0,3}(?:\[\d{1,3}\])?\s{0,3}[:：]\s{0,9}|\[(?:external|ext|extern|externe?)\]:?\s{0,9})+",
    re.IGNORECASE,
)
PARTS_REMEDY = "save its text as a file of its own"


def select_mail_fields(fields: list[Field]) -> list[Field]:
    """Return *fields* in plain words; for a mail, without those about transport and form."""
    names = [OUTLOOK_NAMES.get(normalize_field_name(field.name), "") for field in fields]
    if is_outlook := "date" in names and not {"from", "subject"}.isdisjoint(names):
        fields = [
            Field(name or field.name, field.value, field.line)
            for name, field in zip(names, fields, strict=True)
        ]
    is_sent = is_outlook or is_mail(fields)
    if is_sent:
        fields = [field for field in fields if not is_transport_field(field.name)]
    fields = [
        Field(field.name, decode_words(field.value), field.line)
        if isinstance(field.value, str) and "=?" in field.value
        else field
        for field in fields
    ]
    return (
        list(map(_strip_subject, fields)) if is_sent or {"from", "subject"} <= {*names} else fields
    )


def _strip_subject(field: Field) -> Field:
    """Return *field*, a subject without what programs write before those of others' mails."""
    if normalize_field_name(field.name) != "subject" or not isinstance(field.value, str):
        return field
    return Field(field.name, SUBJECT_PREFIXES.sub("", field.value) or field.value, field.line)


def is_mail(fields: list[Field]) -> bool:
    """Return whether a mail program wrote some of *fields*."""
    return any(normalize_field_name(field.name) in MAIL_FIELDS for field in fields)


def is_transport_field(name: str) -> bool:
    """Return whether header line *name* is about a mail's transport or form."""
    return (
        name.casefold().startswith(TRANSPORT_PREFIXES)
        or normalize_field_name(name) in TRANSPORT_FIELDS
    )


def decode_words(text: str) -> str:
    """Return *text* with its encoded words in plain (RFC 2047); those that are broken stay.

    Between two of them space means nothing, and a letter may begin in one and end in the next.
    """
    parts: list[str] = []
    done = 0
    run: list[tuple[str, bytes, str]] = []  # charset, bytes, as written
    for match in ENCODED_WORDS.finditer(text):
        if match.start() > done or (run and run[-1][0] != match[1].lower()):
            parts += [_decode_run(run), text[done : match.start()]]
            run = []
        run.append((match[1].lower(), _decode_bytes(match[2], match[3]), match[0]))
        done = match.end()
    return "".join([*parts, _decode_run(run), text[done:]])


def _decode_bytes(encoding: str, words: str) -> bytes:
    try:
        if encoding in "qQ":
            return binascii.a2b_qp(words.encode(), header=True)
        return binascii.a2b_base64(words.encode() + b"=" * (-len(words) % 4))
    except (ValueError, UnicodeEncodeError):
        return b""


def _decode_run(run: list[tuple[str, bytes, str]]) -> str:
    """Return the words of encoded words in one charset, as they were written if they are none."""
    if not run:
        return ""
    charset, _, _ = run[0]
    try:
        if all(data for _, data, _ in run):
            return b"".join(data for _, data, _ in run).decode(charset)
    except (LookupError, ValueError):
        pass
    return "".join(written for _, _, written in run)


def decode_body(fields: list[Field], body: str) -> str:
    """Return a mail's text as it was written; raise `EntryError` for one of several parts."""
    facts = {normalize_field_name(field.name): str(field.value).lower() for field in fields}
    content_type, coding = facts.get("contenttype", ""), facts.get("contenttransferencoding", "")
    if content_type.startswith("multipart/"):
        message = "the mail has several parts, a text and others"
        raise EntryError("mail-parts", message, PARTS_REMEDY)
    if coding not in ("quoted-printable", "base64"):
        return body
    charset = re.search(r"""charset="?([\w.:+-]{1,40})""", content_type)
    try:
        data = body.encode()
        decode = binascii.a2b_qp if coding == "quoted-printable" else binascii.a2b_base64
        return decode(data).decode(charset[1] if charset else "utf-8").replace("\r\n", "\n")
    except (LookupError, ValueError):
        message = f"the mail's text is not {coding} of {charset[1] if charset else 'utf-8'}"
        raise EntryError("mail-coding", message, PARTS_REMEDY) from None
