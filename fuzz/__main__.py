"""Look for inputs that break an invariant: `make fuzz ARGS="dates --runs 1000000"`.

Every target in turn where none is named. New inputs that reach new code are kept in WORK, from
which the next run goes on; `--minimize` chooses of them, and of the corpus, the few that reach the
same and puts these into the corpus. Ends with a line a target: runs, seconds, edges, crashes.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from msgspec import Struct

from fuzz.minimize import minimize_corpus
from fuzz.target import Target
from fuzz.targets import TARGETS

WORK = Path(__file__).parent / "work"
PROGRESS = re.compile(r"^#(\d+)\s.*?\bcov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)
DONE = re.compile(r"^Done (\d+) runs in (\d+) second", re.MULTILINE)


class Outcome(Struct, frozen=True, kw_only=True):
    """What a run of one target came to."""

    runs: int
    seconds: int
    edges: int
    features: int
    inputs: int
    crashes: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=0, help="stop then; 0: after the runs")
    parser.add_argument("--work", type=Path, default=WORK, help="where inputs and crashes are kept")
    parser.add_argument("--minimize", action="store_true", help="rewrite the corpus instead")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    names = arguments.targets or list(TARGETS)
    if arguments.minimize:
        for name in names:
            print(minimize_corpus(TARGETS[name], arguments.work / name / "inputs"))
        return 0
    if importlib.util.find_spec("atheris") is None:
        parser.error("atheris is not installed: pip install atheris")
    print(f"{'target':12} {'runs':>10} {'seconds':>8} {'edges':>7} {'inputs':>7} {'crashes':>8}")
    crashes = 0
    for name in names:
        folder = arguments.work / name
        one = run_target(TARGETS[name], folder, arguments.runs, arguments.seconds)
        print(
            f"{name:12} {one.runs:10,} {one.seconds:8,} {one.edges:7,} {one.inputs:7,}"
            f" {one.crashes:8,}",
            flush=True,
        )
        crashes += one.crashes
    return 1 if crashes else 0


def run_target(target: Target, folder: Path, runs: int, seconds: int) -> Outcome:
    """Return what fuzzing *target* came to; its log, inputs and crashes are in *folder*."""
    (folder / "inputs").mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".dict", encoding="ascii") as words:
        words.writelines(map(format_dictionary_line, target.list_words()))
        words.flush()
        options = {
            "runs": runs,
            "max_total_time": seconds,
            "max_len": target.max_bytes,
            "dict": words.name,
            "timeout": 60,
            "rss_limit_mb": 4096,
            "artifact_prefix": f"{folder}/",
        }
        command = [sys.executable, "-m", "fuzz.engine", target.name, str(folder)]
        command += [f"-{name}={value}" for name, value in options.items()]
        command += [str(folder / "inputs"), str(target.corpus)]
        with (folder / "log").open("wb") as log:
            subprocess.run(command, stderr=log, stdout=log, check=False)
    return parse_log((folder / "log").read_text(encoding="utf-8", errors="replace"), folder)


def format_dictionary_line(word: bytes) -> str:
    """Return *word* as libFuzzer's dictionaries have it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


def parse_log(log: str, folder: Path) -> Outcome:
    """Return what libFuzzer's *log* says; of a run that ended early, what it had come to."""
    progress = [tuple(map(int, match)) for match in PROGRESS.findall(log)]
    runs, edges, features, inputs = progress[-1] if progress else (0, 0, 0, 0)
    done = DONE.findall(log)
    artifacts = [path for path in folder.glob("*-*") if path.is_file()]
    crashes = {path for path in (folder / "crashes").glob("*") if path.suffix != ".txt"}
    return Outcome(
        runs=int(done[-1][0]) if done else runs,
        seconds=int(done[-1][1]) if done else 0,
        edges=edges,
        features=features,
        inputs=inputs,
        crashes=len(crashes) + len(artifacts),
    )


if __name__ == "__main__":
    sys.exit(main())
