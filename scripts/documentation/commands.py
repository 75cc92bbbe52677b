"""The page of commands, from what `--help` says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from feedsvc.commands.cli import main

_EXAMPLE = re.compile(r"\n*\x08\nExamples?:\n((?: +.*\n?)+)")
_VERBATIM = re.compile(r"^\x08\n((?:.+\n?)+)", re.MULTILINE)


def render_commands() -> str:
    """Return the part of the page that the code knows."""
    parts = []
    for path, command in list_commands(main, ("feedsvc",)):
        parts.append(render_command(path, command))
    return "\n".join(parts)


def list_commands(
    group: click.Group, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield the words and the command of each command of *group*, also of groups within it."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from list_commands(command, (*path, name))
        elif not command.hidden:
            yield (*path, name), command


def render_command(path: tuple[str, ...], command: click.Command) -> str:
    """Return usage, description, options and example of one command."""
    context = click.Context(command, info_name=" ".join(path))
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    help_ = (command.help or "") + "\n\n" + (command.epilog or "")
    example = _EXAMPLE.search(help_)
    text = _VERBATIM.sub(r"```text\n\1\n```\n", _EXAMPLE.sub("\n", help_)).strip()
    lines = [f"## {' '.join(path)}", "", "```text", usage, "```", "", text, ""]
    options = [
        one for one in command.params if isinstance(one, click.Option) and one.name != "config"
    ]
    if options:
        lines += ["| option | meaning |", "| --- | --- |"]
        lines += [f"| {_format_option(one, context)} |" for one in options]
        lines.append("")
    if example:
        lines += ["```sh", *(line.strip() for line in example[1].strip().splitlines()), "```", ""]
    return "\n".join(lines)


def _format_option(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    names, meaning = record if record else (", ".join(option.opts), "")
    return f"`{names.replace('|', chr(92) + '|')}` | {meaning.replace('|', chr(92) + '|')}"
