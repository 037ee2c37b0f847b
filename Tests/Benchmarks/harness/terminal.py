"""What is said while it runs, and how."""

from __future__ import annotations

import os
import shutil
import sys
import time

from .tables import number

_is_terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
_is_coloured = _is_terminal and not os.environ.get("NO_COLOR")


def coloured(text: str, code: int) -> str:
    return f"\033[{code}m{text}\033[0m" if _is_coloured else text


def bold(text: str) -> str:
    return coloured(text, 1)


def say(text: str = "") -> None:
    print(text, flush=True)


def note(text: str) -> None:
    say(coloured(f"  {text}", 33))


def verdict(text: str) -> str:
    """A table's line in the colour of what it says."""
    if "**not met**" in text:
        return coloured(text.replace("**", ""), 31)
    return coloured(text, 32) if text.endswith(" met") else text


class Step:
    """One line that is there at once, and is completed when its work is done."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._begun = time.monotonic()
        if _is_terminal:
            print(text[: shutil.get_terminal_size().columns - 1], end="", flush=True)

    def end(self, what: str) -> None:
        seconds = time.monotonic() - self._begun
        start = "\r\033[K" if _is_terminal else ""
        print(f"{start}{self._text}{what}, {number(seconds)} s", flush=True)
