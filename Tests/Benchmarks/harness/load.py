"""What is asked of a server: the load generator, on a processor of its own."""

from __future__ import annotations

import json
import subprocess

from .machine import pinned, processors
from .places import BUILD
from .results import Figures
from .running import Running, RunFailure

#: Seconds; the load generator gives up by itself before.
LIMIT = 90


def load(server: Running, mode: str, **options: object) -> Figures:
    """Runs the load generator to its end. An option is named as its own, with `_` for `-`."""
    command = [str(BUILD / "loadgen"), mode, "--port", str(server.port), "--limit", str(LIMIT)]
    command += ["--pid", ",".join(map(str, server.process_ids))]
    for name, value in options.items():
        dashes = "-" if len(name) == 1 else "--"
        command += [dashes + name.replace("_", "-"), str(value)]
    return run_json(pinned(processors()[1], command), limit=LIMIT + 30)


def run_json(command: list[str], *, limit: float = 300) -> Figures:
    """Runs a program that prints one line of JSON: its numbers, those within objects named `outer.inner`."""
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise RunFailure(f"{command[3:5]} took longer than {limit:.0f} s") from None
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    # The load generator fails for events that were lost or came twice, and says how many.
    if result.returncode != 0 or not lines:
        raise RunFailure((result.stderr.strip() or result.stdout.strip())[-500:] or f"status {result.returncode}")
    return numbers(json.loads(lines[-1]))


def numbers(content: dict[str, object], prefix: str = "") -> Figures:
    figures: Figures = {}
    for name, value in content.items():
        if isinstance(value, dict):
            figures |= numbers(value, f"{prefix}{name}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            figures[prefix + name] = value
    return figures
