"""What programs read of the site as a whole: OPML, sitemaps, robots.txt and its description.

`lists` has the lists of feeds and pages and finds what is at an address, `openapi` describes what
may be asked for.
"""

from feedsvc.site.maps.lists import MAX_SITEMAP_ENTRIES, resolve_map

__all__ = ["MAX_SITEMAP_ENTRIES", "resolve_map"]
