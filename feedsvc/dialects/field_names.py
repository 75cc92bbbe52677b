"""One table of names for all dialects: "Release Time", `pubDate` and 发布时间 are one field.

To add a spelling of a field, add a word here; `reading.entry` says what a new field needs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from feedsvc.memo import remember_short

# Canonical field → names, without case, `_`, `-` and spaces; the earlier of two in a file counts.
# Most names of the fields of `labels.LABEL_FIELDS` are also labels that pages print
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
    " publishtime publisheddate publish timestamp datetime pubtime revdate dated written time 发布时间"
    " 发布日期 發布時間 發布日期 发表时间 发表日期 日期 时间 時間 发布 公開日 投稿日 作成日 掲載日"
    " 게시일 등록일 작성일"
    " 发布于 发表于 发稿时间 上传时间 上传日期 添加时间 添加日期 录入时间 成文日期 发文日期 刊发时间 公布日期 公开日期"
    " 發佈時間 發佈日期 發布於 發表時間 發表日期 發稿時間 張貼日期 張貼時間 刊登日期 公告日期 上版日期"
    " 公開日時 掲載日時 投稿日時 発表日 発行日 登録日 配信日 配信日時"
    " 등록일시 등록일자 작성일시 작성일자 게시일시 게시일자 입력 입력일 입력일시 발행일 배포일 배포일자 보도일 날짜 등록"
    " first_published originally_published published_date publish_date date_posted date_published"
    " publication_date release_date release_time posted_on published_on issued_on"
    " for_immediate_release for_release"
    " veröffentlicht veröffentlicht_am veröffentlichungsdatum publiziert_am erschienen_am"
    " erscheinungsdatum erstellt_am datum publié_le publiée_le publié publiée mis_en_ligne_le"
    " mise_en_ligne_le paru_le date_de_publication date_de_parution publicado_el publicada_el"
    " publicado publicada publicado_en fecha fecha_de_publicación publicado_em publicada_em"
    " data_de_publicação pubblicato pubblicato_il pubblicata_il data_di_pubblicazione"
    " gepubliceerd_op gepubliceerd geplaatst_op publicatiedatum опубликовано опубликована"
    " дата_публикации дата_размещения дата تاريخ_النشر نشر_في نُشر_في نشر_بتاريخ التاريخ"
    " opublikowano data_publikacji publicerad publicerat publisert offentliggjort udgivet"
    " julkaistu yayınlanma_tarihi yayın_tarihi ngày_đăng опубліковано publikováno zveřejněno"
    " közzétéve δημοσιεύθηκε ημερομηνία"
    " announced announcedon announceddate dateannounced publishdateandtime dateofpublication"
    " dateofissue dateofrelease issuedate released releasedon datereleased posteddate postedat"
    " postingdate publishingdate publishingtime publicationtime createdon createdtime"
    " veröffentlichung erschienen publiziert erstellt eingestelltam publicationle"
    " datedediffusion paru misenligne fechadepublicacion datadapublicação pubblicata"
    " datapubblicazione geplaatst opublikowane dataopublikowania dodano datadodania размещено"
    " датапублікації оприлюднено розміщено publicerades publiceringsdatum dato publiceret"
    " udgivelsesdato publiceringsdato publiseringsdato utgitt julkaisupäivä julkaisuaika"
    " päivämäärä päiväys pvm vydáno datumvydání datumzveřejnění datumpublikace megjelent dátum"
    " publicat publicatla datapublicării δημοσιεύτηκε ημερομηνίαδημοσίευσης tarih"
    " yayımlanmatarihi yayınlandı yayımlandı نشر نُشر تاريخالإصدار תאריך תאריךפרסום פורסם"
    " פורסםבתאריך פורסםב ngàyxuấtbản ngàypháthành thờigianđăng đăngngày วันที่เผยแพร่"
    " เผยแพร่เมื่อ เผยแพร่ วันที่ประกาศ วันที่ diterbitkan diterbitkanpada dipublikasikan"
    " dipublikasikanpada tanggal tanggalterbit tanggalpublikasi tanggalrilis 发布日 刊登时间 创建时间 發表於"
    " 刊登時間 上架日期 建立日期 新聞日期 日付 作成日時 기사입력",
    "release": "publishdate publishat publishon embargo embargoed embargodate embargountil"
    " releaseat scheduled scheduledat golive golivedate availableat notbefore",
    "updated": "updated modified lastmod lastmodified lastmodifiedat updatedat dateupdated"
    " datemodified modifiedat modifieddate modifiedtime updateddate lastupdated lastupdate"
    " date.updated date.modified updatetime edited changed lastmodifieddate postmodified 更新时间"
    " 更新日期 更新時間 更新日 修改时间 最后更新 수정일 更新于 最后更新时间 最后修改 修改日期 最後更新"
    " 最後更新日期 更新日時 最終更新 最終更新日 最終更新日時 修正日 改訂日 수정일시 수정일자 최종수정일 최종수정"
    " updated_on last_updated_on update_date updated_time last_changed modified_on revised"
    " last_modified_on last_reviewed page_last_updated last_edited"
    " aktualisiert aktualisiert_am zuletzt_aktualisiert zuletzt_aktualisiert_am zuletzt_geändert"
    " geändert_am letzte_änderung letzte_aktualisierung stand mis_à_jour mis_à_jour_le mise_à_jour"
    " mise_à_jour_le dernière_mise_à_jour modifié_le actualizado actualizado_el"
    " última_actualización fecha_de_actualización atualizado_em última_atualização aggiornato_il"
    " ultimo_aggiornamento ultima_modifica обновлено дата_обновления последнее_обновление изменено"
    " آخر_تحديث تاريخ_التحديث bijgewerkt_op laatst_bijgewerkt laatst_gewijzigd zaktualizowano"
    " uppdaterad senast_uppdaterad oppdatert sist_oppdatert opdateret"
    " dateoflastupdate lastrevised datedemiseàjour modifié actualiséle modificado atualizado"
    " modificadoem aggiornato bijgewerkt gewijzigd aktualizacja ostatniaaktualizacja"
    " dataaktualizacji zmodyfikowano датаизменения оновлено датаоновлення останнєоновлення"
    " змінено uppdaterades senaständrad sidstopdateret senestopdateret sistendret päivitetty"
    " viimeksipäivitetty muokattu aktualizováno poslednízměna upraveno frissítve utolsófrissítés"
    " actualizat ενημερώθηκε τελευταίαενημέρωση güncellenmetarihi güncellemetarihi güncellendi"
    " songüncelleme تمالتحديث עודכן עודכןבתאריך עדכוןאחרון cậpnhật ngàycậpnhật cậpnhậtlầncuối"
    " ปรับปรุงล่าสุด แก้ไขล่าสุด อัปเดตล่าสุด อัพเดทล่าสุด diperbarui terakhirdiperbarui 更新於"
    " 修改時間 최종업데이트 업데이트",
    "expires": "expirydate expires expiry expire expireson expiresat expirationdate expirationtime"
    " unpublishdate unpublishon unpublishat notafter dateexpires",
    "retracted": "retracted retractedon withdrawn",
    # what `fields.status` makes of these is in its table `MARKS`
    "draft": "draft isdraft private isprivate unpublished headless encrypted hugodraft"
    " exporthugodraft",
    "public": "public ispublic ispublished",
    "rendered": "render routable build.render",
    "password": "password postpassword passphrase",
    "status": "status poststatus visibility publishstatus publicationstatus workflowstate"
    " workflowstatus reviewstate moderationstate state",
    "unlisted": "unlisted isunlisted hidden ishidden excludefromfeed excludefromfeeds"
    " eleventyexcludefromcollections feed.exclude rss.exclude",
    "listed": "listed islisted build.list feed rss",
    "noindex": "noindex sitemapexclude excludefromsitemap sitemap.disable sitemap.exclude"
    " searchexclude search.exclude",
    "indexed": "sitemap insearchindex searchable search",
    "robots": "robots googlebot",
    "redirect": "redirect redirectto redirecturl",
    "minor": "minor minoredit",
    "authors": "author authors byline by creator primaryauthor writer reporter postauthor"
    " authorname from editor 作者 撰稿 撰文 记者 記者 编辑 責任編輯 责任编辑 編集者 著者 글쓴이"
    " 기자 发布人 发布者 投稿者 작성자 등록자 autor autora auteur autore автор بقلم الكاتب"
    " autorin autoren verfasser verfasserin auteure auteurs rédacteur autores autrice autori"
    " autorka autorzy авторы автори författare skribent forfatter forfattere kirjoittaja autoři"
    " szerző συγγραφέας συντάκτης yazar المؤلف מאת מחבר tácgiả ngườiviết ผู้เขียน penulis 文章作者"
    " 责编 發布者 發布人 執筆者 筆者 필자",
    "authoremail": "authoremail email",
    "authorurl": "authorurl authoruri authorlink",
    "origin": "source via original origin publisher 来源 文章来源 信息来源 稿源 來源 出典 출처"
    " 资料来源 資料來源 新闻来源 出处 자료출처 quelle fuente fonte bron источник المصدر"
    " quellen fuentes fonti źródło джерело källa kilde lähde zdroj forrás sursa πηγή kaynak מקור"
    " nguồn ที่มา แหล่งที่มา sumber 稿件来源 消息来源 發布單位 发布单位 情報元 発行元 発信元",
    "originurl": "sourceurl originalurl source.url",
    "categories": "category categories section articlesection topic kicker 栏目 分类 类别 欄目"
    " 分類 カテゴリ 카테고리"
    " kategorie kategorien rubrik ressort catégorie catégories rubrique categoría categorías"
    " sección categoria categorias seção editoria sezione categorie rubriek kategoria dział"
    " категория рубрика раздел категорія kategori rubrika osasto κατηγορία القسم التصنيف קטגוריה"
    " מדור chuyênmục danhmục หมวดหมู่ 所属栏目 频道 類別 カテゴリー 분류 구분",
    "tags": "tags tag keywords topics labels filetags newskeywords subjects 标签 关键词 关键字"
    " 標籤 キーワード タグ 태그"
    " schlagworte schlagwörter stichwörter stichworte motsclés étiquettes etiquetas"
    " palabrasclave palavraschave parolechiave etichette trefwoorden tagi słowakluczowe теги"
    " ключевыеслова ключовіслова nyckelord emneord stikkord avainsanat asiasanat klíčováslova"
    " štítky etiketler ετικέτες الوسوم الكلماتالمفتاحية תגיות từkhóa แท็ก katakunci 關鍵字 關鍵詞 키워드",
    "summary": "summary description excerpt customexcerpt abstract standfirst subtitle deck lead"
    " teaser dek metadescription rss.feeddescription feed.description 摘要 导语 簡介 简介 概要"
    " 요약",
    "image": "image images cover coverimage thumbnail featureimage featuredimage featuredimageurl"
    " previewimage illustration banner ogimage hero heroimage primaryimage teaserimage thumb"
    " thumbnailurl",
    "imagealt": "imagealt image:alt coveralt featureimagealt featuredimagealt thumbnailalt"
    " heroimagealt imagealttext",
    "imagecaption": "imagecaption image:caption covercaption featureimagecaption"
    " featuredimagecaption photocaption heroimagecaption",
    "imagecredit": "imagecredit image:credit imagecredits covercredit photocredit featureimagecredit"
    " photographer heroimagecredit",
    "enclosures": "enclosure enclosures audio podcast podcastfile attachments attachment enclosureurl audiourl"
    " podcasturl",
    "enclosurelength": "enclosurelength enclosuresize audiolength podcastbytes podcastlength",
    "enclosuretype": "enclosuretype audiotype",
    "duration": "duration podcastduration audioduration itunesduration itunes:duration"
    " itunes.duration podcast.duration",
    "episode": "episode episodenumber itunes.episode itunes:episode itunesepisode podcast.episode",
    "season": "season seasonnumber itunes.season itunes:season itunesseason podcast.season",
    "episodetype": "episodetype itunes.episodetype itunes:episodetype itunesepisodetype",
    "explicit": "explicit itunes.explicit itunes:explicit itunesexplicit podcastexplicit"
    " podcast.explicit",
    "episodeimage": "episodeimage episodecover episodeart artwork itunesimage itunes.image"
    " itunes:image podcastimage podcast.image",
    "transcripts": "transcript transcripts podcast:transcript podcasttranscript"
    " podcast.transcript podcast.transcripts",
    "chapters": "chapters chaptersurl chaptersfile podcast:chapters podcastchapters"
    " podcast.chapters",
    "hosts": "host hosts cohosts presenter presenters podcast.hosts",
    "guests": "guest guests interviewee podcast.guests",
    "people": "people persons podcast:person podcastperson podcast.person podcast.people",
    "comments": "commentsurl comments commentslink",
    "rights": "rights copyright copyrights",
    "clicks": "clicks clickcount views viewcount hits reads readcount visits pageviews 点击 点击数"
    " 点击量 点击次数 点击率 浏览 浏览量 浏览数 浏览次数 阅读 阅读量 阅读数 阅读次数 访问量 點擊"
    " 點擊數 瀏覽 閲覧数 조회수 조회 點閱 點閱數 點閱率 瀏覽次數 瀏覽人次 人气 просмотров просмотры"
    " aufrufe zugriffe klicks vues visualizaciones visualizações visualizzazioni weergaven"
    " wyświetlenia liczbawyświetleń количествопросмотров перегляди переглядів visningar"
    " visninger katselukerrat zobrazení görüntülenme okunma المشاهدات عددالمشاهدات צפיות lượtxem"
    " ผู้เข้าชม จำนวนผู้เข้าชม dilihat 浏览人数 阅读人数 访问次数 點閱次數 點擊率 點擊次數 瀏覽數 閲覧回数 アクセス数",
    # what feeds have of the entry: a choice, and flags for either
    "feedcontent": "content feedcontent feed.content rss.content",
    "excerptonly": "excerptonly feed.excerptonly rss.excerptonly summaryonly feed.summaryonly"
    " rss.summaryonly rssuseexcerpt feedsummaryonly rsssummaryonly rssfeedsummaryonly feedteasers",
    "fulltext": "fulltext feed.full feed.fulltext feed.fullcontent rss.full rss.fulltext"
    " rss.fullcontent rssfulltext rssfullcontent feedfulltext feedfullcontent",
    "license": "license licence licenseurl licenceurl",
    "correction": "correction corrections erratum",
    "reason": "reason retractionreason",
}
BOOLEAN_WORDS = frozenset({"true", "yes", "on", "false", "no", "off", "0", "1"})
# Containers of fields of the entry: Hugo's params, Zola's extra, …
CONTAINER_FIELDS = frozenset(
    {"params", "extra", "taxonomies", "metadata", "meta", "seo", "fields", "attributes"}
)
DOTTED_CONTAINERS = frozenset(
    {"date", "rss", "feed", "source", "build", "sitemap", "search", "itunes", "podcast"}
)
VOCABULARY_PREFIX = re.compile(
    r"^(?:og|article|dc|dcterms|twitter|parsely|sailthru|news|citation|schema|itemprop|page|jbake)"
    r"[:._-]+(?:date[._])?"
)
IGNORED_CHARACTERS = str.maketrans("", "", "_- \t\u3000")


FieldNameTable = Mapping[str, tuple[str, int]]


@remember_short(8192)
def normalize_field_name(name: str) -> str:
    """Return a field's name in the table's form."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    name = name.casefold().strip()
    if ":" in name or "." in name or name.startswith(("page-", "jbake-", "citation", "og")):
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
