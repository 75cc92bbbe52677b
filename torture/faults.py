"""Every fault, by name: one line each. The order is that of the table."""

from __future__ import annotations

from torture import (
    agree,
    clock,
    content,
    edits,
    index_faults,
    kill,
    linear,
    model,
    outage,
    queries,
    requests,
    slow_clients,
    soak,
    values,
)
from torture.result import Fault

FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            name="kill",
            summary="`kill -9` of the writer, of a process that reads for it, of a worker or of the"
            " main process, at a random moment, under edits and load",
            run=kill.run,
            count=60,
            full_count=200,
            suite_count=2,
        ),
        Fault(
            name="edits",
            summary="seconds of edits under load: slowly, in place, by rename, swapped, moved with"
            " the folder, deleted, restored, 2,000 at once by `git checkout`",
            run=edits.run,
            count=180,
            full_count=600,
            suite_count=2,
        ),
        Fault(
            name="agree",
            summary="an entry edited under two servers over one index, which are asked without a"
            " pause, or by many at once after one: they disagree for no longer than 100 ms",
            run=agree.run,
            count=100,
            full_count=300,
            suite_count=3,
        ),
        Fault(
            name="clock",
            summary="a clock that jumps, both ways, to the second around a scheduled change: nights"
            " in which summer time begins and ends, leap day, year's end, 2038",
            run=clock.run,
            count=200,
            full_count=2_000,
            suite_count=6,
            program="faketime",
        ),
        Fault(
            name="unmount",
            summary="the folder is taken away, an empty one in its place or none, and is back",
            run=outage.run_unmount,
            count=20,
            full_count=50,
            suite_count=1,
        ),
        Fault(
            name="index",
            summary="the index is overwritten, cut off, replaced, deleted or locked, and what lies"
            " beside it; its disk is full, read-only, unmounted or refuses; permissions are gone:"
            " while running and before a start",
            run=index_faults.run,
            count=40,
            full_count=111,  # each once
        ),
        Fault(
            name="stop",
            summary="the writer is stopped for a minute (SIGSTOP) while files are edited",
            run=outage.run_stop,
            count=1,
            full_count=3,
        ),
        Fault(
            name="model",
            summary="edits, moves of the clock, restarts and losses of the index as hypothesis"
            " invents them; listings, feeds, archives, search and counts are those of a dictionary",
            run=model.run,
            count=200,
            full_count=2_000,
            suite_count=8,
        ),
        Fault(
            name="bodies",
            summary="a shape of text repeated up to a megabyte, through a function that bodies go"
            " through on their way to HTML, summary, references and search: time above n^1.2",
            run=content.run_linear,
            count=400,
            full_count=3_000,
        ),
        Fault(
            name="scripts",
            summary="a hostile text, or an address with a script at a place for addresses, in each"
            " markup: an element, attribute or scheme that is not on the lists",
            run=content.run_scripts,
            count=5_000,
            full_count=50_000,
        ),
        Fault(
            name="soak",
            summary="seconds of mixed load: memory, descriptors and threads of every process stay"
            " flat (by least squares over the second half: less than 10 MB, 3 and 3 more)",
            run=soak.run,
            count=600,
            full_count=1_800,
        ),
        Fault(
            name="requests",
            summary="random requests over routes, methods, parameters and headers, each answered by"
            " Flask and by the front",
            run=requests.run,
            count=50_000,
            full_count=200_000,
            suite_count=1_000,
        ),
        Fault(
            name="queries",
            summary="requests that nobody has sent before, of 15 kinds: the memory of the worker"
            " grows by no more than 60 MB",
            run=queries.run,
            count=20_000,
            full_count=20_000,
            suite_count=1_500,
        ),
        Fault(
            name="linear",
            summary="one of 52,160 texts: a repeated shape of 16 KB to 1 MB in a place of a file or"
            " through a function that reads it, in processor time above n^1.2",
            run=linear.run,
            count=1_500,
            full_count=60_000,
            suite_count=40,
        ),
        Fault(
            name="slow",
            summary="so many connections of each kind to each server: they send nothing,"
            " or a head or a body byte by byte, or do not read what they asked for; and every"
            " malformed request",
            run=slow_clients.run,
            count=200,
            full_count=10_000,
            suite_count=0,  # tests/test_slow_clients.py
        ),
        Fault(
            name="values",
            summary="entries with a hostile value (controls, brackets in hosts, tables and numbers,"
            " dates at the ends of the calendar) in each field of each dialect: every document is"
            " whole and has all others",
            run=values.run,
            count=5_000,
            full_count=50_000,
        ),
    )
}
