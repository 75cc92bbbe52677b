"""One table of names for all dialects: "Release Time", `pubDate` and 发布时间 are one field.

The place to add a field or another name of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

# Canonical field → names, without case, `_`, `-` and spaces; of two in one file the earlier counts
FIELD_NAMES: dict[str, str] = {
    "title": "title headline name subject newstitle posttitle articletitle pagetitle linktitle"
    " 标题 題目 题目 標題",
    "id": "id guid uuid uid atomid identifier",
    "exactid": "exactid",  # what `import` writes for a guid that is no URI
    "url": "url permalink canonicalurl canonical externalurl link path",
    "slug": "slug basename postname",
    "aliases": "aliases alias redirectfrom oldurls",
    "language": "lang language locale inlanguage 语言 語言",
    "translation": "translationkey translationid translationof",
    "published": "date published releasetime releasedate publishedat publishedon publishedtime"
    " datepublished pubdate publicationdate posted postedon postdate datecreated date.created"
    " created createdat creationdate createddate issued dateissued date.issued releaseddate"
    " publishtime publisheddate timestamp datetime pubtime revdate dated written time 发布时间"
    " 发布日期 發布時間 發布日期 发表时间 发表日期 日期 时间 時間 发布 公開日 投稿日 作成日 掲載日"
    " 게시일 등록일 작성일",
    "release": "publishdate publishat publishon embargo embargoed embargodate embargountil"
    " releaseat scheduled scheduledat golive golivedate availableat notbefore",
    "updated": "updated modified lastmod lastmodified lastmodifiedat updatedat dateupdated"
    " datemodified modifiedat modifieddate modifiedtime updateddate lastupdated lastupdate"
    " date.updated date.modified updatetime edited changed lastmodifieddate postmodified 更新时间"
    " 更新日期 更新時間 更新日 修改时间 最后更新 수정일",
    "expires": "expirydate expires expiry expire expireson expiresat expirationdate expirationtime"
    " unpublishdate unpublishon unpublishat notafter dateexpires",
    "retracted": "retracted retractedon withdrawn",
    "draft": "draft isdraft private",
    "status": "status poststatus state visibility",
    "unlisted": "unlisted hidden excludefromfeed excludefromfeeds eleventyexcludefromcollections"
    " noindex feed.exclude rss.exclude sitemapexclude",
    "redirect": "redirect redirectto redirecturl",
    "minor": "minor minoredit",
    "authors": "author authors byline by creator primaryauthor writer reporter postauthor"
    " authorname from editor 作者 撰稿 撰文 记者 記者 编辑 責任編輯 责任编辑 編集者 著者 글쓴이"
    " 기자",
    "authoremail": "authoremail email",
    "authorurl": "authorurl authoruri authorlink",
    "origin": "source via original origin publisher 来源 文章来源 信息来源 稿源 來源 出典 출처",
    "originurl": "sourceurl originalurl source.url",
    "categories": "category categories section articlesection topic kicker 栏目 分类 类别 欄目"
    " 分類 カテゴリ 카테고리",
    "tags": "tags tag keywords topics labels filetags newskeywords subjects 标签 关键词 关键字"
    " 標籤 キーワード タグ 태그",
    "summary": "summary description excerpt customexcerpt abstract standfirst subtitle deck lead"
    " teaser dek metadescription rss.feeddescription feed.description 摘要 导语 簡介 简介 概要"
    " 요약",
    "image": "image images cover coverimage thumbnail featureimage featuredimage featuredimageurl"
    " previewimage illustration banner ogimage hero heroimage primaryimage teaserimage thumb"
    " thumbnailurl",
    "imagealt": "imagealt image:alt coveralt featureimagealt featuredimagealt thumbnailalt"
    " heroimagealt imagealttext",
    "enclosures": "enclosure enclosures audio podcast attachments attachment enclosureurl audiourl"
    " podcasturl",
    "enclosurelength": "enclosurelength enclosuresize audiolength",
    "enclosuretype": "enclosuretype audiotype",
    "duration": "duration audioduration itunesduration",
    "comments": "commentsurl comments commentslink",
    "rights": "rights license licence copyright copyrights",
    "clicks": "clicks clickcount views viewcount hits reads readcount visits pageviews 点击 点击数"
    " 点击量 点击次数 点击率 浏览 浏览量 浏览数 浏览次数 阅读 阅读量 阅读数 阅读次数 访问量 點擊"
    " 點擊數 瀏覽 閲覧数 조회수 조회",
    "correction": "correction corrections erratum",
    "reason": "reason retractionreason",
}
BOOLEAN_WORDS = frozenset({"true", "yes", "on", "false", "no", "off", "0", "1"})
# Containers whose contents stand for fields of the entry: Hugo's params, Zola's extra, …
CONTAINER_FIELDS = frozenset(
    {"params", "extra", "taxonomies", "metadata", "meta", "seo", "fields", "attributes"}
)
DOTTED_CONTAINERS = frozenset({"date", "rss", "feed", "source"})
VOCABULARY_PREFIX = re.compile(
    r"^(?:og|article|dc|dcterms|twitter|parsely|sailthru|news|citation|schema|itemprop|page|jbake)"
    r"[:._-]+(?:date[._])?"
)
IGNORED_CHARACTERS = str.maketrans("", "", "_- \t\u3000")


FieldNameTable = Mapping[str, tuple[str, int]]


@lru_cache(maxsize=8192)
def normalize_field_name(name: str) -> str:
    """Return a field's name as the table has it."""
    name = name.casefold().strip()
    if ":" in name or "." in name or name.startswith(("page-", "jbake-", "citation_", "og_")):
        bare = VOCABULARY_PREFIX.sub("", name)
        name = bare or name
    return name.translate(IGNORED_CHARACTERS)


@lru_cache(maxsize=16)
def build_field_name_table(more: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> FieldNameTable:
    """Return normalized name → (canonical field, rank); names of *more* go before ours."""
    table: dict[str, tuple[str, int]] = {}
    for canonical, names in FIELD_NAMES.items():
        for rank, name in enumerate(names.split()):
            table[normalize_field_name(name)] = canonical, rank
    for canonical, extra in more:
        canonical = "release" if canonical == "not_before" else canonical
        for rank, name in enumerate(extra):
            table[normalize_field_name(name)] = canonical, rank - len(extra)
    return table


def get_field_name_table(more: Mapping[str, tuple[str, ...]]) -> FieldNameTable:
    """Return the table with the names that a site's settings add."""
    return build_field_name_table(tuple(sorted(more.items()))) if more else build_field_name_table()
