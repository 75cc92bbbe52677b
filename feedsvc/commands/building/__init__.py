"""`feedsvc build`: the site as files, and what other servers need to know beside them.

`addresses` lists what there is, `state` knows what of it can have changed since the last build,
`worker` makes the files of that, `manifest` remembers what the last build made, `server_files` says
the rest to nginx and to hosts of static sites, and `build` puts it all in place.
"""

from feedsvc.commands.building.build import BuildReport, build_site

__all__ = ["BuildReport", "build_site"]
