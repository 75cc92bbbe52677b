"""Object stores on loopback that speak S3, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.support.servers import BIN, pick_free_port, wait_for

KEY, SECRET = "invented-key", "invented-secret"
BUCKET = "news"
IDENTITIES = {
    "identities": [
        {
            "name": "uploader",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {"name": "anonymous", "actions": ["Read"]},
    ]
}


def make_environ(endpoint: str, secret: str = SECRET) -> dict[str, str]:
    """Return what the environment of an uploader has to say."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": secret,
    }


@contextmanager
def run_seaweedfs(base: Path) -> Iterator[str]:
    """Run SeaweedFS, which everybody may read; yield its endpoint, with the bucket in it."""
    base.mkdir()
    config = base / "s3.json"
    config.write_text(json.dumps(IDENTITIES), encoding="utf-8")
    names = ("master", "volume", "filer", "s3")
    ports = {f"{name}.port{kind}": pick_free_port() for name in names for kind in ("", ".grpc")}
    command = [
        *(str(BIN / "weed"), "-logtostderr", "server", "-s3", f"-dir={base}"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={config}"),
        *("-volume.max=20", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"),
        # two services of no use here, whose ports are fixed
        *("-s3.port.iceberg=0", "-s3.port.lance=0"),
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    yield from _run(command, ports["s3.port"], base / "log")


@contextmanager
def run_moto(base: Path) -> Iterator[str]:
    """Run moto's server; yield its endpoint, with the bucket in it."""
    base.mkdir()
    port = pick_free_port()
    command = [str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    yield from _run(command, port, base / "log")


STORES = {"seaweedfs": run_seaweedfs, "moto": run_moto}


def _run(command: list[str], port: int, log: Path) -> Iterator[str]:
    endpoint = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        # of its own account's credentials none may be found
        environ = {name: value for name, value in os.environ.items() if name[:4] != "AWS_"}
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environ)
    try:
        wait_for(lambda: server.poll() is not None or has_bucket(endpoint))
        assert server.poll() is None, log.read_text(encoding="utf-8")[-2_000:]
        yield endpoint
    finally:
        server.kill()  # SeaweedFS takes half a minute to end in order
        server.wait()


def has_bucket(endpoint: str) -> bool:
    """Return whether the store takes an object of its new bucket by now."""
    client = make_client(endpoint)
    try:
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key="probe", Body=b"")
        client.delete_object(Bucket=BUCKET, Key="probe")
    except Exception:
        # whatever a server that is just starting says
        return False
    return True


def make_client(endpoint: str) -> Any:
    """Return a client that shares nothing with the library of the product."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2),
    )
