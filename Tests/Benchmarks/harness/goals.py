"""What the project wants to reach, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from .programs import CORPORA
from .results import Figure, Results, highest


@dataclass(frozen=True)
class Goal:
    #: The scenario that it is of, as it is chosen by.
    name: str
    #: The same in words.
    scenario: str
    measure: str
    figure: Figure
    #: The figure is to be at most this, or at least.
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""
    #: With how many readers or connections, where that matters: at another size, figures cannot tell.
    size: int | None = None

    def is_of(self, scenarios: set[str]) -> bool:
        return self.name in scenarios

    def bound_missed(self, value: float) -> float | None:
        """The bound that the figure lies beyond; None where the goal is met."""
        if self.at_most is not None and value > self.at_most:
            return self.at_most
        if self.at_least is not None and value < self.at_least:
            return self.at_least
        return None


def of(scenario: str, entrant: str, figure: str, divisor: float = 1) -> Figure:
    """A median."""

    def work(results: Results) -> float | None:
        value = results.of(scenario).median(entrant, figure)
        return None if value is None else value / divisor

    return work


def ratio(scenario: str, over: str, under: str, figure: str) -> Figure:
    """The median of the ratios that two entrants had within a round."""
    return lambda results: results.of(scenario).ratio((over, figure), (under, figure))


def slowest(figures: list[Figure]) -> Figure:
    """The highest of several; unknown unless all are known."""
    return lambda results: highest([figure(results) for figure in figures])


def client(what: str, places: list[str]) -> Figure:
    return slowest([of("client", f"{what} {place}", "ns_per_event") for place in places])


#: What both load generators measure.
AGREEMENT = [
    ("median delay of a delivery", "p50_us"), ("p99 of the delay", "p99_us"),
    ("deliveries a second at the highest rate", "deliveries_per_s"),
]

BROADCAST = "broadcast to 10,000 readers, 100 bytes"

GOALS = [
    Goal(
        "broadcast", BROADCAST, "server's processor time a delivery ÷ the limit's",
        ratio("broadcast", "swift-sse", "limit", "cpu_us_per_delivery"), at_most=1.10, size=10_000),
    Goal(
        "broadcast", BROADCAST, "user time a delivery",
        of("broadcast", "swift-sse", "user_us_per_delivery"), at_most=0.3, unit="µs", size=10_000),
    Goal(
        "broadcast", BROADCAST, "deliveries a second ÷ nchan's",
        ratio("broadcast", "swift-sse", "nchan", "deliveries_per_s"), at_least=1.3, size=10_000),
    Goal(
        "broadcast", BROADCAST, "deliveries a second ÷ Go's",
        ratio("broadcast", "swift-sse", "go", "deliveries_per_s"), at_least=2, size=10_000),
    Goal(
        "latency", "100 events a second to 1,000 readers", "p99 from the publish to the last reader ÷ the limit's",
        ratio("latency", "swift-sse", "limit", "last_reader_us.p99"), at_most=1.3, size=1_000),
    Goal(
        "idle", "idle reader of a topic", "resident memory a connection",
        of("idle", "topic", "rss_per_reader"), at_most=1_024, unit="bytes", size=10_000),
    Goal(
        "idle", "idle reader whose handler sleeps", "resident memory a connection",
        of("idle", "handler", "rss_per_reader"), at_most=4_096, unit="bytes", size=10_000),
    Goal(
        "stream", "64 connections, events of 60 bytes, a closure", "server's processor time an event",
        of("stream", "closure", "cpu_us_per_event"), at_most=0.45, unit="µs", size=64),
    Goal(
        "stream", "the same, an `AsyncStream`", "server's processor time an event",
        of("stream", "sequence", "cpu_us_per_event"), at_most=1.5, unit="µs", size=64),
    Goal(
        "connect", "connect, first header, close", "server's processor time ÷ the limit's",
        ratio("connect", "swift-sse", "limit", "cpu_us_per_connection"), at_most=1.4),
    *[
        Goal(
            "parser", f"parser, {name}", "time an event ÷ the limit's",
            ratio("parser", f"parse {name}", f"limit {name}", "ns_per_event"), at_most=1.5)
        for name in CORPORA
    ],
    Goal(
        "large", "parser, an event of 2 MB in chunks of 4 KB", "bytes a second ÷ those of small events",
        of("large", "large", "ratio"), at_least=1),
    *[
        Goal(
            "encoder", f"encoder, {name}", "time an event ÷ the parser's",
            ratio("encoder", f"encode {name}", f"parse {name}", "ns_per_event"), at_most=1)
        for name in CORPORA
    ],
    Goal(
        "client", "client, `for try await event in source`", "processor time an event, on the actor where it is most",
        client("client-source", ["nonisolated", "main", "actor"]), at_most=400, unit="ns"),
    Goal(
        "client", "client, `client.events(url)`", "processor time an event, off the main actor where it is most",
        client("client-events", ["nonisolated", "actor"]), at_most=1_500, unit="ns"),
    Goal(
        "client-memory", "10,000 connections of one client", "resident memory a connection",
        of("client-memory", "source", "bytes_per_connection"), at_most=4_096, unit="bytes", size=10_000),
    Goal(
        "build", "`swift build -c release` from nothing", "seconds ÷ those of FlyingFox with a server of one file",
        ratio("build", "swift-sse", "flyingfox", "seconds"), at_most=1.5),
    *[
        Goal(
            "agreement", "`sse bench` with 1,000 connections", f"{what} ÷ that of the C load generator",
            ratio("agreement", "sse bench", "loadgen", figure), at_most=1.1, at_least=0.9, size=1_000)
        for what, figure in AGREEMENT
    ],
]
