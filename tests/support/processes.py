"""Processes that descend from one, by /proc: Linux only."""

from __future__ import annotations

from pathlib import Path


def list_processes(above: int) -> dict[int, str]:
    """Return process numbers and command lines of all that descend from *above*."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state != "Z":
                children.setdefault(int(parent), []).append(int(folder.name))
    found, waiting = {}, [above]
    while waiting:
        for child in children.get(waiting.pop(), []):
            waiting.append(child)
            try:
                found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def list_writers(above: int) -> list[int]:
    """Return the writers below *above*, without the processes that read files for them."""
    indexers = _list_indexers(above)
    return [pid for pid in indexers if get_parent(pid) not in indexers]


def list_readers(above: int) -> list[int]:
    """Return the processes below *above* that read files for a writer."""
    indexers = _list_indexers(above)
    return [pid for pid in indexers if get_parent(pid) in indexers]


def _list_indexers(above: int) -> list[int]:
    return [
        pid for pid, command in list_processes(above).items() if "-m feedsvc.indexer" in command
    ]


def list_workers(above: int) -> list[int]:
    return [
        pid for pid, command in list_processes(above).items() if "-m feedsvc.indexer" not in command
    ]


def get_parent(pid: int) -> int:
    """Return the parent of *pid*, 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_stopped(pid: int) -> bool:
    """Whether each thread of *pid* stands still after SIGSTOP."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all((one / "stat").read_text().rpartition(")")[2].split()[0] == "T" for one in threads)
