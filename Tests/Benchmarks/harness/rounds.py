"""Runs scenarios in rounds: each entrant once, then all of them again, so that what disturbs meets all alike."""

from __future__ import annotations

from . import tables, terminal
from .machine import now
from .results import Measured
from .running import RunFailure
from .scenarios import Entrant, Scenario
from .sizes import Sizes
from .tools import Missing


def chosen_entrants(scenario: Scenario, skipped: set[str]) -> list[Entrant]:
    """Those whose name does not begin with a server's that was not chosen."""
    return [entrant for entrant in scenario.entrants if entrant.name.split(" ")[0] not in skipped]


def prepare(entrants: list[Entrant], measured: Measured) -> list[Entrant]:
    """Builds what they need, and returns those that have it."""
    ready = []
    for entrant in entrants:
        try:
            entrant.prepare()
            ready.append(entrant)
        except Missing as missing:
            measured.missing[entrant.name] = str(missing)
            terminal.note(f"{entrant.name} is left out: {missing}")
    return ready


def run(scenario: Scenario, sizes: Sizes, repeats: int, skipped: set[str], is_quick: bool) -> Measured:
    terminal.say(terminal.bold(scenario.name) + f": {scenario.what}")
    measured = Measured(is_quick=is_quick, size=scenario.size)
    entrants = prepare(chosen_entrants(scenario, skipped), measured)
    count = min(repeats * scenario.rounds_each, scenario.most_rounds)
    for index in range(count):
        measured.rounds.append({})
        for entrant in entrants:
            # One that failed is not waited for again.
            if entrant.name not in measured.missing:
                step = terminal.Step(f"  {index + 1}/{count} {entrant.name}: ")
                step.end(_measure(entrant, scenario, sizes, measured))
    measured.date = now()
    return measured


def _measure(entrant: Entrant, scenario: Scenario, sizes: Sizes, measured: Measured) -> str:
    """Adds the entrant's figures to the last round, and returns what is shown of them."""
    try:
        figures = entrant.measure(sizes)
    except (RunFailure, Missing) as failure:
        measured.missing[entrant.name] = str(failure)
        # What it did before it failed is not what it does.
        for figures in measured.rounds:
            figures.pop(entrant.name, None)
        return terminal.coloured(f"failed: {failure}", 31)
    measured.rounds[-1][entrant.name] = figures
    shown = figures.get(scenario.shown)
    return f"{tables.known(shown)} {scenario.shown}"
