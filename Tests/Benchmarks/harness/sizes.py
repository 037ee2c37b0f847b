"""How much work each measurement is."""

from __future__ import annotations

import resource
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Sizes:
    """For the limit and for swift-sse; a server with a pace gets its part of the events and connections."""

    readers: int = 10_000
    broadcast_events: int = 160
    latency_readers: int = 1_000
    latency_events: int = 500
    stream_connections: int = 64
    stream_events: int = 20_000
    connections: int = 20_000
    growth: tuple[int, ...] = (10, 100, 1_000, 10_000, 18_000)
    growth_deliveries: int = 400_000
    corpus_events: int = 5_000
    corpus_repeats: int = 200
    client_repeats: int = 200
    agreement_readers: int = 1_000
    agreement_seconds: int = 4

    def within_descriptors(self) -> Sizes:
        """No more readers than this system lets a process have, with some room for what else it opens."""
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        most = 10**9 if most == resource.RLIM_INFINITY else most - 500
        return replace(
            self, readers=min(self.readers, most), latency_readers=min(self.latency_readers, most),
            agreement_readers=min(self.agreement_readers, most),
            growth=tuple(count for count in self.growth if count <= most))


FULL = Sizes()

#: To see that everything works, not to quote.
QUICK = Sizes(
    readers=1_000, broadcast_events=100, latency_events=100, stream_events=2_000, connections=2_000,
    growth=(10, 100, 1_000), growth_deliveries=50_000, corpus_events=1_000, corpus_repeats=500, client_repeats=100,
    agreement_seconds=2)
