"""What a monitor wants to know, in the format of Prometheus."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from lookgraph.app.editions import Editions

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counts requests and times them by route."""

    def __init__(self, editions: Editions) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._seconds = Histogram(
            "lookgraph_request_seconds",
            "Time to answer.",
            ["route", "method"],
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self._answers = Counter("lookgraph_requests", "Answers.", ["route", "method", "status"], registry=self.registry)
        self._known: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        items = Gauge("lookgraph_items", "Items of the generation that is served.", registry=self.registry)
        items.set_function(lambda: editions.current.n_items)
        switches = Gauge("lookgraph_generation_switches", "New generations since the start.", registry=self.registry)
        switches.set_function(lambda: editions.n_switches)
        serving = Gauge("lookgraph_generation", "Number of the generation that is served.", registry=self.registry)
        serving.set_function(lambda: float(editions.current.id))

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        known = self._known.get((route, method, status))
        if known is None:
            known = (self._seconds.labels(route, method), self._answers.labels(route, method, str(status)))
            self._known[route, method, status] = known
        known[0].observe(seconds)
        known[1].inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)
