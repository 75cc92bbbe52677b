"""What is not known to be public is not published: status, flags, the marks of site tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.fields.slips import suggest_guarding_name, suggest_main_name
from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings
from tests.support.entries import write_file
from tests.support.site import Site

SETTINGS = Settings()


def read(folder: Path, fields: str, path: str = "quay.md") -> Reading:
    """Read an entry with a title, a date and *fields*."""
    write_file(folder, path, f"---\ntitle: Quay\ndate: 2026-03-02\n{fields}\n---\nWords.\n")
    return read_file(folder, path, SETTINGS)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        # Jekyll, Hexo, Statamic, Grav
        ("published: false", "draft"),
        ("published: 0", "draft"),
        ("published: true", "public"),
        ("published: draft", "draft"),
        ("hidden: true", "unlisted"),
        ("hidden: false", "public"),
        ("routable: false", "draft"),
        # Hugo
        ("build: {list: never}", "unlisted"),
        ("_build: {list: local}", "unlisted"),
        ("build: {list: false}", "unlisted"),
        ("build: {render: never}", "draft"),
        ("_build:\n  render: link", "draft"),
        ("build: {render: never, list: never}", "draft"),
        ("build: {list: always, render: always, publishResources: false}", "public"),
        ("headless: true", "draft"),
        ("params: {draft: true}", "draft"),
        ("hugo_draft: true", "draft"),
        # Zola, Eleventy, Docusaurus, VuePress, Astro, Obsidian, Quartz
        ("render: false", "draft"),
        ("in_search_index: false", "public"),
        ("permalink: false", "draft"),
        ("permalink: /quay/", "public"),
        ("eleventyExcludeFromCollections: true", "unlisted"),
        ("eleventyExcludeFromCollections: [posts]", "unlisted"),
        ("unlisted: true", "unlisted"),
        ("feed: false", "unlisted"),
        ("rss: false", "unlisted"),
        ("feed: /quay.xml", "public"),
        ("isDraft: yes", "draft"),
        ("publish: false", "draft"),
        ("publish: true", "public"),
        # Pelican, Nikola, Ghost, WordPress, Drupal
        ("status: hidden", "unlisted"),
        ("status: skip", "draft"),
        ("status: private", "draft"),
        ("visibility: members", "draft"),
        ("visibility: paid", "draft"),
        ("visibility: public", "public"),
        ("status: publish", "public"),
        ("status: future", "public"),
        ("status: trash", "draft"),
        ("post_status: pending", "draft"),
        ("status: 1", "public"),
        ("status: 0", "draft"),
        ("status: [published, featured]", "public"),
        ("status: [published, private]", "draft"),
        ("moderation_state: draft", "draft"),
        ("status: 草稿", "draft"),
        ("status: veröffentlicht", "public"),
        ("状态: 草稿", "draft"),
        ("發布狀態: 已發佈", "public"),
        ("ステータス: 下書き", "draft"),
        ("상태: 비공개", "draft"),
        ("статус: Черновик", "draft"),
        ("estado: borrador", "draft"),
        ("estado: oculto", "draft"),
        ("estado: pendiente", "draft"),
        ("状态: 待审核", "draft"),
        ("estado: publicado", "public"),
        ("stato: bozza", "draft"),
        ("public: no", "draft"),
        ("is_public: false", "draft"),
        ("isPublic: true", "public"),
        ("visibility: 'off'", "draft"),
        ("visibility: 'No'", "draft"),
        ("unpublished: true", "draft"),
        ("password: ''", "public"),
        ("password: false", "public"),
        ("sitemap: false", "public"),
        # proposals that have come to rest
        ("status: Final", "public"),
        ("status: Living", "public"),
        ("status: Stagnant", "public"),
        ("status: Withdrawn\nretracted: 2026-03-03", "retracted"),
        ("eip: 7\nstatus: Withdrawn", "public"),
        ("pep: 7\nstatus: Rejected", "public"),
        ("eip: 7\nstatus: Review", "public"),
        ("eip: 7\nstatus: Draft", "draft"),
        # Wagtail, Obsidian's Digital Garden, Hexo's themes, Substack, and what newsrooms write
        ("live: false", "draft"),
        ("online: 0", "draft"),
        ("active: no", "draft"),
        ("dg-publish: false", "draft"),
        ("公開: いいえ", "draft"),
        ("visible: false", "unlisted"),
        ("hide: true", "unlisted"),
        ("wip: true", "draft"),
        ("deleted: true", "draft"),
        ("members_only: true", "draft"),
        ("brouillon: oui", "draft"),
        ("brouillon: non", "public"),
        ("Entwurf: ja", "draft"),
        ("borrador: sí", "draft"),
        ("rascunho: sim", "draft"),
        ("черновик: да", "draft"),
        ("草稿: 是", "draft"),
        ("draft: nein", "public"),
        ("veröffentlicht: nein", "draft"),
        ("опубликовано: нет", "draft"),
        ("access: members", "draft"),
        ("audience: only_paid", "draft"),
        ("audience: everyone", "public"),
        ("visibilité: privé", "draft"),
        ("Sichtbarkeit: öffentlich", "public"),
        ("statut: brouillon", "draft"),
        ("Statut: publié", "public"),
        # what says nothing of the entry
        ("live: https://port.example/", "public"),
        ("live: true", "public"),
        ("online: at the port's site", "public"),
        ("active: 7 ferries", "public"),
        ("visible: from the quay", "public"),
        ("access: by bus", "public"),
        ("audience: teachers", "public"),
        ("Entwurf: Jo Berg", "public"),
        ("wip: 3", "public"),
        ("share: false", "public"),
        ("draft beer: yes", "public"),
        ("state: Oregon", "public"),
        ("estado: Oaxaca", "public"),
        ("状态: 进行中", "public"),
        *(
            (f"{field}", "draft")
            for field in (
                *("editorial_status: draft", "workflow: in review", "review-status: pending"),
                *("classification: Confidential", "sensitivity: internal", "tlp: amber"),
                *("TLP: 'TLP:RED'", "audience: staff only", "hold: true", "internal use only: yes"),
                *(
                    "utkast: true",
                    "kladde: ja",
                    "szkic: tak",
                    "taslak: evet",
                    "koncept: ano",
                    "ドラフト: はい",
                    "非公開: true",
                    "未发布: 是",
                ),
                *("ready_to_publish: no", "for_internal_use: true"),
            )
        ),
        ("workflow: {state: draft}", "draft"),
        ("pubstatus: withheld", "draft"),
        ("pubstatus: usable", "public"),
        ("workflow: newsroom", "public"),
        ("review_status: reviewed", "public"),
        ("classification: none", "public"),
        ("classification: red", "public"),
        ("tlp: clear", "public"),
        ("hold: 3 rooms", "public"),
        ("nofeed: true", "unlisted"),
        ("rss: none", "unlisted"),
        ("state: review", "draft"),
        ("hide: [navigation]", "public"),
        ("stats: true", "public"),
        ("craft: pottery", "public"),
        ("drift: 3", "public"),
        ("publisher: Skarvik Ferries", "public"),
        ("draft: ", "public"),
        ("republished: 2026-03-09", "public"),
    ],
)
def test_marks_decide_the_state_without_a_problem(tmp_path: Path, fields: str, state: str) -> None:
    reading = read(tmp_path, fields)

    assert (reading.state, reading.problems) == (state, ())


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("_drafts/quay.md", "draft"),
        ("drafts/quay.md", "draft"),
        ("2026/Drafts/more/quay.md", "draft"),
        ("quay.draft.md", "draft"),
        ("news/[draft] quay.md", "draft"),
        ("news/quay (draft).md", "draft"),
        ("quay (Entwurf) 2.md", "draft"),
        ("【草稿】码头.md", "draft"),
        ("DRAFT quay.md", "draft"),
        ("2026/DRAFT_quay.md", "draft"),
        ("quay-DRAFT.md", "draft"),
        ("quay_ENTWURF.md", "draft"),
        ("Entwürfe/quay.md", "draft"),
        ("Entwu\u0308rfe/quay.md", "draft"),
        ("brouillons/quay.md", "draft"),
        ("unpublished/quay.md", "draft"),
        ("_trash/quay.md", "draft"),
        ("NFL DRAFT.md", "public"),
        ("DRAFT BEER.md", "public"),
        ("DRAFT.md", "public"),
        ("(draft) papers/quay.md", "public"),
        ("quay_draft.md", "public"),
        ("draft/quay.md", "public"),
        ("overdrafts/quay.md", "public"),
        ("drafts.md", "public"),
        ("draft.md", "public"),
        ("draft.of.quay.md", "public"),
        ("quay-draft.md", "public"),
        ("[drafts] quay.md", "public"),
    ],
)
def test_a_place_of_drafts_holds_back(tmp_path: Path, path: str, state: str) -> None:
    reading = read(tmp_path, "", path)

    assert (reading.state, reading.problems) == (state, ())


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ("status: in preparation", "status-unknown", "'in preparation'"),
        ("status: Open", "status-unknown", "'Open'"),
        ("status: pubished", "status-unknown", "'pubished'"),
        ("visibility: friends", "status-unknown", "'friends'"),
        ("公開状態: 準備中", "status-unknown", "'準備中'"),
        ("visibility: [public, crew]", "status-unknown", "'crew'"),
        ("draft: maybe", "flag-unknown", "'maybe'"),
        ("private: partly", "flag-unknown", "'partly'"),
        ("published: perhaps", "flag-unknown", "'perhaps'"),
        ("publish: soon", "flag-unknown", "'soon'"),
        ("is_public: crew", "flag-unknown", "'crew'"),
        ("unlisted: sometimes", "flag-unknown", "'sometimes'"),
        ("password: herring", "password", "password"),
        ("drafft: true", "field-unknown", "'draft'"),
        ("darft: yes", "field-unknown", "'draft'"),
        ("drft: false", "field-unknown", "'draft'"),
        ("statsu: draft", "field-unknown", "'status'"),
        ("brouillon: presque", "flag-unknown", "'presque'"),
        ("membersOnly: partly", "flag-unknown", "'partly'"),
        ("Sichtbarkeit: Bekannte", "status-unknown", "'Bekannte'"),
        ("visiblity: private", "field-unknown", "'visibility'"),
        ("vissibilty: private", "field-unknown", "'visibility'"),
        ("publised: false", "field-unknown", "'published'"),
        ("pubilc: false", "field-unknown", "'public'"),
        ("privat: true", "field-unknown", "'private'"),
        ("unlistet: true", "field-unknown", "'unlisted'"),
        ("hiden: true", "field-unknown", "'hidden'"),
        ("embarg: 2031-01-01", "field-unknown", "'embargo'"),
        ("publihs_date: 2031-01-01", "field-unknown", "'publishdate'"),
        ("params: {drafft: true}", "field-unknown", "'draft'"),
    ],
)
def test_what_is_not_understood_holds_the_entry_back(
    tmp_path: Path, fields: str, code: str, words: str
) -> None:
    reading = read(tmp_path, fields)
    (problem,) = reading.problems

    assert (reading.state, problem.code, problem.line) == ("draft", code, 4)
    assert words in problem.sentence
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tilte: Quay\ndate: 2026-03-02", ("tilte", 2, "did you mean 'title'?")),
        ("title: Quay\ndate: 2026-03-02\nauhtor: Jon", ("auhtor", 4, "did you mean 'author'?")),
        (
            "title: Quay\ndate: 2026-03-02\ncategorys: [a]",
            ("categorys", 4, "did you mean 'category'?"),
        ),
        ("title: Quay\ndate: 2026-03-02\ncatgory: a", ("catgory", 4, "did you mean 'category'?")),
        ("title: Quay\ndate: 2026-03-02\nauthors: Jo\nauthr: Jon", None),
        ("title: Quay\ndate: 2026-03-02\nmath: true\nlinks: [a]\nlayout: post", None),
    ],
)
def test_a_field_one_slip_from_another_is_a_problem(
    tmp_path: Path, text: str, found: tuple[str, int, str] | None
) -> None:
    write_file(tmp_path, "quay.md", f"---\n{text}\n---\n# Quay\n")
    reading = read_file(tmp_path, "quay.md", SETTINGS)

    problems = [(one.field, one.line, one.remedy) for one in reading.problems]
    assert reading.state == "public"
    assert problems == ([found] if found else [])


def test_a_date_that_is_one_slip_away_is_named(tmp_path: Path) -> None:
    write_file(tmp_path, "quay.md", "---\ntitle: Quay\ndat: 2026-03-02\n---\nWords.\n")
    reading = read_file(tmp_path, "quay.md", SETTINGS)

    assert reading.state == "error"
    assert [one.remedy for one in reading.problems] == [
        "did you mean 'date'?",
        "write `date: 2026-03-02`",
    ]


SOON, LATER = "2031-01-01", "2031-02-02"
# Fields beside a date that is past: until when they hold the entry back, or why it is none
RELEASES = {
    f"embargo: {SOON}": SOON,
    f"publish_on: {SOON}": SOON,
    f"embargo: true\nembargo_until: {SOON}": SOON,
    f"scheduled: true\npublish_at: {SOON}": SOON,
    f"embargoed_until: {SOON}": SOON,
    f"hold-until: {SOON}": SOON,
    f"publishUp: {SOON}": SOON,  # Joomla
    f"Sperrfrist: {SOON}": SOON,
    f"for_release: {SOON}": SOON,
    **{
        f"{name}: {SOON}": SOON
        for name in (
            *("visible_from", "Online ab", "scheduled_for", "go_live_at", "PublishingStartDate"),
            *("à publier le", "Publicar el", "公開予定日", "定时发布", "공개예정일"),
        )
    },
    f"publish_at: {SOON}\nembargo: {LATER}": LATER,
    f"embargo: {SOON}\npublish_at: 2026-03-01": SOON,
    "embargo: tomorrow": "'tomorrow' names no day",
    "embargo: 3/4/31": "'3/4/31' may be read",
    f"embargo: tomorrow\npublish_at: {SOON}": "'tomorrow' names no day",
    "publish_on: soon": "'soon' names no day",
    "embargo: true": "'true' names no day",
    "embargoed: yes": "'yes' names no day",
    "embargo: false": "",
    "embargo:": "",
    "scheduled: true": "",  # its date says when
    "publish_at: 2026-03-01": "",
}


@pytest.mark.parametrize(("fields", "expected"), RELEASES.items())
def test_an_embargo_that_cannot_be_read_publishes_nothing(
    tmp_path: Path, fields: str, expected: str
) -> None:
    reading = read(tmp_path, fields)
    if reading.entry is None:
        (problem,) = reading.problems
        assert (reading.state, problem.code, problem.line) == ("error", "date-unreadable", 4)
        assert expected in problem.message
        assert expected
    else:
        held = reading.entry.not_before
        assert (str(held)[:10] if held else "") == expected


EMBARGO_LINES = [
    f"Embargoed until: {SOON}",
    f"EMBARGOED UNTIL {SOON} 09:00",
    "**Embargoed until 9 a.m. on 1 January 2031**",
    "NOT FOR PUBLICATION BEFORE 1 January 2031",
    "HOLD FOR RELEASE UNTIL JANUARY 1, 2031",
    "Sperrfrist: 1. Januar 2031, 9 Uhr",
    "Sous embargo jusqu’au 1er janvier 2031",
    "EMBARGOED UNTIL 9 AM ET",
    "*** STRICTLY EMBARGOED: 00.01 Monday 5 January ***",
    "This press release is embargoed until Monday",
    "Embargo: Monday, 9 a.m. CET",
    "EMBARGO",
    "under strict embargo until the summit",
    "NOT FOR RELEASE, PUBLICATION OR DISTRIBUTION BEFORE NOON",
    "DRAFT - NOT FOR PUBLICATION",
    "Do not publish before Monday",
    "Sperrfrist bis Montag",
    "Bajo embargo hasta el lunes",
    "Status: Draft",
    "**Status:** in review",
    *("Статус: черновик", "状态：草稿", "状態：下書き", "상태: 초안"),
    *("DRAFT", "[DRAFT]", "DRAFT: A third quay", "【草稿】", "下書き"),
    f"Эмбарго до {SOON}",
    "解禁日時：2031年1月1日",
    "报道解禁时间：2031年1月1日",
    "엠바고: 2031년 1월 1일",
    "보도시점: 2031. 1. 6.(월) 12:00 이후",
    "보도시점 2031년 1월 6일(월) 조간부터",
    "**보도일시:** 2031-01-06 12:00부터 보도하여 주시기 바랍니다",
    "보도시점: 2031. 1. 6. 12:00",
    "보도시점: 회의가 끝난 이후",
    f"Not to be released before {SOON}",
    *("CONFIDENTIAL", "*** STRICTLY CONFIDENTIAL ***", "Private and confidential"),
    *("For internal use only.", "社外秘", "【内部资料】", "대외비", "Для служебного пользования"),
]
OTHER_LINES = [
    "Embargoed until 2 March 2020",
    "Embargo on oil is lifted",
    "Embargo, and what it means for the port: prices",
    "The story was under embargo until Monday.",
    "Not for everybody: a release before noon",
    "Sperrfrist beim Arbeitslosengeld",
    "FOR IMMEDIATE RELEASE",
    "Status: Published",
    "Status: draft of the timetable",
    *("Draft of the timetable", "DRAFTED by two clubs", "Draft: the timetable"),
    *("보도시점: 2020. 3. 2.(월) 12:00 이후", "보도시점 2020년 3월 2일(월) 조간부터"),
    *("보도시점: 배포 즉시", "보도시점 이후 열린 부두", "보도일시: 2026-03-01"),
    *("草稿について", "解禁された釣り", "Not to be missed before Monday"),
    *("Confidential", "Confidential papers on the quay", "CONFIDENTIAL: WHO KNEW IT?"),
    *("An internal use only of the dock", "内部资料显示"),
]


@pytest.mark.parametrize(("name", "text"), {
    "copied.txt": "{line}\n\nA new quay\n\nRelease Time: 2026-03-02\n\nWords of it.\n",
    "below.txt": "A new quay\n\nRelease Time: 2026-03-02\n{line}\n\nWords of it.\n",
    "post.md": "---\ntitle: A new quay\ndate: 2026-03-02\n---\n\n{line}\n\nWords of it.\n",
    "page.html": "<title>A new quay</title><meta name=date content=2026-03-02>"
    "<article><h1>A new quay</h1><p>{line}</p><p>Words of it.</p></article>",
    "labels.html": "<article><h1>A new quay</h1><p>Posted on 2 March 2026</p><p>{line}</p>"
    "<p>Words of it.</p></article>",
    "above.html": "<article><p>{line}</p><h1>A new quay</h1><p>Posted on 2 March 2026</p>"
    "<p>Words of it.</p></article>",
}.items())  # fmt: skip
@pytest.mark.parametrize("line", EMBARGO_LINES + OTHER_LINES)
def test_a_text_that_names_its_embargo_waits_for_it(
    tmp_path: Path, line: str, name: str, text: str
) -> None:
    write_file(tmp_path, name, text.format(line=line))

    reading = read_file(tmp_path, name, SETTINGS)

    is_out = reading.state == "public" and reading.entry is not None
    if reading.entry is not None:
        is_out &= (
            max(
                filter(None, (reading.entry.published, reading.entry.not_before)),
                key=lambda moment: moment.when,
            ).when.year
            < 2031
        )
    assert is_out == (line in OTHER_LINES)
    assert reading.state != "error" or reading.problems[0].line == 4


@pytest.mark.parametrize("line", ["보도시점: 2026. 3. 2. 12:00 이후", "보도시점: 배포 즉시"])
def test_a_line_on_an_embargo_is_no_title(tmp_path: Path, line: str) -> None:
    write_file(tmp_path, "2026-03-01-a.txt", f"{line}\n\n새 부두 개장\n\n부두가 열렸다.\n")

    entry = read_file(tmp_path, "2026-03-01-a.txt", SETTINGS).entry

    assert entry is not None
    assert entry.title == "새 부두 개장"


LANGUAGE_LINES = {
    "de": [
        "Status: Entwurf",
        "ENTWURF",
        "Zur Veröffentlichung am 1. Januar 2031",
        *("VERTRAULICH", "Streng vertraulich!", "Nur für den Dienstgebrauch"),
        "Nur zum internen Gebrauch",
    ],
    "fr": [
        "Statut : brouillon",
        "BROUILLON",
        "Ne pas diffuser avant le 1er janvier 2031",
        "NE PAS PUBLIER",
        "CONFIDENTIEL",
        "À usage interne uniquement",
    ],
    "es": [
        "Estado: borrador",
        "BORRADOR:  Un muelle",
        "No publicar antes del 1 de enero de 2031",
        "Uso interno",
    ],
    "it": ["Stato: bozza", "Non pubblicare prima del 1 gennaio 2031", "RISERVATO"],
    "pt": ["Estado: rascunho", "Não publicar antes de 1 de janeiro de 2031", "CONFIDENCIAL"],
}
OTHER_LANGUAGE_LINES = {
    "de": [
        "Vertraulich bleibt, was im Hafen geschah",
        "Entwurf des Fahrplans",
        "Zur Veröffentlichung am 2. März 2020",
        "Status: offen",
    ],
    "fr": ["Ne pas manquer", "Le brouillon du plan", "Ne pas publier de photos : un conseil"],
    "es": ["No publicar fotos de menores, pide la agencia"],
    "it": ["Non pubblicare foto dei figli: il consiglio"],
    "pt": ["Estado: Bahia", "Não publicar fotos de menores é a regra"],
}


@pytest.mark.parametrize(
    ("language", "line", "is_held"),
    [
        (language, line, table is LANGUAGE_LINES)
        for table in (LANGUAGE_LINES, OTHER_LANGUAGE_LINES)
        for language, lines in table.items()
        for line in lines
    ],
)
def test_a_line_in_the_language_of_an_entry_holds_it_back(
    tmp_path: Path, language: str, line: str, is_held: bool
) -> None:
    head = f"---\ntitle: Quay\ndate: 2026-03-02\nlang: {language}\n---\n"
    write_file(tmp_path, "quay.md", f"{head}{line}\n\nWords.\n")

    reading = read_file(tmp_path, "quay.md", SETTINGS)

    held = reading.entry.not_before if reading.entry is not None else None
    assert (reading.state == "draft" or str(held)[:4] == "2031") == is_held


@pytest.mark.parametrize(
    "name",
    [
        *("expire_at", "expires_after", "publish_until", "visible until", "publish_down"),
        *("PublishingExpirationDate", "offline_from", "Online bis", "deleted_at", "公開終了日"),
    ],
)
def test_tools_have_many_names_for_the_end(tmp_path: Path, name: str) -> None:
    reading = read(tmp_path, f"{name}: 2026-04-02")

    assert reading.entry is not None
    assert str(reading.entry.expires)[:10] == "2026-04-02"


MARK_LINES = {
    **dict.fromkeys(
        (
            *("Draft: true", "draft: yes", "**Draft:** yes", "- Draft : yes."),
            *("Private: yes", "Visibility: private", "Published: no", "Entwurf: ja", "草稿：是"),
            *("Brouillon : oui", "Confidential: yes", "\u200bDraft: true", "\u200eDraft: true"),
            *("Dr\u00adaft: true", "Draft: true\u200b", "Ｄｒａｆｔ： ｙｅｓ"),
        ),
        "draft",
    ),
    **dict.fromkeys(("Unlisted: yes", "Hidden: true"), "unlisted"),
    **dict.fromkeys(
        (
            *("Draft: no", "Draft: second reading", "Private: by boat only", "Published: yes"),
            *("Draft beer: yes", "Visibility: 300 m", "Visibility: poor", "Internal: 3 rooms"),
            *("Password: harbour", "Status: offline", "Public: no", "Hidden: a harbour"),
        ),
        "public",
    ),
}


@pytest.mark.parametrize("text", [
    "A new quay\n\n{line}\nDate: 2026-03-02\n\nWords of it.\n",
    "A new quay\n\nDate: 2026-03-02\n{line}\n\nWords of it.\n",
    "A new quay\n\nDate: 2026-03-02\nSource: Port\n\n{line}\n\nWords of it.\n",
    "A new quay\n\n2 March 2026\n\n{line}\n\nWords of it.\n",
    "{line}\n\nA new quay\n\n2 March 2026\n\nWords of it.\n",
])  # fmt: skip
@pytest.mark.parametrize(("line", "state"), MARK_LINES.items())
def test_a_line_of_a_text_is_a_mark_if_it_says_yes(
    tmp_path: Path, line: str, state: str, text: str
) -> None:
    write_file(tmp_path, "quay.txt", text.format(line=line))

    assert read_file(tmp_path, "quay.txt", SETTINGS).state == state


def test_code_in_a_text_is_no_mark(tmp_path: Path) -> None:
    write_file(tmp_path, "2026-03-02-quay.md", "# Marks\n\n```\ndraft: true\n```\n")

    assert read_file(tmp_path, "2026-03-02-quay.md", SETTINGS).state == "public"


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200e", "\u2060", "\u00ad", "\ufeff\u200b", "\u200b\n"]
)
@pytest.mark.parametrize(("name", "text"), {
    "a.md": "---\ntitle: T\ndate: 2026-03-02\n{unseen}draft: true\n---\nWords.\n",
    "b.md": '+++\ntitle = "T"\ndate = 2026-03-02\ndraft = true\n+++\nWords.\n',
    "c.txt": "Title: T\nDate: 2026-03-02\nDraft: true\n\nWords.\n",
    "d.json": '{{"title": "T", "date": "2026-03-02", "draft": true}}',
    "e.org": "#+TITLE: T\n#+DATE: 2026-03-02\n#+DRAFT: true\n\nWords.\n",
    "f.rst": ":title: T\n:date: 2026-03-02\n:draft: true\n\nWords.\n",
}.items())  # fmt: skip
def test_what_shows_nothing_hides_no_mark(
    tmp_path: Path, name: str, text: str, unseen: str
) -> None:
    write_file(tmp_path, name, unseen + text.format(unseen=unseen.strip()))

    assert read_file(tmp_path, name, SETTINGS).state == "draft"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ("status: retracted\nretracted: 2026-03-04", "retracted"),
        ("hidden: true", "draft"),
        ("draft: true", "draft"),
    ],
)
def test_an_embargo_holds_back_what_is_shown_alone(tmp_path: Path, fields: str, state: str) -> None:
    head = f"---\ntitle: Quay\ndate: 2026-03-02\n{fields}\n---\n"
    write_file(tmp_path, "quay.md", f"{head}EMBARGOED UNTIL MONDAY\n\nWords.\n")

    assert read_file(tmp_path, "quay.md", SETTINGS).state == state


@pytest.mark.parametrize(
    ("path", "text", "day"),
    [
        ("a.json", '{"title": "Q", "createdAt": "2026-03-02", "publishedAt": null}', ""),
        ("a.md", "---\ntitle: Q\ncreated: 2026-03-02\npublished_at:\n---\nWords.\n", ""),
        ("a.md", "---\ntitle: Q\ncreated: 2026-03-02\nfirst_published_at: ~\n---\nW.\n", ""),
        ("a.md", "---\ntitle: Q\ndate: 2026-03-02\npublished_at:\n---\nWords.\n", "2026-03-02"),
        ("a.md", "---\ntitle: Q\ncreated: 2026-03-02\n---\nWords.\n", "2026-03-02"),
        ("a.md", "---\ncreated: 2026-03-02\npublished_at: 2026-03-04\n---\n", "2026-03-04"),
        ("a.md", "---\ncreated: 2026-03-02\npublisher:\npublished_by: ''\n---\nW.\n", "2026-03-02"),
        ("a.md", "---\ncreated: 2026-03-02\npublish_to: []\npublished_in:\n---\n", "2026-03-02"),
        ("a.md", "---\ntitle: Q\ncreated: 2026-03-02\npublish_date: ''\n---\nWords.\n", ""),
        ("2026-03-04-a.md", "---\ncreated: 2026-03-04\npublished_at:\n---\n", "2026-03-04"),
    ],
)  # fmt: skip
def test_what_is_written_but_has_no_date_of_publication_is_not_out(
    tmp_path: Path, path: str, text: str, day: str
) -> None:
    write_file(tmp_path, path, text)

    entry = read_file(tmp_path, path, SETTINGS).entry

    assert (str(entry.published)[:10] if entry is not None else "") == day


def test_an_unreadable_date_stays_an_error(tmp_path: Path) -> None:
    write_file(tmp_path, "quay.md", "---\ntitle: Quay\npublished: March\n---\nWords.\n")

    assert read_file(tmp_path, "quay.md", SETTINGS).state == "error"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.adoc", "= Quay\n:revdate: 2026-03-02\n:draft:\n\nWords.\n"),
        ("a.rst", "Quay\n====\n\n:date: 2026-03-02\n:draft:\n\nWords.\n"),
        ("a.org", "#+TITLE: Quay\n#+DATE: 2026-03-02\n#+DRAFT: t\n\nWords.\n"),
        ("a.org", "#+TITLE: Quay\n#+DATE: 2026-03-02\n#+PUBLISH: nil\n\nWords.\n"),
        ("a.json", '{"title": "Quay", "date": "2026-03-02", "is_public": false, "text": "Words."}'),
        ("a.json", '{"title": "Quay", "date": "2026-03-02", "status": "trash", "text": "Words."}'),
        ("a.json", '{"title": "Quay", "date": "2026-03-02", "live": false, "text": "Words."}'),
        ("a.md", '+++\ntitle = "Quay"\ndate = 2026-03-02\nbrouillon = true\n+++\nA.\n'),
        ("a.html", "<title>Quay</title><meta name=date content=2026-03-02>"
         "<meta name=access content=members><article><h1>Quay</h1><p>A.</p></article>"),
        ("a.md", '+++\ntitle = "Quay"\ndate = 2026-03-02\n[build]\nrender = "never"\n+++\nA.\n'),
        ("a.txt", "Title: Quay\nDate: 2026-03-02\nDrafft: yes\n\nWords.\n"),
    ],
)  # fmt: skip
def test_other_dialects_mark_drafts(tmp_path: Path, path: str, text: str) -> None:
    write_file(tmp_path, path, text)

    assert read_file(tmp_path, path, SETTINGS).state == "draft"


@pytest.mark.parametrize(
    "fields",
    [
        "sitemap: false",
        "sitemap: {disable: true}",
        "sitemap: {exclude: true}",
        "robots: noindex, follow",
        "robots: none",
        "noindex: true",
        "seo: {noindex: true}",
        "in_search_index: false",
        "search: {exclude: true}",
    ],
)
def test_marks_for_search_engines_keep_an_entry_out_of_sitemaps_alone(
    settings: Callable[..., Settings], fields: str
) -> None:
    site = Site(settings())
    name, value = fields.split(": ", 1)
    site.add("plain")
    site.add("marked", **{name: value})
    path = "/2026/03/marked/"

    for sitemap in ("/sitemap.xml", "/news-sitemap.xml"):
        assert path not in site.get(sitemap).text
    assert path in site.get("/rss.xml").text
    directives = "noindex, nofollow" if value == "none" else "noindex"
    assert f'<meta name="robots" content="{directives}">' in site.get(path).text
    assert "/2026/03/plain/" in site.get("/sitemap.xml").text


@pytest.mark.parametrize(
    "fields",
    ["sitemap: {priority: 0.3}", "robots: index, follow", "noindex: false", "sitemap: true"],
)
def test_other_words_for_search_engines_do_nothing(
    settings: Callable[..., Settings], fields: str
) -> None:
    site = Site(settings())
    name, value = fields.split(": ", 1)
    site.add("plain", **{name: value})

    assert "/2026/03/plain/" in site.get("/sitemap.xml").text


@pytest.mark.parametrize(
    ("name", "meant"),
    [("tilte", "title"), ("dat", "date"), ("auhtor", "author"), ("sumary", "summary"),
     ("catagories", "categories"), ("titles", ""), ("data", ""), ("math", ""), ("layout", "")],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told_from_another_word(name: str, meant: str) -> None:
    assert suggest_main_name(name) == meant
    assert suggest_guarding_name(name) == ""


@pytest.mark.parametrize(
    ("title", "state"),
    [
        *((words, "draft") for words in ("[DRAFT] A quay", "(Entwurf) Ein Kai", "A quay [draft]")),
        *((words, "draft") for words in ("【草稿】新码头", "[ draft ] A quay")),
        *((words, "public") for words in ("Draft beer", "[Video] A quay", "The draft (2026)")),
        *((words, "public") for words in ("A draft law [updated]", "(Drafted) players")),
    ],
)
def test_a_title_that_says_it_is_a_draft_holds_back(tmp_path: Path, title: str, state: str) -> None:
    text = f"---\ntitle: '{title}'\ndate: 2026-03-02\n---\nIt opens.\n"
    write_file(tmp_path, "quay.md", text)

    assert read_file(tmp_path, "quay.md", SETTINGS).state == state


@pytest.mark.parametrize(
    ("stage", "state"),
    [("draft", "draft"), ("in review", "draft"), ("3", "public"), ("mountains", "public")],
)
def test_a_stage_may_be_that_of_a_text(tmp_path: Path, stage: str, state: str) -> None:
    text = f"---\ntitle: T\ndate: 2026-03-02\nstage: {stage}\n---\nIt opens.\n"
    write_file(tmp_path, "quay.md", text)

    assert read_file(tmp_path, "quay.md", SETTINGS).state == state
