"""The command line: commands, options, help and exit codes; what a command does is in its module.

Results go to standard output, everything else to standard error. The modules of the commands
are imported when they run, so that completion and `--help` answer at once.
"""

from __future__ import annotations

import inspect
import io
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from feedsvc import __version__
from feedsvc.errors import FeedsvcError, SettingsError
from feedsvc.settings import DEFAULT_PORT, Settings, load_settings

CONFIG_HELP = "The settings file [default: $FEEDSVC_CONFIG, else feedsvc.toml here, if there]"
ENTRIES_ARGUMENT = click.argument("entries", required=False, type=click.Path())


class CommandGroup(click.Group):
    """A group whose commands turn our errors into one line and an exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except FeedsvcError as error:
            print_to_stderr(f"feedsvc: {error}")
            context.exit(2 if isinstance(error, SettingsError) else 1)


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="feedsvc")
@click.pass_context
def main(context: click.Context) -> None:
    """Serve a folder of news as RSS, Atom and JSON feeds and as plain pages.

    Drop a file into the folder and it is out; correct it and every reader gets the correction.

    \b
    Completion of commands and options in the shell (or zsh_source, fish_source):
      eval "$(_FEEDSVC_COMPLETE=bash_source feedsvc)"
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False
    for stream in (sys.stdout, sys.stderr):
        # a title must not end a command where the locale lacks its letters
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def add_command(
    example: str, *, name: str | None = None, reads_folder: bool = False
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Register a function of settings and options, which returns its exit status, as a command.

    It gets `--config`, *example* in its help, and with *reads_folder* stops where the entries
    folder is not there; else one may be missing, but not be a file.
    """

    def register(function: Callable[..., int | None]) -> click.Command:
        @wraps(function)
        def run(config: str | None, entries: str | None = None, **options: Any) -> None:
            settings = load_settings(config, entries=entries, port=options.get("port"))
            if settings.development:
                print_to_stderr(
                    "Development mode: site.url and site.id_authority are not set, "
                    f"so addresses begin with {settings.site.url}"
                )
            folder = settings.entries
            if not folder.is_dir() and (reads_folder or folder.exists()):
                message = f"{str(folder)!r} is not a folder"
                raise SettingsError("site.entries", message, "make it, or name another")
            click.get_current_context().exit(function(settings, **options) or 0)

        text = inspect.cleandoc(function.__doc__ or "")
        command = main.command(name, help=f"{text}\n\n\b\nExample:\n  {example}")(run)
        command.params.append(click.Option(["--config"], type=click.Path(), help=CONFIG_HELP))
        return command

    return register


def print_to_stderr(text: str) -> None:
    click.echo(text, err=True)


def format_entry_count(count: int) -> str:
    return "1 entry was" if count == 1 else f"{count:,} entries were"


@add_command("feedsvc serve entries --port 9000", reads_folder=True)
@ENTRIES_ARGUMENT
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    envvar="PORT",
    default=DEFAULT_PORT,
    help=f"The port [default: $PORT, else {DEFAULT_PORT}]",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="Processes that answer [default: one a core, at most 4]",
)
@click.option("--access-log", is_flag=True, help="Log each request.")
def serve(settings: Settings, host: str, port: int, workers: int | None, access_log: bool) -> None:
    """Serve ENTRIES; a changed file is out at once."""
    from feedsvc.commands.serve import run_server

    workers = workers or min(4, os.cpu_count() or 1)
    run_server(settings, host, port, workers, access_log=access_log)


@add_command("feedsvc check entries --format json", reads_folder=True)
@ENTRIES_ARGUMENT
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def check(settings: Settings, format_: str) -> int:
    """Read ENTRIES, serve nothing, and name what is wrong.

    Say of each file what was understood, then file by file the problems and their remedies.

    Exit status: 0 clean, 1 problems, 2 unusable settings.
    """
    from feedsvc.commands.check import check_entries, write_json, write_text

    write = write_json if format_ == "json" else write_text
    return 1 if write(check_entries(settings)) else 0


@add_command("feedsvc explain entries/2023/quay.txt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def explain(settings: Settings, file: Path) -> None:
    """Say of one FILE what was read, from which words, and why.

    Above all of the date: which words name it, by which rules, and what else was considered.
    """
    from feedsvc.commands.explain import explain_file

    for line in explain_file(file, settings):
        click.echo(line)


@add_command("feedsvc render '/atom.xml?limit=5' entries", reads_folder=True)
@click.argument("path")
@ENTRIES_ARGUMENT
def render(settings: Settings, path: str) -> int:
    """Print the bytes that the server would answer for PATH."""
    from feedsvc.commands.render import render_path

    response = render_path(path, settings)
    sys.stdout.buffer.write(response.data)
    sys.stdout.buffer.flush()
    if response.status_code < 400:
        return 0
    print_to_stderr(f"feedsvc: {path} is answered with status {response.status_code}")
    return 1


@add_command("feedsvc index entries", reads_folder=True)
@ENTRIES_ARGUMENT
def index(settings: Settings) -> None:
    """Build or refresh the index, and print where it is.

    It also confirms that an empty folder is meant to be empty.
    """
    from feedsvc.commands.index import build_index

    click.echo(build_index(settings))


@add_command('feedsvc new "Ferry line opens in May"')
@click.argument("title")
def new(settings: Settings, title: str) -> None:
    """Write a draft with date and id, and print its path.

    It is public as soon as its line `draft: true` goes.
    """
    from feedsvc.commands.new import write_draft

    click.echo(write_draft(title, settings))


@add_command("feedsvc stamp entries", reads_folder=True)
@ENTRIES_ARGUMENT
def stamp(settings: Settings) -> int:
    """Write its present id into every entry without one.

    The id then survives a rename; no other byte changes.

    An entry whose dialect has no place for an id gets it in a sidecar beside it,
    NAME.yaml. Prints each file that was written; exit status 1 if one could not be.
    """
    from feedsvc.commands.stamp import stamp_entries

    written = failed = 0
    for result in stamp_entries(settings):
        if result.problem:
            failed += 1
            print_to_stderr(f"feedsvc: {result.path}: {result.problem}")
        else:
            written += 1
            click.echo(result.path)
    if written:
        print_to_stderr(f"{format_entry_count(written)} stamped.")
    elif not failed:
        print_to_stderr("Every entry has its own id already.")
    return 1 if failed else 0


@add_command("feedsvc import old-site/rss.xml entries", name="import")
@click.argument("feed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ENTRIES_ARGUMENT
def import_(settings: Settings, feed: Path) -> None:
    """Turn FEED, the file of an old feed, into entry files.

    FEED may be RSS, Atom, JSON Feed or the export of WordPress or Blogger; what that does not
    show to everybody becomes a draft.

    Ids and dates are kept as they are, so that no subscriber meets an item twice.
    An item whose id an entry has already is left out. Prints the paths.
    """
    from feedsvc.commands.import_ import import_feed

    count = 0
    for path in import_feed(feed, settings, print_to_stderr):
        count += 1
        click.echo(path)
    print_to_stderr(
        f"{format_entry_count(count)} written; `feedsvc check` tells how they are read."
        if count
        else "There is no new item."
    )
