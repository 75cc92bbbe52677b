"""The wheel, installed as a deployment has it: nothing is taken from the checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support.servers import BIN, ROOT

SCRIPTS = ("gunicorn", "waitress-serve", "uwsgi")


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the checkout into *folder* and return it."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=200)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install_wheel(wheel: Path, venv: Path, python: str = sys.executable) -> Path:
    """Make *venv* with *python* and *wheel* in it; return its folder of programs.

    Dependencies and servers are those of the tests, which *python* must be able to load.
    """
    subprocess.run([python, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=200)
    (site_packages,) = venv.glob("lib/python*/site-packages")
    shared = sysconfig.get_path("purelib")
    # a path of a .pth file goes behind the venv's own, and .pth files there (the editable
    # installation of the checkout) are not followed
    (site_packages / "dependencies.pth").write_text(f"{shared}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--python", str(venv), "install", "--no-deps"]
    command += ["--no-index", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    programs = venv / "bin"
    for name in SCRIPTS:
        if (BIN / name).exists():
            add_script(BIN / name, programs)
    return programs


def add_script(script: Path, programs: Path) -> None:
    """Put *script* into *programs*, run by the interpreter there."""
    content = script.read_bytes()
    if content.startswith(b"#!"):
        content = f"#!{programs}/python\n".encode() + content.partition(b"\n")[2]
    copy = programs / script.name
    copy.write_bytes(content)
    copy.chmod(0o755)
