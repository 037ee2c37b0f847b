"""What the figures were taken on, and which of its processors do what."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import datetime, timezone

from .places import REPOSITORY
from .results import Origin


def _output(*command: str) -> str:
    """The first line of what a command prints; empty where there is no such command."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=REPOSITORY, check=False)
    except OSError:
        return ""
    return (result.stdout.strip().splitlines() or [""])[0]


def _field(path: str, name: str) -> str:
    """A field of a file of /proc."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return ""


def describe() -> Origin:
    memory = int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    # A virtual machine's kernel may have a long name.
    kernel = platform.release().split("-")[0]
    return Origin(
        processors=f"{os.cpu_count()} × {_field('/proc/cpuinfo', 'model name')}",
        memory=f"{memory:.0f} GiB",
        kernel=f"{platform.system()} {kernel}, {platform.machine()}",
        swift=_output("swift", "--version"),
        commit=_output("git", "describe", "--always", "--dirty"))


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def processors() -> tuple[int, int]:
    """The processor of the servers and the one of the load: the same where there is but one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def pinned(processor: int, command: list[str]) -> list[str]:
    return ["taskset", "-c", str(processor), *command]
