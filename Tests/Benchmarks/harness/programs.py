"""Scenarios without a server under load: the parser, the encoder, the client, the build."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import tools
from .load import load, run_json
from .machine import pinned, processors
from .places import BENCHMARKS, BUILD, REPOSITORY
from .results import Figures
from .running import free_port, running, running_command
from .scenarios import Entrant, Scenario
from .servers import OURS, PEERS, build_product, compile_c, product
from .sizes import Sizes

CORPORA = ["clock", "openai", "anthropic", "chatgpt", "multiline"]

MEASURE = BENCHMARKS / ".build" / "release" / "Measure"


@tools.once
def build_measure() -> None:
    tools.run(["swift", "build", "-c", "release", "--product", "Measure", "--package-path", str(BENCHMARKS)])


def corpus(name: str, sizes: Sizes) -> Path:
    """A file with events as real servers send them, written once."""
    path = BUILD / f"corpus-{name}-{sizes.corpus_events}.txt"
    if not path.exists():
        text = subprocess.run(
            [sys.executable, str(BENCHMARKS / "corpus.py"), name, str(sizes.corpus_events)], capture_output=True,
            check=True)
        path.write_bytes(text.stdout)
    return path


def alone(*command: object) -> list[str]:
    """A program on the servers' processor."""
    return pinned(processors()[0], [str(part) for part in command])


def measure(*arguments: object) -> Figures:
    return run_json(alone(MEASURE, *arguments))


# --- Parser and encoder -----------------------------------------------------------------------------------------------


def parser_limit(name: str) -> Entrant:
    def work(sizes: Sizes) -> Figures:
        return run_json(alone(BUILD / "parse_limit", corpus(name, sizes), sizes.corpus_repeats))

    return Entrant(f"limit {name}", lambda: compile_c("parse_limit.c"), work)


def of_corpus(what: str, name: str) -> Entrant:
    def work(sizes: Sizes) -> Figures:
        return measure(what, corpus(name, sizes), sizes.corpus_repeats)

    return Entrant(f"{what} {name}", build_measure, work)


# --- The client -------------------------------------------------------------------------------------------------------


def client(what: str, place: str) -> Entrant:
    """Reads the openai corpus from a server that has it in memory, on the other processor."""

    def work(sizes: Sizes) -> Figures:
        port = free_port()
        serve = [str(MEASURE), "serve-file", str(port), str(corpus("openai", sizes)), str(sizes.client_repeats)]
        with tempfile.TemporaryDirectory(prefix="sse-benchmark-") as folder:
            with running_command(serve, port, processors()[1], Path(folder)):
                return measure(what, f"http://127.0.0.1:{port}/", place)

    return Entrant(f"{what} {place}", build_measure, work)


def client_memory(sequence: str) -> Entrant:
    def work(sizes: Sizes) -> Figures:
        with running(OURS) as started:
            url = f"http://127.0.0.1:{started.port}"
            command = [MEASURE, "client-memory", url, sizes.readers, *(["events"] if sequence == "events" else [])]
            return run_json(pinned(processors()[1], [str(part) for part in command]))

    def prepare() -> None:
        build_measure()
        OURS.build()

    return Entrant(sequence, prepare, work)


# --- The build --------------------------------------------------------------------------------------------------------


#: A server of one file that depends on this package.
HELLO = BENCHMARKS / "hello-server"


def build(name: str, package: Path) -> Entrant:
    """From nothing, but for the packages it depends on, which have been fetched."""

    def work(_: Sizes) -> Figures:
        scratch = BUILD / f"build-{name}"
        shutil.rmtree(scratch, ignore_errors=True)
        options = ["--package-path", str(package), "--scratch-path", str(scratch)]
        tools.run(["swift", "package", *options, "resolve"])
        begun = time.monotonic()
        tools.run(["swift", "build", "-c", "release", *options])
        seconds = time.monotonic() - begun
        shutil.rmtree(scratch, ignore_errors=True)
        return {"seconds": seconds}

    return Entrant(name, lambda: tools.require("swift", "swiftlang"), work)


# --- `sse bench` ------------------------------------------------------------------------------------------------------

#: Far from what the server can do, so that both measure it and not each other.
AGREEMENT_RATE = 20


def bench_c() -> Entrant:
    """Paced, for the delays; then the next event when the last reader has the one before, for the rate."""

    def work(sizes: Sizes) -> Figures:
        with running(OURS) as started:
            events = AGREEMENT_RATE * sizes.agreement_seconds
            readers = sizes.agreement_readers
            paced = load(started, "fanout", n=readers, size=100, rate=AGREEMENT_RATE, events=events)
            fast = load(started, "fanout", n=readers, size=100, events=60 * sizes.agreement_seconds)
            return {
                "p50_us": paced["latency_us.p50"], "p99_us": paced["latency_us.p99"],
                "deliveries_per_s": fast["deliveries_per_s"],
            }

    def prepare() -> None:
        compile_c("loadgen.c")
        OURS.build()

    return Entrant("loadgen", prepare, work)


def bench_swift() -> Entrant:
    """The same with `sse bench`."""

    def work(sizes: Sizes) -> Figures:
        with running(OURS) as started:
            url = f"http://127.0.0.1:{started.port}"

            def bench(rate: object) -> Figures:
                command = [
                    product("sse"), "bench", f"{url}/events", "--publish", f"{url}/publish", "--size", 100, "--json",
                    "--connections", sizes.agreement_readers, "--duration", sizes.agreement_seconds, "--rate", rate,
                ]
                return run_json(pinned(processors()[1], [str(part) for part in command]))

            paced, fast = bench(AGREEMENT_RATE), bench("max")
            return {
                "p50_us": paced["latency.p50"], "p99_us": paced["latency.p99"],
                "deliveries_per_s": fast["eventsPerSecond"],
            }

    def prepare() -> None:
        build_product("sse")
        OURS.build()

    return Entrant("sse bench", prepare, work)


def of_programs(sizes: Sizes) -> list[Scenario]:
    return [
        Scenario(
            "parser", "nanoseconds an event of each corpus, beside a parser in C",
            [make(name) for name in CORPORA for make in (parser_limit, lambda name: of_corpus("parse", name))],
            "ns_per_event"),
        Scenario(
            "encoder", "the same events written, beside the parser reading them",
            [of_corpus(what, name) for name in CORPORA for what in ("parse", "encode")], "ns_per_event"),
        Scenario(
            "large", "an event of 2 MB in chunks of 4 KB, beside small events",
            [Entrant("large", build_measure, lambda _: measure("large"))], "ratio"),
        Scenario(
            "client", "the openai corpus over one connection, for each kind of loop",
            [client(what, place) for what in ("client-source", "client-events")
             for place in ("nonisolated", "main", "actor")], "ns_per_event"),
        Scenario(
            "client-memory", f"{sizes.readers:,} connections of one client",
            [client_memory("source"), client_memory("events")], "bytes_per_connection", sizes.readers, most_rounds=2),
        Scenario(
            "build", "swift build -c release from nothing: the package; a server of one file with it, with FlyingFox",
            [build("swift-sse", REPOSITORY), build("hello", HELLO), build("flyingfox", PEERS / "flyingfox-server")],
            "seconds", most_rounds=1),
        Scenario(
            "agreement", f"sse bench and the load generator in C, at {sizes.agreement_readers:,} connections",
            [bench_c(), bench_swift()], "deliveries_per_s", sizes.agreement_readers, rounds_each=3),
    ]
