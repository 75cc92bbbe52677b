"""The commands. Results go to standard output, talk to standard error."""

from __future__ import annotations

import inspect
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from feedsvc import __version__
from feedsvc.errors import FeedsvcError, SettingsError
from feedsvc.settings import DEFAULT_PORT, Settings, load_settings

CONFIG_OPTION = click.option(
    "--config",
    type=click.Path(),
    help="The settings file [default: $FEEDSVC_CONFIG, else feedsvc.toml here, if there]",
)
ENTRIES_ARGUMENT = click.argument("entries", required=False, type=click.Path())


class CommandGroup(click.Group):
    """A group whose commands turn our errors into one line and an exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except SettingsError as error:
            print_to_stderr(f"feedsvc: {error}")
            context.exit(2)
        except FeedsvcError as error:
            print_to_stderr(f"feedsvc: {error}")
            context.exit(1)


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="feedsvc")
@click.pass_context
def main(context: click.Context) -> None:
    """Serves a folder of news as RSS, Atom and JSON feeds and as plain pages.

    Drop a file into the folder and it is out; correct it and every reader gets the correction.

    \b
    Completion of commands and options in the shell (or zsh_source, fish_source):
      eval "$(_FEEDSVC_COMPLETE=bash_source feedsvc)"
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a title must not end a command where the locale lacks its letters
            stream.reconfigure(errors="backslashreplace")


def add_example(text: str) -> Callable[[Any], Any]:
    """Adds an example to a command's help."""

    def add(command: Any) -> Any:
        command.__doc__ = f"{inspect.cleandoc(command.__doc__)}\n\n\b\nExample:\n  {text}"
        return command

    return add


def print_to_stderr(text: str) -> None:
    click.echo(text, err=True)


def format_entry_count(count: int) -> str:
    return "1 entry was" if count == 1 else f"{count:,} entries were"


def load_command_settings(
    config: str | None, entries: str | None = None, port: int | None = None
) -> Settings:
    """Settings for a command; in development mode it says so."""
    settings = load_settings(config, entries=entries, port=port)
    if settings.development:
        print_to_stderr(
            f"Development mode: site.url and site.id_authority are not set, so addresses begin with {settings.site.url}"
        )
    return settings


def require_entries_folder(settings: Settings) -> None:
    if not settings.entries.is_dir():
        raise SettingsError(
            "site.entries", f"{str(settings.entries)!r} is not a folder; make it, or name another"
        )


@main.command()
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
@CONFIG_OPTION
@add_example("feedsvc serve entries --port 9000")
def serve(
    entries: str | None,
    host: str,
    port: int,
    workers: int | None,
    access_log: bool,
    config: str | None,
) -> None:
    """Serves ENTRIES; a changed file is out at once."""
    from feedsvc.commands.serve import run_server

    settings = load_command_settings(config, entries, port)
    require_entries_folder(settings)
    run_server(settings, host, port, workers or min(4, os.cpu_count() or 1), access_log=access_log)


@main.command()
@ENTRIES_ARGUMENT
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@CONFIG_OPTION
@add_example("feedsvc check entries --format json")
@click.pass_context
def check(context: click.Context, entries: str | None, format_: str, config: str | None) -> None:
    """Reads ENTRIES, serves nothing, and names what is wrong.

    Says of each file what was understood, then file by file the problems and their remedies.

    Exit status: 0 clean, 1 problems, 2 unusable settings.
    """
    from feedsvc.commands.check import check_entries, write_json, write_text

    settings = load_command_settings(config, entries)
    require_entries_folder(settings)
    facts = check_entries(settings)
    write = write_json if format_ == "json" else write_text
    problems = write(facts, settings)
    context.exit(1 if problems else 0)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@CONFIG_OPTION
@add_example("feedsvc explain entries/2023/quay.txt")
def explain(file: str, config: str | None) -> None:
    """Says of one FILE what was read, from which words, and why.

    Above all of the date: which words name it, by which rules, and what else was considered.
    """
    from feedsvc.commands.check import explain_file

    settings = load_command_settings(config)
    for line in explain_file(Path(file), settings):
        click.echo(line)


@main.command()
@click.argument("path")
@ENTRIES_ARGUMENT
@CONFIG_OPTION
@add_example("feedsvc render '/atom.xml?limit=5' entries")
@click.pass_context
def render(context: click.Context, path: str, entries: str | None, config: str | None) -> None:
    """Prints the bytes that the server would answer for PATH."""
    from feedsvc.index.writer import refresh_index
    from feedsvc.web import create_app

    settings = load_command_settings(config, entries)
    require_entries_folder(settings)
    refresh_index(settings)
    response = create_app(settings, keep=False).test_client().get("/" + path.lstrip("/"))
    sys.stdout.buffer.write(response.data)
    sys.stdout.buffer.flush()
    if response.status_code >= 400:
        print_to_stderr(f"feedsvc: {path} is answered with status {response.status_code}")
        context.exit(1)


@main.command()
@ENTRIES_ARGUMENT
@CONFIG_OPTION
@add_example("feedsvc index entries")
def index(entries: str | None, config: str | None) -> None:
    """Builds or refreshes the index, and prints where it is.

    It also confirms that an empty folder is meant to be empty.
    """
    from feedsvc.commands.check import build_index

    settings = load_command_settings(config, entries)
    require_entries_folder(settings)
    click.echo(build_index(settings))


@main.command()
@click.argument("title")
@CONFIG_OPTION
@add_example('feedsvc new "Ferry line opens in May"')
def new(title: str, config: str | None) -> None:
    """Writes a draft with date and id, and prints its path.

    It is public as soon as its line `draft: true` goes.
    """
    from feedsvc.commands.new import write_draft

    click.echo(write_draft(title, load_command_settings(config)))


@main.command()
@ENTRIES_ARGUMENT
@CONFIG_OPTION
@add_example("feedsvc stamp entries")
@click.pass_context
def stamp(context: click.Context, entries: str | None, config: str | None) -> None:
    """Writes its present id into every entry without one.

    The id then survives a rename; no other byte changes.

    An entry whose dialect has no place for an id gets it in a sidecar beside it,
    NAME.yaml. Prints each file that was written; exit status 1 if one could not be.
    """
    from feedsvc.commands.stamp import stamp_entries

    settings = load_command_settings(config, entries)
    require_entries_folder(settings)
    written = failed = 0
    for path, problem in stamp_entries(settings):
        if problem:
            failed += 1
            print_to_stderr(f"feedsvc: {path}: {problem}")
        else:
            written += 1
            click.echo(path)
    if written or not failed:
        print_to_stderr(
            f"{format_entry_count(written)} stamped."
            if written
            else "Every entry has its own id already."
        )
    context.exit(1 if failed else 0)


@main.command(name="import")
@click.argument("feed", type=click.Path(exists=True, dir_okay=False))
@ENTRIES_ARGUMENT
@CONFIG_OPTION
@add_example("feedsvc import old-site/rss.xml entries")
def import_(feed: str, entries: str | None, config: str | None) -> None:
    """Turns FEED, the file of an old feed, into entry files.

    FEED may be RSS, Atom, JSON Feed or the export of WordPress.

    Ids and dates are kept as they are, so that no subscriber meets an item twice.
    An item whose id an entry has already is left out. Prints the paths.
    """
    from feedsvc.commands.new import import_feed

    count = 0
    for path in import_feed(Path(feed), load_command_settings(config, entries)):
        count += 1
        click.echo(path)
    print_to_stderr(
        f"{format_entry_count(count)} written; `feedsvc check` tells how they are read."
        if count
        else "There is no new item."
    )


if __name__ == "__main__":
    main()
