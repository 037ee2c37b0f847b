"""A server while it runs, alone on its processor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from .machine import pinned, processors
from .servers import Server

#: Python takes a while to import its modules, and longer where another build is running.
START_LIMIT = 30.0


class RunFailure(Exception):
    """A server or a load that did not do what it should; the message says what it printed."""


@dataclass(frozen=True)
class Running:
    port: int
    #: The processes that its cost is the sum of: nginx has a master and a worker.
    process_ids: list[int]


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Starts the server on a free port; it and what it started are killed at the end."""
    with tempfile.TemporaryDirectory(prefix="sse-benchmark-") as folder:
        port = free_port()
        with running_command(server.command(port, Path(folder)), port, processors()[0], Path(folder)) as started:
            yield started


@contextmanager
def running_command(command: list[str], port: int, processor: int, folder: Path) -> Iterator[Running]:
    """Starts a command that serves HTTP at the port."""
    log = folder / "output.txt"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            pinned(processor, command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True)
    try:
        _wait_for_answer(process, port, log)
        yield Running(port, _with_children(process.pid))
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # It has ended by itself; what it was asked for says so.
        process.wait()


def free_port() -> int:
    """One that no server has now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """An answer to a request, whatever it says: a port may be open before who serves it is there."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if connection.recv(1):
                    return
        except OSError:
            pass  # Not yet.
        time.sleep(0.05)
    said = log.read_text(encoding="utf-8", errors="replace").strip()[-500:]
    raise RunFailure(f"the server did not answer at port {port}: {said or 'it said nothing'}")


def _with_children(process_id: int) -> list[int]:
    result = [process_id]
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            result += _with_children(int(child))
    return result
