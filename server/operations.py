"""For whoever runs the server: /health, /metrics (Prometheus), and the access log."""

import json
import logging
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from threading import Lock

from flask import Blueprint, Flask, Response, current_app, g, request

from queries.errors import GenerationError
from server.context import Service, service

blueprint = Blueprint("operations", __name__)

ACCESS = logging.getLogger("quiver.access")
# Seconds; the lower ones tell a cached answer from a computed one.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
KEY = "quiver.requests"


class Requests:
    """Counts requests by route, method and status, and their seconds by route."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.buckets: dict[str, list[int]] = {}

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        with self._lock:
            self.counts[route, method, status] += 1
            self.seconds[route] += seconds
            row = self.buckets.setdefault(route, [0] * (len(BUCKETS) + 1))
            row[bisect_left(BUCKETS, seconds)] += 1

    def lines(self) -> Iterator[str]:
        """The counts in Prometheus' text format."""
        yield "# TYPE quiver_requests_total counter"
        with self._lock:
            for (route, method, status), count in sorted(self.counts.items()):
                labels = f'route="{route}",method="{method}",status="{status}"'
                yield f"quiver_requests_total{{{labels}}} {count}"
            yield "# TYPE quiver_request_seconds histogram"
            for route, row in sorted(self.buckets.items()):
                yield from _histogram("quiver_request_seconds", f'route="{route}",', BUCKETS, row)
                yield f'quiver_request_seconds_sum{{route="{route}"}} {self.seconds[route]:.6f}'
                yield f'quiver_request_seconds_count{{route="{route}"}} {sum(row)}'


def register(app: Flask) -> None:
    """Time every request; count it, and log it where the settings say so."""
    app.extensions[KEY] = Requests()
    app.before_request(_start)
    app.after_request(_finish)


@blueprint.get("/health")
def health() -> Response:
    """200 when queries can be answered, else 503; both say which generation is served."""
    held = service()
    try:
        generation = held.pool.generation().number
    except GenerationError:
        return _health(503, {"live": True, "ready": False})
    return _health(200, {"live": True, "ready": True, "generation": generation})


@blueprint.get("/health/live")
def live() -> Response:
    """200 while the process answers at all."""
    return _health(200, {"live": True})


@blueprint.get("/metrics")
def metrics() -> Response:
    """Requests, queries, workers killed and why, queue, cache, generation."""
    seen: Requests = current_app.extensions[KEY]
    lines = [*seen.lines(), *_pool_lines(service())]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _health(status: int, body: dict[str, object]) -> Response:
    response = Response(json.dumps(body) + "\n", status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _pool_lines(held: Service) -> Iterator[str]:
    figures = held.pool.figures()
    yield "# TYPE quiver_queries_total counter"
    for outcome, count in sorted(figures.outcomes.items()):
        yield f'quiver_queries_total{{outcome="{outcome}"}} {count}'
    yield "# TYPE quiver_workers_started_total counter"
    yield f"quiver_workers_started_total {figures.starts}"
    gauges = {
        "quiver_queue_waiting": figures.waiting,
        "quiver_workers_running": figures.running,
        "quiver_workers_idle": figures.idle,
        "quiver_cache_bytes": figures.cache_bytes,
        "quiver_cache_entries": figures.cache_entries,
        "quiver_spool_bytes": figures.spool_bytes,
        "quiver_generation": figures.generation,
        "quiver_made_ready": int(held.made_ready),
    }
    for name, value in gauges.items():
        yield f"# TYPE {name} gauge"
        yield f"{name} {value}"
    yield "# TYPE quiver_cache_lookups_total counter"
    yield f'quiver_cache_lookups_total{{result="hit"}} {figures.cache_hits}'
    yield f'quiver_cache_lookups_total{{result="miss"}} {figures.cache_misses}'


def _histogram(name: str, labels: str, limits: tuple[float, ...], row: list[int]) -> Iterator[str]:
    """The cumulative buckets of one histogram."""
    total = 0
    for limit, count in zip((*map(str, limits), "+Inf"), row, strict=True):
        total += count
        yield f'{name}_bucket{{{labels}le="{limit}"}} {total}'


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if route != "none" else "any"
    current_app.extensions[KEY].note(route, method, response.status_code, seconds)
    log(
        request.remote_addr,
        request.method,
        request.path,
        response.status_code,
        response.content_length,
        seconds,
        {name: g.get(name) for name in ("query_hash", "rows", "cached") if name in g},
    )
    return response


def log(
    client: str | None,
    method: str,
    path: str,
    status: int,
    size: int | None,
    seconds: float,
    more: Mapping[str, object],
) -> None:
    """One line of the access log: key=value after who, what, status, bytes and milliseconds.

    A query is logged by its hash: what people ask is theirs.
    """
    if not ACCESS.isEnabledFor(logging.INFO):
        return
    shown = ascii(path)[1:-1].replace(" ", "%20")
    told = "".join(f" {name}={value}" for name, value in more.items())
    line = f"{client or '-'} {method} {shown} {status} {'-' if size is None else size}"
    ACCESS.info("%s %.1fms%s", line, seconds * 1000, told)
