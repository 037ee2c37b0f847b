"""Programs that are needed: found, installed where that is allowed, or named."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable, ParamSpec

Parameters = ParamSpec("Parameters")


class Missing(Exception):
    """Something cannot be measured, and why."""


class BuildFailure(Missing):
    """It does not build; the message ends with what the build said last."""


def once(build: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """A function that does its work once for each of its arguments; where it failed it fails again at once."""
    failures: dict[object, Missing | None] = {}

    @functools.wraps(build)
    def work(*arguments: Parameters.args, **options: Parameters.kwargs) -> None:
        if arguments not in failures:
            try:
                build(*arguments, **options)
                failures[arguments] = None
            except Missing as failure:
                failures[arguments] = failure
        failure = failures[arguments]
        if failure is not None:
            raise failure

    return work


#: Whether apt-get and pip may be used.
may_install = True

_lists_are_new = False


def run(command: list[str], *, directory: Path | None = None, limit: float = 1200) -> None:
    """Runs a command to its end; BuildFailure with the end of its output where it fails."""
    try:
        result = subprocess.run(
            command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise BuildFailure(f"`{' '.join(command)}` took longer than {limit:.0f} s") from None
    if result.returncode != 0:
        end = "\n".join(result.stdout.strip().splitlines()[-12:])
        raise BuildFailure(f"`{' '.join(command)}` failed:\n{end}")


def is_there(what: str) -> bool:
    """A command, or a file where it begins with a slash."""
    return Path(what).exists() if what.startswith("/") else shutil.which(what) is not None


def require(what: str, package: str) -> None:
    """Installs Debian's `package` where `what` is not there; Missing where that cannot be done."""
    if is_there(what):
        return
    how = f"{what} is missing: apt-get install {package}"
    apt = _apt()
    if apt is None:
        raise Missing(how)
    global _lists_are_new
    if not _lists_are_new:
        _lists_are_new = True
        subprocess.run([*apt, "update"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    try:
        run([*apt, "install", "-y", "--no-install-recommends", package], limit=600)
    except BuildFailure as failure:
        raise Missing(f"{how}\n{failure}") from None
    if not is_there(what):
        raise Missing(f"{what} is missing, also after apt-get install {package}")


def _apt() -> list[str] | None:
    # No service of what is installed is started.
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_OFFLINE=1", "apt-get", "-q"]
    if not may_install or shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return command
    if shutil.which("sudo") is None:
        return None
    may = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ["sudo", "-n", *command] if may else None
