"""The command line: commands, options, help and exit codes; each command's work is in its module.

Results go to standard output, everything else to standard error. A command's module is imported
when it runs, so that completion and `--help` answer at once.
"""

from __future__ import annotations

import errno
import inspect
import io
import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from feedsvc import __version__
from feedsvc.errors import FeedsvcError, SettingsError
from feedsvc.log_lines import escape_controls
from feedsvc.settings import DEFAULT_PORT, Settings, load_settings

CONFIG_HELP = "The settings file [default: $FEEDSVC_CONFIG, else ./feedsvc.toml if it exists]"
FILE_TO_READ = click.Path(exists=True, dir_okay=False, path_type=Path)
LOG = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FILE_TO_WRITE = click.Path(dir_okay=False, path_type=Path)
MAX_PORT = 65_535
MAX_WORKERS = 256  # each takes 50 MB: a typing error must not exhaust the memory
NOTHING_NEW = "No entry without an id of its own has the address of an item in the feed."
ENTRIES_ARGUMENT = click.argument("entries", required=False, type=click.Path())


class CommandGroup(click.Group):
    """A group that turns a FeedsvcError or OSError into one line and an exit code."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except FeedsvcError as error:
            print_to_stderr(f"feedsvc: {error}")
            sys.exit(2 if isinstance(error, SettingsError) else 1)
        except OSError as error:  # a full or read-only disk, a missing permission
            # what writes a file names it
            output = "standard output" if error.errno == errno.ENOSPC else ""
            subject = error.filename or output
            reason = error.strerror or error
            print_to_stderr(f"feedsvc: {subject}: {reason}" if subject else f"feedsvc: {reason}")
            sys.exit(2)


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="feedsvc")
@click.pass_context
def main(context: click.Context) -> None:
    """Serve a folder of news as RSS, Atom and JSON feeds and as plain pages.

    Drop a file into the folder and it is published; correct it and every reader gets the
    correction.

    \b
    To complete commands and options in bash (or with zsh_source in zsh, fish_source in fish):
      eval "$(_FEEDSVC_COMPLETE=bash_source feedsvc)"
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False
    for stream in (sys.stdout, sys.stderr):
        # a title with characters that the locale lacks must not end a command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def add_command(
    example: str,
    *,
    name: str | None = None,
    reads_folder: bool = False,
    checks_partners: bool = True,
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Register a function of settings and options, which returns its exit status, as a command.

    The command gets `--config`, and *example* in its help. With *reads_folder* it fails if the
    entries folder is missing; otherwise only if that is a file. A faulty partner in the settings
    stops every command but those that help to correct it.
    """

    def register(function: Callable[..., int | None]) -> click.Command:
        @wraps(function)
        def run(config: str | None, entries: str | None = None, **options: Any) -> None:
            settings = load_command_settings(
                config,
                entries,
                options.get("port"),
                reads_folder=reads_folder,
                checks_partners=checks_partners,
            )
            if settings.development:
                print_to_stderr(
                    "Development mode: site.url and site.id_authority are not set, "
                    f"so addresses begin with {settings.site.url}"
                )
            click.get_current_context().exit(function(settings, **options) or 0)

        text = inspect.cleandoc(function.__doc__ or "")
        command = main.command(name, help=f"{text}\n\n\b\nExample:\n  {example}")(run)
        command.params.append(click.Option(["--config"], type=click.Path(), help=CONFIG_HELP))
        return command

    return register


def load_command_settings(
    config: str | None,
    entries: str | None,
    port: int | None,
    *,
    reads_folder: bool,
    checks_partners: bool = True,
) -> Settings:
    """Return the settings of a command; raise `SettingsError`.

    Also if the entries folder is no folder, or, with *reads_folder*, if it is missing.
    """
    settings = load_settings(config, entries=entries, port=port)
    folder = settings.entries
    if not folder.is_dir() and (reads_folder or folder.exists()):
        message = f"{str(folder)!r} is not a folder"
        raise SettingsError("site.entries", message, "create it, or name another folder")
    if settings.partners and checks_partners:
        from feedsvc.site.partners import add_profiles

        settings = add_profiles(settings)
    if settings.podcasts:
        from feedsvc.site.podcasts import read_podcasts

        read_podcasts(settings)
    return settings


def parse_address(
    context: click.Context, option: click.Parameter, text: str | None
) -> tuple[str, int] | None:
    """Return the host and port of `[ADDRESS:]PORT`; raise BadParameter."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= MAX_PORT):
        message = f"expected a port, or an address and a port such as '10.0.0.5:9090', got {text!r}"
        raise click.BadParameter(message, context, option)
    return host or "127.0.0.1", int(port)


def print_to_stderr(text: str) -> None:
    click.echo(text, err=True)


@add_command("feedsvc serve entries --port 9000", reads_folder=True)
@ENTRIES_ARGUMENT
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, MAX_PORT),
    envvar="PORT",
    default=DEFAULT_PORT,
    help=f"The port to listen on [default: $PORT, else {DEFAULT_PORT}]",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    help="Worker processes [default: one per core, at most 4]",
)
@click.option("--access-log", is_flag=True, help="Log each request.")
@click.option(
    "--granian-metrics",
    metavar="[ADDRESS:]PORT",
    callback=parse_address,
    help="Where the HTTP core, Granian, shows its own metrics; ADDRESS defaults to 127.0.0.1.",
)
@click.option(
    "--drafts", is_flag=True, help="Also show what is not public yet, on this machine only."
)
def serve(
    settings: Settings,
    host: str,
    port: int,
    workers: int | None,
    access_log: bool,
    granian_metrics: tuple[str, int] | None,
    drafts: bool,
) -> None:
    """Serve ENTRIES, and publish every change at once.

    With --drafts, it is a preview for this machine only: drafts and scheduled entries are shown
    and marked as such, and /_desk lists what is wrong with each file. Nobody is notified of
    anything, and the public service of the same folder may run beside it.

    SIGTERM ends it once the answers under way are sent. SIGHUP reads the settings again and
    replaces the workers one by one; settings with a mistake change nothing. To change the options
    below, restart it.
    """
    from feedsvc.commands.serve import run_server

    given = click.get_current_context().params

    def load() -> Settings:
        loaded = load_command_settings(given["config"], given["entries"], port, reads_folder=True)
        if loaded.development and not settings.development:  # the file is being replaced
            message = "is not set any more, nor is site.url: every entry would get another id"
            raise SettingsError("site.id_authority", message)
        return prepare(loaded)

    def prepare(loaded: Settings) -> Settings:
        if not drafts:
            return loaded
        from feedsvc.web.preview.settings import make_preview_settings

        return make_preview_settings(loaded)

    settings = prepare(settings)
    workers = workers or (1 if drafts else min(4, os.cpu_count() or 1))
    run_server(
        settings,
        host,
        port,
        workers,
        load=load,
        access_log=access_log,
        core_metrics=granian_metrics,
    )


@main.command(
    help="""Ask the service at URL whether it is alive.

    This is for the health check of a container: no settings are read, and URL defaults to
    http://127.0.0.1:$PORT/. Exit status: 0 healthy, 1 not.

    \b
    Example:
      feedsvc health --ready"""
)
@click.argument("url", default="")
@click.option("--ready", is_flag=True, help="Also ask whether its index is ready.")
def health(url: str, ready: bool) -> None:
    from feedsvc.commands.health import ask_health

    own = f"http://127.0.0.1:{os.environ.get('PORT') or DEFAULT_PORT}/"
    if problem := ask_health(url or own, ready=ready):
        print_to_stderr(f"feedsvc: {escape_controls(problem)}")
        click.get_current_context().exit(1)


@add_command("feedsvc check entries --format json", reads_folder=True)
@ENTRIES_ARGUMENT
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--json", "format_", flag_value="json", help="The same as --format json.")
@click.option(
    "--for",
    "partner",
    default="",
    metavar="NAME",
    help="A partner from the settings, or a profile.",
)
@click.option(
    "--settings", "only_settings", is_flag=True, help="Check the settings; read no entry."
)
def check(settings: Settings, format_: str, partner: str, only_settings: bool) -> int:
    """Read ENTRIES and report what is wrong; serve nothing.

    List what was understood of each file, then the problems and their remedies, file by file. Also
    name each hub, webhook, CDN or search engine that is to be notified of changes but cannot be
    reached.

    With --for, say instead for each entry whether that partner will take it, and if not, why not.

    With --settings, only say whether the settings can be used, including those of partners,
    podcasts and the theme: before a reload of the service, for instance.

    Exit status: 0 clean, 1 problems or entries that the partner refuses, 2 unusable settings.
    """
    if only_settings:
        click.echo(f"The settings can be used: {settings.entries} at {settings.site.url}")
        return 0
    if partner:
        from feedsvc.commands.partner.check import write_partner_check

        return 0 if write_partner_check(partner, settings, is_json=format_ == "json") else 1
    from feedsvc.commands.check import check_entries, write_json, write_text

    write = write_json if format_ == "json" else write_text
    count = write(check_entries(settings))
    if settings.has_push:
        from feedsvc.indexer.push import check_receivers

        for sentence in check_receivers(settings):
            count += 1
            print_to_stderr(f"feedsvc: {sentence}")
    return 1 if count else 0


@add_command("feedsvc explain entries/2023/quay.txt")
@click.argument("file", type=FILE_TO_READ)
def explain(settings: Settings, file: Path) -> None:
    """Show what was read in FILE, from which words, and why.

    Above all, it explains the date: which words name it, by which rules, and what else was
    considered.
    """
    from feedsvc.commands.explain import explain_file

    for line in explain_file(file, settings):
        click.echo(line)


@add_command("feedsvc render '/atom.xml?limit=5' entries", reads_folder=True)
@click.argument("path")
@ENTRIES_ARGUMENT
def render(settings: Settings, path: str) -> int:
    """Print the bytes that the server would send for PATH.

    PATH may also be a URL of the site.
    """
    from feedsvc.commands.render import describe_status, render_path

    response = render_path(path, settings)
    sys.stdout.buffer.write(response.data)
    sys.stdout.buffer.flush()
    if response.status_code >= 300:
        print_to_stderr(f"feedsvc: {describe_status(path, response, settings)}")
    return 1 if response.status_code >= 400 else 0


@add_command("journalctl -u feedsvc -o cat | feedsvc stats -")
@click.argument("logs", nargs=-1, required=True, type=LOG)
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="How many days to go back.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON, day by day.")
def stats(settings: Settings, logs: tuple[Path, ...], days: int, is_json: bool) -> int:
    """Show from access logs who reads the feeds.

    LOGS are access logs of `serve --access-log`, nginx, Apache, gunicorn, Caddy or a CDN: text in
    the Combined Log Format, or JSON, gzipped or not; "-" is standard input. It shows for each feed
    the requests, how many of them were answered with "nothing new", the bytes, and the subscribers
    that aggregators report; then the subscribers by day, the kinds of readers, and the readers
    that fetch the whole feed every time. Clients' addresses are not read.
    """
    from feedsvc.commands.statistics import report_statistics

    lines = report_statistics(settings, logs, days=days, is_json=is_json)
    for line in lines:
        click.echo(line)
    if not lines:
        print_to_stderr(
            "There is no request for a feed in the log. Is it an access log of this site?"
        )
    return 0 if lines else 1


@add_command("feedsvc index entries", reads_folder=True)
@ENTRIES_ARGUMENT
@click.option(
    "--export", type=FILE_TO_WRITE, metavar="FILE", help="Write a copy of it, for another node."
)
@click.option(
    "--import", "import_", type=FILE_TO_READ, metavar="FILE", help="Start from such a copy."
)
def index(settings: Settings, export: Path | None, import_: Path | None) -> None:
    """Build or refresh the index, and print where it is.

    This also confirms that an empty folder is meant to be empty.

    With --export, write a compressed copy of the index to FILE; the service may be running. With
    --import, before the service of another node starts, take such a copy as its index, and read
    only the files that differ from it. The copy must come from the same settings and version.
    """
    from feedsvc.commands.index import build_index, take_index
    from feedsvc.indexer import export_index

    if export and import_:
        raise click.UsageError("--export and --import cannot be used together.")
    if export:
        export_index(settings, export)
        click.echo(export)
    elif import_:
        click.echo(take_index(settings, import_))
    else:
        click.echo(build_index(settings))


@add_command("feedsvc build public entries", reads_folder=True)
@click.argument("out", type=click.Path(path_type=Path))
@ENTRIES_ARGUMENT
@click.option(
    "--processes", type=click.IntRange(1), help="Processes that render [default: one per core]"
)
@click.option(
    "--no-compress", is_flag=True, help="Write no .gz, .br or .zst files beside the documents."
)
@click.option("--to", metavar="URL", help="Also upload OUT: s3://, gs:// or az://BUCKET/PREFIX.")
@click.option("--gzip", "is_gzip", is_flag=True, help="With --to: store texts gzipped.")
@click.option("--dry-run", is_flag=True, help="With --to: only say what would be uploaded.")
def build(
    settings: Settings,
    out: Path,
    processes: int | None,
    no_compress: bool,
    to: str | None,
    is_gzip: bool,
    dry_run: bool,
) -> int:
    """Write the site into OUT, as static files.

    It is for a server that can only send files. The bytes are those that `serve` answers with
    `static = true` in [site]: pages without search or anything else that needs a program on the
    server. Each document has its compressed copies beside it, and OUT has the configuration that
    nginx, Netlify and Cloudflare need. What has not changed since the last build is neither
    rendered nor written again, and OUT stays as it was until everything is rendered.

    With --to, what has changed is uploaded too, in an order that never leaves a link without its
    page. Credentials come from the environment.

    Exit status: 0 built; 1 not built, or built without the documents that are named.
    """
    from feedsvc.commands.build import upload, write_site
    from feedsvc.commands.uploading import ObjectStore

    if (is_gzip or dry_run) and not to:
        raise click.UsageError("--gzip and --dry-run need --to.")
    store = ObjectStore(to) if to else None  # a wrong URL fails before the build
    problems = write_site(settings, out, processes or 0, compresses=not no_compress)
    if store is not None:
        problems += upload(settings, out, store, compresses=is_gzip, is_dry_run=dry_run)
    return 1 if problems else 0


@add_command('feedsvc new "Ferry line opens in May"')
@click.argument("title")
def new(settings: Settings, title: str) -> None:
    """Write a draft with a date and an id, and print its path.

    `feedsvc publish` makes it public, and so does removing its line `draft: true`.
    """
    from feedsvc.commands.new import make_file_name, write_draft

    path = write_draft(title, settings)
    click.echo(path)
    if path.stem != (name := make_file_name(" ".join(title.split()))):
        print_to_stderr(f"There is already an entry named {name!r}, so this one is {path.stem!r}.")


@add_command("feedsvc publish entries/2026/quay.md")
@click.argument("files", nargs=-1, required=True, type=FILE_TO_READ, metavar="FILE...")
@click.option(
    "--now", "at_once", is_flag=True, help="Publish now even if the date is in the future."
)
def publish(settings: Settings, files: tuple[Path, ...], at_once: bool) -> int:
    """Publish drafts: remove the draft mark and set the date to now.

    The new date keeps the form, precision and zone of the old one, and no other byte changes. A
    date in the future stays, and the entry appears then; --now publishes it at once. A file in
    `_drafts/` moves to `_posts/`. Prints the paths; the exit status is 1 if one could not be
    published.
    """
    from feedsvc.commands.publishing import publish_files

    failed = 0
    for result in publish_files(files, settings, at_once=at_once):
        for line in result.lines:
            print_to_stderr(escape_controls(line))
        failed += not result.path
        if result.path:
            click.echo(result.path)
    return 1 if failed else 0


@add_command("feedsvc key msn --expires 2027-06-30", checks_partners=False)
@click.argument("partner")
@click.option("--name", default="", help="The key's name [default: today's date]")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day on which the key works, in the site's time zone.",
)
def key(settings: Settings, partner: str, name: str, expires: datetime | None) -> None:
    """Make a key for the feed of PARTNER.

    Prints the key, which is shown once and kept nowhere, and then a line with its hash. Put that
    line into the settings, below [partners.PARTNER.keys]; to revoke the key, remove the line.
    """
    from feedsvc.commands.partner.key import make_partner_key

    today = datetime.now(settings.site.zone).date()
    made = make_partner_key(partner, settings, today, name, expires.date() if expires else None)
    print_to_stderr(f"The key for {partner}, shown once:")
    click.echo(made.key)
    print_to_stderr(f"The line for the settings, below {made.table}:")
    click.echo(made.line)


@add_command("feedsvc stamp entries", reads_folder=True)
@ENTRIES_ARGUMENT
@click.option(
    "--feed",
    type=FILE_TO_READ,
    metavar="FILE",
    help="Take the ids from an old feed, matched by address.",
)
@click.option("--renamed", is_flag=True, help="Give renamed files the ids that they had.")
def stamp(settings: Settings, feed: Path | None, renamed: bool) -> int:
    """Write the present id into every entry that has none of its own.

    The id then survives a rename; no other byte changes.

    With --feed, each entry whose address is that of an item in FILE gets that item's id, so that
    subscribers of the old site see nothing twice. Other entries are left as they are.

    With --renamed, each file that was renamed without an id of its own gets the id that it had
    before, so that readers see the same entry; `check` and the log name these files.

    An entry whose dialect has no place for an id gets it in a sidecar beside it, NAME.yaml. Prints
    each file that was written; the exit status is 1 if one could not be.
    """
    from feedsvc.commands.editing.stamp import read_old_ids, stamp_entries, stamp_renamed
    from feedsvc.commands.reports import format_count

    if renamed and feed:
        raise click.UsageError("--feed and --renamed cannot be used together.")
    written = failed = 0
    old_ids = read_old_ids(feed) if feed else None
    for result in stamp_renamed(settings) if renamed else stamp_entries(settings, old_ids):
        if result.problem:
            failed += 1
            print_to_stderr(f"feedsvc: {result.path}: {result.problem}")
        else:
            written += 1
            click.echo(result.path)
    if written:
        print_to_stderr(f"{format_count(written, 'entry was', 'entries were')} stamped.")
    elif not failed:
        nothing = "No file was renamed." if renamed else "Every entry already has an id of its own."
        print_to_stderr(nothing if old_ids is None else NOTHING_NEW)
    if old_ids:
        first = escape_controls(next(iter(old_ids)))
        count = format_count(len(old_ids), "item")
        print_to_stderr(f"No entry has the address of {count} of the feed, such as {first}")
    return 1 if failed else 0


@add_command("feedsvc import old-site/rss.xml entries", name="import")
@click.argument("feed", type=FILE_TO_READ)
@ENTRIES_ARGUMENT
def import_(settings: Settings, feed: Path) -> None:
    """Turn FEED, the file of an old feed, into entry files.

    FEED may be RSS, Atom, JSON Feed, or an export from WordPress or Blogger; what is not public in
    an export becomes a draft.

    Ids and dates are kept as they are, so that no subscriber sees an item twice.
    An item whose id an entry already has is left out. Prints the paths.
    """
    from feedsvc.commands.import_ import import_feed
    from feedsvc.commands.reports import format_count

    count = 0
    for path in import_feed(feed, settings, print_to_stderr):
        count += 1
        click.echo(path)
    print_to_stderr(
        f"{format_count(count, 'entry was', 'entries were')} written;"
        " `feedsvc check` shows how they are read."
        if count
        else "There is no new item."
    )
