"""What was measured: for each scenario its rounds, for each round the figures of each entrant."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Callable

#: The figures of one entrant in one round, by name.
Figures = dict[str, float]


@dataclass(frozen=True)
class Origin:
    """What figures were taken on, and of which state of the sources."""

    processors: str = ""
    memory: str = ""
    kernel: str = ""
    swift: str = ""
    commit: str = ""

    @property
    def machine(self) -> str:
        return f"{self.processors}, {self.memory}, {self.kernel}"


@dataclass
class Measured:
    """One scenario. Entrants measured in the same round ran within a minute or so of each other."""

    #: When its last round ended.
    date: str = ""
    origin: Origin = Origin()
    is_quick: bool = False
    #: How many readers or connections there were, where that is part of what is measured.
    size: int | None = None
    rounds: list[dict[str, Figures]] = field(default_factory=list)
    #: Entrants that could not be measured, and why.
    missing: dict[str, str] = field(default_factory=dict)

    def entrants(self) -> list[str]:
        """In the order in which they ran."""
        return list(dict.fromkeys(name for figures in self.rounds for name in figures))

    def values(self, entrant: str, figure: str) -> list[float]:
        return [figures[entrant][figure] for figures in self.rounds if figure in figures.get(entrant, {})]

    def median(self, entrant: str, figure: str) -> float | None:
        values = self.values(entrant, figure)
        return median(values) if values else None

    def ratio(self, over: tuple[str, str], under: tuple[str, str]) -> float | None:
        """The median of the rounds' ratios of two figures, each named by entrant and figure."""
        ratios = []
        for figures in self.rounds:
            above, below = figures.get(over[0], {}).get(over[1]), figures.get(under[0], {}).get(under[1])
            if above is not None and below:
                ratios.append(above / below)
        return median(ratios) if ratios else None


@dataclass
class Results:
    scenarios: dict[str, Measured] = field(default_factory=dict)

    def of(self, scenario: str) -> Measured:
        """An empty one where it was not measured."""
        return self.scenarios.get(scenario, Measured())

    def replacing(self, newer: Results) -> Results:
        """These, with what is newer in the place of the same scenarios."""
        return Results({**self.scenarios, **newer.scenarios})


def highest(values: list[float | None]) -> float | None:
    """Of those that are known; None unless all are."""
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


#: What a table shows: a number worked out of the results, or None where they do not have it.
Figure = Callable[[Results], "float | None"]


def read(path: Path) -> Results:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Results({
        name: Measured(**{**fields, "origin": Origin(**fields["origin"])})
        for name, fields in content["scenarios"].items()
    })


def write(results: Results, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"scenarios": {name: asdict(measured) for name, measured in results.scenarios.items()}}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
