"""Documentation/Performance.md: the parts of it that are figures. What people wrote between them stays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable

from . import tables
from .plots import Bar, Line, Panel, bars, panels
from .results import Results
from .servers import LIMIT, OURS, SERVERS


class MarkerMissing(Exception):
    """The page has no place for a part."""


def replace_parts(page: str, parts: dict[str, str]) -> str:
    """The page with each part between its markers; MarkerMissing where it has none."""
    for name, content in parts.items():
        begin, end = f"<!-- figures, {name}: begin -->", f"<!-- figures, {name}: end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if pattern.search(page) is None:
            raise MarkerMissing(f"the page has no lines `{begin}` and `{end}`")
        replacement = f"{begin}\n{content}\n{end}"
        page = pattern.sub(lambda _: replacement, page, count=1)
    return page


def machine(results: Results) -> str:
    """What the figures were taken on, of what, when and how often."""
    scenarios = results.scenarios
    lines = by_value({name: measured.origin.machine for name, measured in scenarios.items()})
    lines += by_value({name: measured.origin.swift for name, measured in scenarios.items()})
    commits = having({name: measured.origin.commit for name, measured in scenarios.items()})
    taken = {commit: span(scenarios[name].date for name in names) for commit, names in commits.items()}
    lines += by_value({name: f"commit {commit}, {taken[commit]}" for commit in commits for name in commits[commit]})
    lines += by_value({name: rounds(len(measured.rounds)) for name, measured in scenarios.items()})
    quick = [name for name, measured in scenarios.items() if measured.is_quick]
    if quick:
        which = "all" if len(quick) == len(scenarios) else ", ".join(quick)
        lines.append(f"**from a quick run, whose figures show that everything works, and no more: {which}**")
    lines += [f"not measured: {entry}" for entry in tables.missing(results)]
    return "\n".join(f"- {line}" for line in lines)


def rounds(count: int) -> str:
    return "one round" if count == 1 else f"medians of {count} rounds"


def having(values: dict[str, str]) -> dict[str, list[str]]:
    """For each value the names that have it."""
    names: dict[str, list[str]] = {}
    for name, value in values.items():
        names.setdefault(value, []).append(name)
    return names


def by_value(values: dict[str, str]) -> list[str]:
    """The value where all names have the same; else a line for each, with the names that have it."""
    groups = having(values)
    return list(groups) if len(groups) == 1 else [f"{value}: {', '.join(names)}" for value, names in groups.items()]


def span(values: Iterable[object]) -> str:
    """From the least to the greatest; one where they are the same."""
    ordered = sorted(values)
    return " to ".join(map(str, dict.fromkeys([ordered[0], ordered[-1]])))


def peers_plot(results: Results) -> str:
    measured = results.of("broadcast")
    rows = []
    for server in SERVERS:
        total = measured.median(server.name, "cpu_us_per_delivery")
        if total is not None:
            rows.append(Bar(
                server.title, total, measured.median(server.name, "user_us_per_delivery") or 0,
                is_ours=server is OURS, is_limit=server is LIMIT))
    title = f"Processor time of a delivery, broadcast to {measured.size or 0:,} readers"
    return bars(title, "µs", "in user space", "in the kernel", rows)


def growth_line(results: Results, name: str, label: str, figure: str) -> Line:
    measured = results.of("growth")
    points = []
    for entrant in measured.entrants():
        server, _, readers = entrant.rpartition(" ")
        value = measured.median(entrant, figure)
        if server == name and value is not None:
            points.append((float(readers), value))
    return Line(label, sorted(points), is_ours=name == OURS.name)


def growth_plot(results: Results) -> str:
    return panels("How cost grows with the number of readers", "readers", [
        Panel(title, unit, [
            growth_line(results, OURS.name, "swift-sse", figure), growth_line(results, LIMIT.name, "the limit", figure),
        ])
        for title, unit, figure in [
            ("Processor time of a delivery", "µs", "cpu_us_per_delivery"),
            ("Memory of an idle reader", "bytes", "rss_per_reader"),
        ]
    ])


def growth_table(results: Results) -> tables.Table:
    ours = [growth_line(results, OURS.name, "", figure).points for figure in ("cpu_us_per_delivery", "rss_per_reader")]
    limit = dict(growth_line(results, LIMIT.name, "", "cpu_us_per_delivery").points)
    memory = dict(ours[1])
    return tables.Table(
        ["readers", "processor time a delivery", "the limit's", "memory a reader"],
        [
            [f"{readers:,.0f}", tables.number(value, "µs"), tables.known(limit.get(readers), "µs"),
             tables.known(memory.get(readers), "bytes")]
            for readers, value in ours[0]
        ])


def render(results: Results, page: Path, plots: Path) -> None:
    """Writes the plots beside the page, and the page's parts."""
    files = {"performance-peers.svg": peers_plot, "performance-growth.svg": growth_plot}
    for name, plot in files.items():
        (plots / name).write_text(plot(results), encoding="utf-8")
    text = replace_parts(page.read_text(encoding="utf-8"), {
        "machine": machine(results),
        "goals": tables.goals(results).markdown(),
        "peers": tables.peers(results).markdown(),
        "agreement": tables.agreement(results).markdown(),
        "growth": growth_table(results).markdown(),
        "builds": tables.builds(results).markdown(),
    })
    page.write_text(text, encoding="utf-8")
