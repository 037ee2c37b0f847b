"""Results as tables: rows of text, in Markdown or for a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from .goals import AGREEMENT, GOALS, Goal
from .results import Measured, Results
from .servers import LIMIT, SERVERS


@dataclass(frozen=True)
class Table:
    head: list[str]
    rows: list[list[str]]

    def markdown(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    def text(self) -> str:
        lines = [self.head, *self.rows]
        widths = [max(len(cells[column]) for cells in lines) for column in range(len(self.head))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in lines)


def number(value: float, unit: str = "") -> str:
    """Three digits that count, more before the point where there are more."""
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")


NOT_MEASURED = "–"


def known(value: float | None, unit: str = "") -> str:
    return NOT_MEASURED if value is None else number(value, unit)


def times(ratio: float | None) -> str:
    return NOT_MEASURED if ratio is None else f"×{number(ratio)}"


def bound(goal: Goal) -> str:
    if goal.at_least is None:
        return f"≤ {known(goal.at_most, goal.unit)}"
    if goal.at_most is None:
        return f"≥ {number(goal.at_least, goal.unit)}"
    return f"{number(goal.at_least)} to {number(goal.at_most, goal.unit)}"


def verdict(goal: Goal, value: float | None, measured: Measured) -> str:
    if value is None:
        return "not measured"
    if goal.size not in (None, measured.size):
        return f"not measured at this size but with {measured.size or 0:,}"
    if measured.is_quick:
        return "not told by a quick run"
    return "met" if goal.bound_missed(value) is None else "**not met**"


def stands_at(goal: Goal, value: float | None) -> str:
    """The figure, with as many digits as it takes to tell it from the goal."""
    missed = None if value is None else goal.bound_missed(value)
    if value is None or missed is None or number(value) != number(missed):
        return known(value, goal.unit)
    return f"{value:.4g} {goal.unit}".strip()


def goals(results: Results, scenarios: set[str] | None = None) -> Table:
    """All of them, or those of some scenarios."""
    rows = []
    for goal in GOALS:
        if scenarios is None or goal.is_of(scenarios):
            value = goal.figure(results)
            stands = verdict(goal, value, results.of(goal.name))
            rows.append([goal.scenario, goal.measure, bound(goal), stands_at(goal, value), stands])
    return Table(["scenario", "measure", "goal", "figure", ""], rows)


def peers(results: Results) -> Table:
    """Each server beside the limit, which was measured in the same rounds."""
    broadcast, stream, connect = (results.of(name) for name in ("broadcast", "stream", "connect"))
    rows = []
    for server in SERVERS:
        name = server.name
        if broadcast.median(name, "cpu_us_per_delivery") is None:
            continue
        # The server's own two ways to stream; the table shows the closure, which the others' are most like.
        streamed = "closure" if name == "swift-sse" else name

        def against_limit(scenario: str, figure: str) -> str:
            return times(results.of(scenario).ratio((name, figure), (LIMIT.name, figure)))

        cpu = broadcast.median(name, "cpu_us_per_delivery")
        rows.append([
            server.title,
            f"{known(cpu, 'µs')}, {against_limit('broadcast', 'cpu_us_per_delivery')}",
            known(broadcast.median(name, "user_us_per_delivery"), "µs"),
            against_limit("broadcast", "deliveries_per_s"),
            known(broadcast.median(name, "rss_per_reader"), "bytes"),
            known(stream.median(streamed, "cpu_us_per_event"), "µs"),
            f"{known(connect.median(name, 'cpu_us_per_connection'), 'µs')}, "
            + against_limit("connect", "cpu_us_per_connection"),
        ])
    return Table(
        [
            "server", "processor time a delivery", "of it user time", "deliveries a second", "memory of a reader",
            "processor time of a streamed event", "of a connection",
        ], rows)


def agreement(results: Results) -> Table:
    """The two load generators, against the same server."""
    measured = results.of("agreement")
    rows = []
    for what, figure in AGREEMENT:
        unit = "µs" if figure.endswith("_us") else ""
        ratio = measured.ratio(("sse bench", figure), ("loadgen", figure))
        values = [known(measured.median(name, figure), unit) for name in ("loadgen", "sse bench")]
        rows.append([what, *values, known(ratio)])
    return Table(["", "the load generator in C", "`sse bench`", "ratio"], rows)


def builds(results: Results) -> Table:
    """From nothing, in release. All but the first are what somebody with one stream to serve waits for."""
    measured = results.of("build")
    rows = []
    for what, name in [
        ("all of this package", "swift-sse"), ("a server of one file, with this package", "hello"),
        ("a server of one file, with FlyingFox", "flyingfox"),
    ]:
        ratio = measured.ratio((name, "seconds"), ("flyingfox", "seconds"))
        rows.append([what, known(measured.median(name, "seconds"), "s"), times(ratio)])
    return Table(["what is built", "time", "beside FlyingFox"], rows)


def missing(results: Results) -> list[str]:
    """What could not be measured, in which scenarios, and the first line of why."""
    scenarios: dict[tuple[str, str], list[str]] = {}
    for name, measured in results.scenarios.items():
        for entrant, why in measured.missing.items():
            scenarios.setdefault((entrant, why.splitlines()[0][:120]), []).append(name)
    return [f"{entrant} in {', '.join(names)}: {why}" for (entrant, why), names in scenarios.items()]


#: What was asked for and not measured; what other figures are made of; what would have been a failure.
LESS_TOLD = {
    "readers", "stuck", "events", "size", "rate", "deliveries", "wanted", "connections", "characters", "rss_before",
    "rss_open", "rss_after", "rss_end", "lost", "doubled", "closed", "wrong_counts",
}


def everything(name: str, results: Results) -> Table:
    """The medians of a scenario, for a terminal."""
    measured = results.of(name)
    figures = list(dict.fromkeys(
        figure for entrants in measured.rounds for values in entrants.values() for figure in values))
    figures = [figure for figure in figures if figure not in LESS_TOLD]
    rows = [
        [entrant, *(known(measured.median(entrant, figure)) for figure in figures)] for entrant in measured.entrants()]
    return Table(["", *figures], rows)
