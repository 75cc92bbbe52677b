"""`python -m feedsvc` is the command `feedsvc`."""

from feedsvc.commands.cli import main

main(prog_name="feedsvc")
