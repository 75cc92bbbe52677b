"""The site with what is not public yet, for this machine alone: `feedsvc serve --drafts`."""
