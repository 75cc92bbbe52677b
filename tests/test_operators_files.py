"""Operators' files in deploy/: image, compose, Kubernetes, systemd unit, and the health check."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from feedsvc.commands.cli import main
from feedsvc.settings import load_settings
from feedsvc.urls import Route
from tests.support.entries import write_entry
from tests.support.processes import is_alive, list_processes
from tests.support.servers import ROOT, START, pick_free_port, run_server, wait_for

DEPLOY = ROOT / "deploy"
MAX_EXPOSURE = 3.0


def parse_command(words: list[str]) -> dict[str, Any]:
    """Return the options of `feedsvc serve …` as the command line has them."""
    assert words[:2] == ["feedsvc", "serve"]
    return main.commands["serve"].make_context("serve", words[2:]).params


def read_unit() -> dict[str, list[str]]:
    """Return the unit's values by key."""
    unit: dict[str, list[str]] = {}
    for line in (DEPLOY / "feedsvc.service").read_text(encoding="utf-8").splitlines():
        key, mark, value = line.partition("=")
        if mark and not line.startswith("#"):
            unit.setdefault(key, []).append(value)
    return unit


def read_dockerfile() -> list[tuple[str, str]]:
    """Return instructions and their words."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n|\\\n", "", text, flags=re.MULTILINE).splitlines()
    return [(name, words) for name, _, words in (line.partition(" ") for line in lines) if name]


# -- systemd --------------------------------------------------------------------------------


def test_the_unit_is_confined(needs: Callable[[str], str]) -> None:
    unit = str(DEPLOY / "feedsvc.service")
    done = subprocess.run(
        [needs("systemd-analyze"), "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )

    found = re.search(r"exposure level for feedsvc\.service: (\d+\.\d)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) < MAX_EXPOSURE


def test_the_unit_starts_reloads_and_ends(entries_dir: Path, tmp_path: Path) -> None:
    write_entry(entries_dir, "quay.md", "A new quay", date="2026-03-02")
    config = tmp_path / "feedsvc.toml"
    config.write_text("[site]\n", encoding="utf-8")
    unit = read_unit()
    environ = dict(line.split("=", 1) for line in unit["Environment"])
    assert environ["FEEDSVC_CONFIG"] == "/etc/feedsvc/feedsvc.toml"
    environ["FEEDSVC_CONFIG"] = str(config)
    environ["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    port, log = pick_free_port(), tmp_path / "log"
    (start,) = unit["ExecStart"]
    words = start.replace("8000", str(port)).replace("/opt/feedsvc/bin/feedsvc", "feedsvc").split()
    command = [sys.executable, "-m", *words]
    health = [sys.executable, "-m", *json.loads(dict(list_health_checks())["HEALTHCHECK"])]

    def ask(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*health, *options],
            env={**environ, "PORT": str(port)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    with run_server(command, port, log, **environ) as server:
        assert (ask().returncode, ask().stderr) == (0, "")
        wait_for(lambda: ask("--ready").returncode == 0, log)

        assert unit["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: "every worker is replaced" in log.read_text(), log)
        assert ask().returncode == 0

        family = list_processes(server.pid)
        server.terminate()  # KillMode=mixed: the main process alone
        assert server.wait(timeout=START) == 0
        wait_for(lambda: not any(map(is_alive, family)), log)  # readers end after it
        done = ask()
        assert done.returncode == 1
        assert "does not answer" in done.stderr
        assert unit["KillMode"] == ["mixed"]


# -- the health check -----------------------------------------------------------------------


def list_health_checks() -> Iterator[tuple[str, str]]:
    """Yield the health check of the Dockerfile, without its options."""
    for name, words in read_dockerfile():
        if name == "HEALTHCHECK":
            yield name, words.partition("CMD ")[2]


class Unready(BaseHTTPRequestHandler):
    """A service whose index is not there, and which says so in lines of its own."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == f"/news/{Route.HEALTH}" else 503)
        self.end_headers()
        self.wfile.write(b"No index \x1b[2Jyet.\nMore.")

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["{base}/news"], 0, ""),
        (["{base}/news/"], 0, ""),
        (["{base}/news/", "--ready"], 1, "/news/readyz of {base}/news/ answers 503: No index"),
        (["{base}"], 1, "/healthz of {base} answers 503"),
        (["https://127.0.0.1:1/"], 1, "https://127.0.0.1:1/ does not answer"),
        (["http://[x/"], 1, "'http://[x/' is not an http or https URL"),
        (["news.example.com"], 1, "'news.example.com' is not an http or https URL"),
    ],
)
def test_health_says_in_one_line_what_is_wrong(words: list[str], status: int, message: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), Unready)
    base = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        done = CliRunner().invoke(main, ["health", *(word.format(base=base) for word in words)])
    finally:
        server.shutdown()
        server.server_close()

    assert done.exit_code == status
    assert message.format(base=base) in done.stderr
    assert done.stderr.count("\n") == status
    assert "\x1b" not in done.stderr


# -- the image ------------------------------------------------------------------------------


def is_sent_to_docker(path: str) -> bool:
    """Whether .dockerignore lets *path* through: the last pattern that matches decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        if line and not line.startswith("#") and fnmatch(path, pattern):
            sent = line.startswith("!")
    return sent


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody() -> None:
    instructions = read_dockerfile()
    copied = [
        word
        for name, words in instructions
        if name == "COPY" and not words.startswith("--from")
        for word in shlex.split(words)[:-1]
    ]

    assert {"feedsvc", "entries", "feedsvc.toml", "deploy/requirements.txt"} <= set(copied)
    for path in copied:
        assert (ROOT / path).exists()
        assert is_sent_to_docker(path), path
    for path in (".git", "tests", ".venv", ".env", "deploy/nginx.conf"):
        assert not is_sent_to_docker(path), path
    stages = [words.split() for name, words in instructions if name == "FROM"]
    assert stages[-1] == ["runtime", "AS", "service"]  # what is built without --target
    assert [words for name, words in instructions if name == "USER"] == ["10001:10001"]
    (command,) = (words for name, words in instructions if name == "CMD")
    assert parse_command(json.loads(command))["host"] == "0.0.0.0"


def test_the_compose_file_is_read_only_and_starts_the_service() -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    volumes, service = service["volumes"], service["services"]["feedsvc"]

    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()
    assert parse_command(service["command"])["config"] == "/news/feedsvc.toml"
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    mounts = [mount.split(":") for mount in service["volumes"]]
    assert ["..", "/news", "ro"] in mounts
    assert {source for source, *_ in mounts if "." not in source} == set(volumes)
    check = service["healthcheck"]["test"]
    assert check[0] == "CMD"
    assert main.commands[check[2]].make_context("health", check[3:]).params["ready"]


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    """The Kubernetes objects by kind and name."""
    text = (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in yaml.safe_load_all(text)}


def test_the_pods_are_confined_and_asked_for_what_is_served(objects: dict[str, Any]) -> None:
    deployment = objects["Deployment/feedsvc"]["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    options = parse_command(container["args"])

    assert (options["host"], options["port"]) == ("0.0.0.0", ports["http"])
    for probe, path in (
        ("startupProbe", Route.READINESS),
        ("readinessProbe", Route.READINESS),
        ("livenessProbe", Route.HEALTH),
    ):
        assert container[probe]["httpGet"] == {"path": f"/{path}", "port": "http"}
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["securityContext"]["runAsNonRoot"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    # 5 s before it, 8 s for answers, and some to end
    assert pod["terminationGracePeriodSeconds"] > 5 + 8 + 2
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in pod["volumes"]
    }
    writable = [
        mount["mountPath"] for mount in container["volumeMounts"] if "readOnly" not in mount
    ]
    environ = dict(words.split("=", 1) for words in _list_variables())
    assert writable == [environ["XDG_CACHE_HOME"], "/tmp"]


def _list_variables() -> Iterator[str]:
    for name, words in read_dockerfile():
        if name == "ENV":
            yield from shlex.split(words)


def test_the_parts_of_the_kubernetes_file_fit_each_other(
    objects: dict[str, Any], tmp_path: Path
) -> None:
    deployment = objects["Deployment/feedsvc"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    pod = deployment["template"]["spec"]
    mounts = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}

    assert deployment["selector"]["matchLabels"] == labels
    assert objects["Service/feedsvc"]["spec"]["selector"] == labels
    assert objects["PodDisruptionBudget/feedsvc"]["spec"]["selector"]["matchLabels"] == labels
    for volume in pod["volumes"]:
        if "configMap" in volume:
            assert f"ConfigMap/{volume['configMap']['name']}" in objects
    # the settings are right, and name what is mounted
    toml = objects["ConfigMap/feedsvc"]["data"]["feedsvc.toml"]
    config = tmp_path / "feedsvc.toml"
    config.write_text(toml, encoding="utf-8")
    settings = load_settings(config, environ={})
    assert str(settings.entries) == mounts["entries"]
    assert str(settings.root) == mounts["root"]
    (variable,) = pod["containers"][0]["env"]
    assert variable == {"name": "FEEDSVC_CONFIG", "value": f"{mounts['settings']}/feedsvc.toml"}
