"""The site with its unpublished entries, for this machine only: `feedsvc serve --drafts`."""
