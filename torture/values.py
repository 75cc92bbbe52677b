"""Every hostile value in every field of every dialect: no document is lost, and no other entry."""

from __future__ import annotations

import json
import logging
import random
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

from feedsvc.listing import Listing
from feedsvc.settings import Feeds, Settings
from feedsvc.settings import Site as SiteSettings
from tests.support.hostile import list_hostile
from tests.support.site import Site
from torture.result import Result, Tally

BATCH_SIZE = 450  # entries of one site, all of which its feeds show
SOUND = "---\ntitle: Sound\ndate: 2026-03-02\ntags: [sound]\n---\n\nSound words.\n"
XML_PATHS = ("/rss.xml", "/atom.xml", "/sitemap.xml", "/opml.xml", "/archive/2026-03/atom.xml")
# those that show the sound entry by its title or its tag
SOUND_PATHS = ("/rss.xml", "/atom.xml", "/archive/2026-03/atom.xml", "/feed.json", "/", "/2026/03/")
PATHS = (*dict.fromkeys((*SOUND_PATHS, *XML_PATHS)), "/tags/", "/authors/", "/2026/03/sound/")


def run(count: int, folder: Path, seed: int) -> Result:
    """Read *count* entries with one hostile field each, and ask for every document over them."""
    tally, done = Tally(), 0
    entries = list(list_hostile())
    random.Random(seed).shuffle(entries)
    waiting = iter(entries[:count])
    # what is left out of a document is named there, with a traceback each
    logging.disable(logging.CRITICAL)
    try:
        while batch := list(islice(waiting, BATCH_SIZE)):
            done += len(batch)
            _check_batch(batch, folder / str(done), tally)
    finally:
        logging.disable(logging.NOTSET)
    return tally.make_result(done)


def _check_batch(batch: list[tuple[str, bytes]], folder: Path, tally: Tally) -> None:
    site = SiteSettings(
        title="News",
        url="https://news.example.com/",
        id_authority="news.example.com,2026",
        permalink="/{year}/{month}/{slug}/",
        entries=str(folder / "entries"),
        index=str(folder / "index"),
    )
    asked = Site(Settings(site=site, feeds=Feeds(limit=500), base=folder))
    asked.write("sound.md", SOUND)
    for path, content in batch:
        asked.write(path, content)
    for path in PATHS:
        answer = asked.get(path)
        tally.count_answer()
        if answer.status_code >= 500:
            tally.add_server_error(f"{path}: {answer.status_code}, {folder}")
        elif answer.status_code != 200 or (path in SOUND_PATHS and b"Sound" not in answer.data):
            tally.add_lost(f"{path}: the sound entry, {folder}")
        elif path in XML_PATHS:
            try:
                ElementTree.fromstring(answer.data)
            except ElementTree.ParseError as error:
                tally.add_wrong(f"{path}: {error}, {folder}")
    shown = len(json.loads(asked.get("/feed.json").data)["items"])
    with asked.publisher.index.open_snapshot(int(asked.clock())) as queries:
        listed = len(queries.select_entries(Listing(), 500))
    if shown != listed:
        tally.add_lost(f"{listed - shown} entries of /feed.json, {folder}")
