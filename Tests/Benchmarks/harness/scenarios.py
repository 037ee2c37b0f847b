"""What is measured. A scenario has entrants, and measures each once in a round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from .load import load
from .results import Figures
from .running import Running, running
from .servers import LIMIT, NCHAN, OURS, SERVERS, Server, compile_c
from .sizes import Sizes


@dataclass(frozen=True)
class Entrant:
    """What is measured beside others."""

    name: str
    #: Builds what it needs; raises `Missing` where it cannot be had.
    prepare: Callable[[], None]
    measure: Callable[[Sizes], Figures]


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    entrants: list[Entrant]
    #: The figure that is shown while it runs.
    shown: str
    #: How many readers or connections there are, where that is part of what is measured.
    size: int | None = None
    #: For what takes long and hardly varies.
    most_rounds: int = 100
    #: Rounds for each that is asked for: more where they differ much.
    rounds_each: int = 1


def of_server(server: Server, work: Callable[[Running, Sizes], Figures], name: str | None = None) -> Entrant:
    """A server that is started for each measurement, so that none inherits memory from the one before."""

    def measure(sizes: Sizes) -> Figures:
        with running(server) as started:
            return work(started, sizes)

    def prepare() -> None:
        compile_c("loadgen.c")
        server.build()

    return Entrant(name or server.name, prepare, measure)


def broadcast(server: Server) -> Entrant:
    def work(started: Running, sizes: Sizes) -> Figures:
        events = max(5, sizes.broadcast_events // server.pace)
        return load(started, "fanout", n=sizes.readers, events=events, size=100)

    return of_server(server, work)


def latency(server: Server) -> Entrant:
    def work(started: Running, sizes: Sizes) -> Figures:
        return load(started, "fanout", n=sizes.latency_readers, events=sizes.latency_events, size=100, rate=100)

    return of_server(server, work)


def idle(server: Server, path: str, name: str) -> Entrant:
    return of_server(server, lambda started, sizes: load(started, "idle", n=sizes.readers, events_path=path), name)


def stream(server: Server, path: str = "/stream", name: str | None = None) -> Entrant:
    def work(started: Running, sizes: Sizes) -> Figures:
        events = max(50, sizes.stream_events // server.pace)
        return load(started, "stream", n=sizes.stream_connections, k=events, stream_path=path)

    return of_server(server, work, name)


def connect(server: Server) -> Entrant:
    def work(started: Running, sizes: Sizes) -> Figures:
        return load(started, "connect", count=sizes.connections // server.pace, n=64)

    return of_server(server, work)


def grown(server: Server, readers: int) -> Entrant:
    """Some readers come and go first, so that what a server makes once is not counted as theirs."""

    def work(started: Running, sizes: Sizes) -> Figures:
        load(started, "fanout", n=10, events=20, size=100)
        # A kept connection of swift-sse serves 1,000 requests.
        events = max(20, min(900, sizes.growth_deliveries // readers))
        return load(started, "fanout", n=readers, events=events, size=100)

    return of_server(server, work, f"{server.name} {readers}")


def of_servers(sizes: Sizes) -> list[Scenario]:
    """The scenarios of servers under load."""
    growth = ", ".join(f"{readers:,}" for readers in sizes.growth)
    return [
        Scenario(
            "broadcast", f"each event of 100 bytes to {sizes.readers:,} readers, the next when the last reader has it",
            [broadcast(server) for server in SERVERS], "cpu_us_per_delivery", sizes.readers),
        Scenario(
            "latency", f"100 events a second to {sizes.latency_readers:,} readers: from the publish to the last reader",
            [latency(server) for server in (LIMIT, OURS, NCHAN)], "last_reader_us.p99", sizes.latency_readers),
        Scenario(
            "idle", "memory of a reader that waits: on a topic, and with a handler that sleeps",
            [idle(OURS, "/events", "topic"), idle(OURS, "/sleep", "handler")], "rss_per_reader", sizes.readers),
        Scenario(
            "stream", "64 connections, events of 60 bytes as fast as they are read: a closure, an AsyncStream, peers",
            [stream(LIMIT), stream(OURS, name="closure"), stream(OURS, "/sequence", "sequence")]
            + [stream(server) for server in SERVERS if server.streams and server not in (LIMIT, OURS)],
            "cpu_us_per_event", sizes.stream_connections),
        Scenario(
            "connect", "connect, first header, close",
            [connect(server) for server in SERVERS], "cpu_us_per_connection"),
        Scenario(
            "growth", f"the broadcast to {growth} readers",
            [grown(server, readers) for readers in sizes.growth for server in (LIMIT, OURS)], "cpu_us_per_delivery"),
    ]
