"""The command line of `Tests/Benchmarks/run`, which says what it takes."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from . import machine, page, places, results, rounds, sizes, tables, terminal, tools
from .programs import of_programs
from .scenarios import Scenario, of_servers
from .servers import SERVERS


def arguments(scenarios: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Tests/Benchmarks/run", allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures this package beside the least that C can do, and beside what else serves event streams.",
        epilog=EPILOG)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="these only; --list names them")
    parser.add_argument("--list", action="store_true", help="name the scenarios and the servers")
    parser.add_argument("--repeats", type=int, metavar="N", help="rounds of each, 3 by default; 1 with --quick")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes and one round, to see that all works; no Hummingbird")
    parser.add_argument("--servers", metavar="NAME,…", help="these servers only, besides the limit and swift-sse")
    parser.add_argument("--without", metavar="NAME,…", help="not these servers")
    parser.add_argument("--page", action="store_true", help="write the page and its plots, also after a part of it all")
    parser.add_argument("--no-page", action="store_true", help="do not write the page")
    parser.add_argument("--no-install", action="store_true", help="install nothing with apt-get or pip")
    parser.add_argument(
        "--render", metavar="FILE", type=Path, help="write the page from a file of results, and measure nothing")
    options = parser.parse_args()
    for name in options.scenarios:
        if name not in scenarios:
            parser.error(f"there is no scenario {name!r}; --list names them")
    if options.repeats is None:
        options.repeats = 1 if options.quick else 3
    if options.repeats < 1:
        parser.error("--repeats is 1 or more")
    for name in names(options.servers) | names(options.without):
        if name not in {server.name for server in SERVERS}:
            parser.error(f"there is no server {name!r}; --list names them")
    if options.page and (options.servers is not None or options.without):
        parser.error("--page takes all servers: those that are left out would be gone from the page")
    return options


EPILOG = """\
What was measured is printed, and written to .build-benchmarks/results.json. A run of everything at full size writes
Documentation/Performance.md with its plots too, and the results that it shows to Tests/Benchmarks/results.json. So does
any other run with --page: the scenarios that it measured take their places among those that are there, and the page
says of each which commit it was taken at.

All of it takes a quarter of an hour, and the first time some minutes more, in which the others are built. What is
missing is installed with apt-get and pip where they may be used; a server that cannot be had is left out, by name. The
Swift peers come from GitHub. The server under test has the first processor to itself, the load the last one: nothing
else should run meanwhile. See Tests/Benchmarks/README.md."""


def names(text: str | None) -> set[str]:
    return {name for name in (text or "").split(",") if name}


def skipped_servers(options: argparse.Namespace) -> set[str]:
    skipped = names(options.without)
    if options.servers is not None:
        skipped |= {server.name for server in SERVERS} - names(options.servers) - {"limit", "swift-sse"}
    if options.quick and "hummingbird" not in names(options.servers):
        skipped.add("hummingbird")
    return skipped


def list_all(scenarios: list[Scenario]) -> None:
    terminal.say(terminal.bold("scenarios"))
    for scenario in scenarios:
        terminal.say(f"  {scenario.name:<14} {scenario.what}")
    terminal.say(terminal.bold("servers"))
    for server in SERVERS:
        terminal.say(f"  {server.name:<14} {server.title}")


def show(measured: results.Results) -> None:
    for name in measured.scenarios:
        terminal.say(f"\n{terminal.bold(name)}\n{tables.everything(name, measured).text()}")
    terminal.say("\n" + terminal.bold("goals"))
    for line in tables.goals(measured, set(measured.scenarios)).text().splitlines():
        terminal.say(terminal.verdict(line))


def measure(scenarios: list[Scenario], options: argparse.Namespace, work: sizes.Sizes) -> results.Results:
    """What has been measured is kept after each scenario, so that an end by force costs one of them."""
    measured = results.Results()
    origin = machine.describe()
    for scenario in scenarios:
        taken = rounds.run(scenario, work, options.repeats, skipped_servers(options), options.quick)
        measured.scenarios[scenario.name] = replace(taken, origin=origin)
        results.write(measured, places.LAST_RESULTS)
    return measured


def keep(measured: results.Results, options: argparse.Namespace, is_whole: bool) -> None:
    """Writes the page where it is wanted."""
    if options.no_page or not (options.page or is_whole):
        terminal.say(f"\nresults: {places.LAST_RESULTS.relative_to(places.REPOSITORY)}")
        return
    if places.RESULTS.exists() and not is_whole:
        measured = results.read(places.RESULTS).replacing(measured)
    results.write(measured, places.RESULTS)
    page.render(measured, places.PAGE, places.PLOTS)
    terminal.say("\nwritten: Documentation/Performance.md, its plots, Tests/Benchmarks/results.json")


def main() -> int:
    wanted = sizes.QUICK if "--quick" in sys.argv else sizes.FULL
    work = wanted.within_descriptors()
    scenarios = of_servers(work) + of_programs(work)
    options = arguments([scenario.name for scenario in scenarios])
    if options.list:
        list_all(scenarios)
        return 0
    if options.render is not None:
        page.render(results.read(options.render), places.PAGE, places.PLOTS)
        return 0
    tools.may_install = not options.no_install
    try:
        tools.require("taskset", "util-linux")
    except tools.Missing as missing:
        terminal.say(f"Tests/Benchmarks/run: {missing}")
        return 1
    if len(set(machine.processors())) == 1:
        terminal.note("there is but one processor: the load takes the server's time, and ratios say little")

    if work != wanted:
        terminal.note("a process may have too few files open (`ulimit -Hn`) for all sizes: the page stays as it is")

    begun = time.monotonic()
    chosen = [scenario for scenario in scenarios if scenario.name in options.scenarios or not options.scenarios]
    measured = measure(chosen, options, work)
    show(measured)
    is_whole = len(chosen) == len(scenarios) and not skipped_servers(options) and work == sizes.FULL
    keep(measured, options, is_whole)
    terminal.say(f"took {tables.number((time.monotonic() - begun) / 60)} minutes")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
