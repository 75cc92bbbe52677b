"""What a site puts around its articles, as it is named in markup and in print.

Names of classes and ids are hints by the author of the theme; readers see the first words.
Both cover the languages of the pages examined. Add further words here.
"""

from __future__ import annotations

import re

from feedsvc.patterns import compile_lazily

FRAME_TAGS = frozenset("nav footer form button input select textarea dialog object menu".split())
FRAME_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog menu menubar".split()
)
# A part of a class or id that says so beyond doubt ("site-footer", "breadcrumbList")
FRAME_NAMES = frozenset(
    "nav gnav gnavi gnb lnb snb subnav topnav navbar navigation menu menue menus breadcrumb"
    " breadcrumbs crumb crumbs curmbs pankuzu daohang weizhi brotkrumen migas ariane footer foot"
    " fuss pied pie piede colophon copyright sidebar cookie cookies consent comments commenti"
    " respond disqus skip pager pagination paging pages prevnext pagebar sharedaddy sharing"
    " addthis bshare bdsharebuttonbox jiathis widget newsletter kefu masthead topbar".split()
)
# A whole class or id that says so unless much of the text stands in it
LIKELY_FRAME_NAMES = frozenset(
    "share shares partage compartir teilen sns social related relatedposts recommend recommended"
    " recommendation rem similar rail aside rechts buscador print printing tool tools toolbar"
    " functions function close tags taglist labels feedback inquiry contact friend banner hotline"
    " logo tel loc location where path position bq keywords sx epx return volver btns prev next"
    " previous copy header kopf top head entete testata cabecera sitesearch search sou adv ads"
    " advert promo subscribe comment".split()
)
LIKELY_FRAME_BEGINNINGS = tuple(
    "jp-related related share- share_ xgyd footer sidebar a-lire".split()
)
NAME_ENDING = compile_lazily(r"[_-]?(?:box|bar|list|wrap|links?|con|area|btns?|section|block)$")
NAME_PART = compile_lazily(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
BYLINE_NAMES = frozenset(
    "meta byline author autor auteur firma info datum date stamp fecha posted dateline".split()
)

PREVIOUS_NEXT = (
    r"上一[篇条條页頁则則个個]|下一[篇条條页頁则則个個]|前一篇|[后後]一篇|上篇|下篇"
    r"|前の(?:記事|ページ|お知らせ)|次の(?:記事|ページ|お知らせ)|이전\s?글|다음\s?글"
    r"|(?:previous|prev|next|older|newer)\b(?:\s*(?:post|article|story|news|page|entry)s?)?\s*[:：]"
    r"|(?:older|newer|previous|next) (?:posts?|article|story|news)$"
    r"|(?:vorheriger|nächster|précédent|suivant|anterior|siguiente|próximo|precedente|successivo)"
    r"(?: (?:beitrag|artikel|article|artículo|artigo|post|articolo))?\s*(?:[:：]|$)"
)
TOOLS = (
    r"返回(?:列表|顶部|首页|上[一页]|目录)?|回上一[頁页]|[關关][閉闭](?:窗口|視窗|本页)?|打印(?:本页|此页)?|友善列印"
    r"|【?\s?字[体號号体]|分享(?:到|至)?\s*[:：]?$|分享(?:到|至)|本文(?:标签|网址|链接)|关键[词字]|(?:相关|文章)?标签\W*$|标签[:：]|扫一扫|扫描?二维码"
    r"|一覧(?:へ|に)(?:戻る)?|ページの先頭|印刷|ツイート|シェア|목록|인쇄|공유"
    r"|share this|share\s*[:：]|share on\b|print$|print this|email this|back to\b|volver\b"
    r"|partager|compartir|teilen\s*[:：]?$|condividi|tags?\s*[:：]|tagged\b|posted in\b|filed under\b"
    r"|labels?\s*[:：]|شارك|شارك|поделиться|zurück(?: zur| zum|$)|retour (?:à|aux)|torna (?:a|indietro)"
)
STEP = compile_lazily(rf"^\W*(?:{PREVIOUS_NEXT}|{TOOLS})", re.IGNORECASE)
BREADCRUMB = compile_lazily(
    r"^\W*(?:您?(?:现在|目前)?的?(?:所在)?位置|当前(?:所在)?(?:位置|页面)|[現现]在位置|你的位置|您现在|現在地|현재\s?위치"
    r"|(?:location|you are here|sie sind hier|vous êtes ici|estás en|ti trovi in|вы здесь)\s*:)",
    re.IGNORECASE,
)
TAG_LABEL = compile_lazily(
    r"^\W*(?:关键[词字]|(?:本文|相关|文章)?标签|tag|label|filed|posted)", re.IGNORECASE
)
BREADCRUMB_SIGN = compile_lazily(r"[>»→›]|\s/\s")
CONTACT_HEADING = compile_lazily(
    r"^\W*(?:お問い合わせ|media contacts?|press contacts?|contacts?\W*$|联系(?:我们|方式)|ansprechpartner"
    r"|pressekontakt|contact presse|contacto de prensa|문의|subscribe|enjoyed this)",
    re.IGNORECASE,
)
RELATED_HEADING = compile_lazily(
    r"^\W*(?:相[关關](?:推荐|阅读|新闻|文章|链接|产品|资讯|报道|内容|新聞|連結)|推荐(?:\W*$|阅读|文章|产品|新闻|内容)|热[门点]|[热每][门日]?排行"
    r"|猜你喜欢|延伸[閱阅][讀读]|最新(?:文章|资讯|消息|新闻)|関連(?:記事|ニュース|リンク|ページ)?|お問い合わせ|このページに関する"
    r"|관련\s?(?:기사|글|뉴스)|related\b|you (?:may|might) also|read (?:more|next|also)|more (?:from|news|stories)"
    r"|recent posts|most read|latest (?:news|posts|stories)|meistgelesen|ähnliche|mehr zum thema"
    r"|weitere (?:artikel|beiträge|meldungen|nachrichten|themen)|das könnte|à lire aussi|lire aussi"
    r"|articles? (?:liés|similaires)|sur le même sujet|ultime notizie|leggi anche|potrebbe interessarti|te puede interesar"
    r"|noticias relacionadas|leia também|veja também|читайте также|enjoyed this|subscribe|media contact|press contact"
    r"|contacts?\W*$|联系(?:我们|方式)|ansprechpartner|اقرأ أيضا)",
    re.IGNORECASE,
)
IMPRINT = compile_lazily(
    r"ICP[备證证備]|版权所有|公安备案|公网安备|网站标识码|copyrights?\b|all rights reserved|©|powered by|技术支持"
    r"|[主承]办单位|mentions légales|impressum|datenschutz",
    re.IGNORECASE,
)
PAGING = compile_lazily(
    r"共\s*\d+\s*[条條页頁]|\b\d+/\d+\s*页|下一页|尾页|末页|次のページ|older posts|전체 \d+건|nächste seite"
    r"|page suivante|página siguiente|load more",
    re.IGNORECASE,
)
PAGING_NAMES = frozenset({"pagination", "paging", "pagebox", "pages", "pager"})
# Labels of where something takes place: a date beside one is that of an event
EVENT = compile_lazily(
    r"(?<!\w)(?:活动|会议|開催|행사)?(?:地[点點]|[场場]所|会[场場]|장소|venue|location|where|place|ort|veranstaltungsort"
    r"|lieu|lugar|luogo|local|locatie|место|المكان)\s*(?:[:：]|$)",
    re.IGNORECASE,
)
# In a line with a bare date: what it is the date of
OTHER_DATE = compile_lazily(
    r"(?<![^\W\d_])(?:by (?=\d)|valid|expir\w*|ends?|ending|ended|due|deadline|starts?|starting|begins?"
    r"|opens?|opening|closes?|closing|born|died|birth|archived|recorded|filmed|aired|copyright|©|next|effective|in force|theaters|theatres"
    r"|cinemas|on sale|checked|reviewed|verified|accessed|retrieved|taken|captured|photo\w*|picture|image|bild|fotos?|photograph\w*|fotograf\w*"
    r"|gültig|geboren|gestorben|läuft|endet|beginn\w*|termin|frist|aufgenommen|abgerufen|nächste\w*|eröffnung|archiviert"
    r"|née?|morte?|décédée?|valable|expire|limite|consultée?|ouverture|début|prochaine?|clôture"
    r"|vence|válid\w*|nacid\w*|fallecid\w*|plazo|inicio|consultado|próxim\w*|apertura|cierre"
    r"|scad\w*|nat[oa] (?:a|il)|mort[oa] (?:a|il)|prossim\w*|inizio|chiusura|nascid\w*|falecid\w*|prazo|início|fim"
    r"|geldig|overleden|uiterlijk|einde|volgende|född|født|gäller|gælder"
    r"|gjelder|senast|senest|ważn\w*|urodz\w*|zmar\w*|koniec|platn\w*|narozen\w*|termín"
    r"|действ\w*|родил\w*|умер\w*|срок|начало|конец|діє|народи\w*|hết hạn)(?![^\W\d_])"
    r"|截[止至]|截稿|有效|出生|生于|開催|締切|締め切り|期限|発売|撮影|촬영|마감|개최|출생",
    re.IGNORECASE,
)
# Until or since when, if no more than an article and a weekday is between it and the date: not the
# first name in "Till Schneider, 6. Mai", "News from Skarvik, 6 May"
SPAN_WORD = compile_lazily(
    r"(?<![^\W\d_])(?:until|till|from|since|before|after|sale|bis|ab|seit|vor|nach|jusqu|à partir|depuis|avant|après|fin|dès"
    r"|hasta|desde|antes|fino|dal|entro|fine|até|a partir|tot|vanaf|sinds|t/m|från|fra|til|sedan|siden|innan|inden|före"
    r"|mennessä|alkaen|asti|saakka|do|od|przed|před|po|до|с|со|после|з|після|έως|μέχρι|από|ως|pân[ăa]|din|kadar|itibaren|son"
    r"|حتى|من|منذ|ابتداء|قبل|בעד|עד|מ-|החל|đến|từ|trước|sampai|hingga|sejak|mulai|ถึง|จนถึง|ตั้งแต่)(?![^\W\d_]|[,，.])"
    r"[\s:：('’]*(?:(?-i:(?![A-Z]))[^\W\d_]{1,3}[\s'’]+)*+",
    re.IGNORECASE,
)
# And behind it: 5月6日まで
OTHER_DATE_BEHIND = compile_lazily(
    r"\s*(?:まで|から|以降|より|[起止前至](?!\w*[:：])|开始|開始|開催|締切|発売|施行|까지|부터|마감|개최|tarihine|kadar|itibaren|mennessä|alkaen|asti|saakka|-ig|-től)"
)
# Beside a date they show a line of labels that belong to the article
OTHER_LABEL = compile_lazily(
    r"(?:[来來]源|[资資]料[来來]源|作者|编辑|点击|浏览|阅读|次数|點閱|瀏覽|录入|发布人|出处|字体|字号|작성자|조회|첨부파일|출처"
    r"|글쓴이|カテゴリー?|投稿者|source|author|clicks?|views?|hits|by|category)\s*(?:次数|数|數)?\s*[:：]"
    r"|次浏览|min read|浏览次数|阅读次数",
    re.IGNORECASE,
)
TODAY = compile_lazily(r"今[天日]|today|heute|oggi|aujourd|오늘", re.IGNORECASE)
TITLE_SEPARATOR = compile_lazily(r"\s*[|_–—·»:：«•｜‧/>,<~‹›⋅∙▷●★│┃＞－−-]+\s*")
TITLE_NAME = compile_lazily(r"tit|ttl|subject|headline|bt|name")


def list_name_parts(names: list[str]) -> set[str]:
    """Return the words that make up class names and ids, and these themselves, in lower case."""
    return {part.casefold() for name in names for part in (name, *NAME_PART.findall(name))}


def is_likely_frame(names: list[str]) -> bool:
    """Return whether a whole class or id is one of a frame."""
    return any(
        name in LIKELY_FRAME_NAMES
        or NAME_ENDING.sub("", name) in LIKELY_FRAME_NAMES
        or name.startswith(LIKELY_FRAME_BEGINNINGS)
        for name in (one.casefold() for one in names)
    )
