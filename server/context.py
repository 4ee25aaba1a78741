"""What every request needs, held in one place: `app.extensions["quiver"]` is the Service."""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import cast

import pyoxigraph as ox
from flask import Flask, current_app

from ontology.iris import Iris
from queries import own
from queries.catalogue import Catalogue, Query
from queries.errors import NoData
from queries.generations import Generations, Reader
from queries.pool.federation import Federation
from queries.search import passages
from queries.search.textindex import TextIndex
from queries.workers import Limits, Pool, Request
from queries.writes.upkeep import Chores
from queries.writes.writer import Writer
from server.config import FUNCTIONS, Config
from server.curating import Curator
from server.keeping import Keeper
from server.letterbox import Meter
from server.rendered import Shelf
from server.walking import Walks

LOG = logging.getLogger(__name__)
RESULTS = "application/sparql-results+json"

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = dict[str, Term]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published generation, as the server's own process knows it."""

    number: int
    path: Path
    iris: Iris
    created: datetime
    meta: Mapping[str, object]
    counts: Mapping[str, object]
    index: TextIndex | None
    passages: passages.Passages | None
    reader: Reader

    def etag(self, *parts: str) -> str:
        """An entity tag of this generation and what else tells representations apart."""
        return "-".join((self.reader.mark, *parts))


class Service:
    """Config, worker pool, catalogue, and the current generation with its text index."""

    def __init__(self, config: Config, pool: Pool, catalogue: Catalogue) -> None:
        self.config = config
        self.pool = pool
        self.catalogue = catalogue
        self.writer = Writer(config.data, config.timeout, config.memory)
        self.chores = Chores(config.data, config.memory)
        self.curator = Curator(config.data)
        self.suggested = Meter()
        self.kept = Keeper()
        self.walks = Walks()
        self.shelf = Shelf(config.cache // 2)
        self.made_ready = False  # whether a server that started has readied itself for visitors
        self._generations = Generations(config.data)
        self._link = config.data / "current"
        self._target = ""
        self._snapshot: Snapshot | None = None
        self._lock = Lock()

    @property
    def snapshot(self) -> Snapshot:
        """The current generation; NoData where none has been published."""
        try:
            target = os.readlink(self._link)  # noqa: PTH115 (on every request)
        except OSError:
            raise NoData(self.config.data) from None
        if target != self._target or self._snapshot is None:
            with self._lock:
                if target != self._target or self._snapshot is None:
                    self._snapshot = _open(self._generations)
                    self._target = target
        return self._snapshot

    @property
    def iris(self) -> Iris:
        """The IRI policy of the current generation's base."""
        return self.snapshot.iris

    @property
    def index(self) -> TextIndex | None:
        """The text index of the current generation, where it has one."""
        return self.snapshot.index

    def query(self, query: str | Query, **parameters: str) -> list[Row]:
        """The rows of a SELECT by name or as a Query, on the worker kept for pages."""
        return self.batch([(query, parameters)])[0]

    def batch(self, wanted: Sequence[tuple[str | Query, Mapping[str, str]]]) -> list[list[Row]]:
        """The rows of several SELECTs, all read from one generation."""
        answers = self.pool.batch([self.request(*one) for one in wanted])
        return [rows(answer.body.read()) for answer in answers]

    def request(
        self, query: str | Query, parameters: Mapping[str, str], media_type: str = RESULTS
    ) -> Request:
        """The worker's request for one of our own queries."""
        found = self.catalogue.get(query) if isinstance(query, str) else query
        return Request(found.text, media_type, bindings=found.bind(parameters), kind="page")

    def close(self) -> None:
        """Stop the workers and let go of the generation."""
        self.chores.close()
        self.pool.close()
        self.writer.close()
        self.curator.close()
        if self._snapshot is not None:
            self._snapshot.reader.close()
            self._snapshot = None


def rows(body: bytes) -> list[Row]:
    """The rows of a JSON results document; unbound variables have no key."""
    found = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("not the result of a SELECT")
    names = [variable.value for variable in found.variables]
    return [
        {name: value for name in names if (value := solution[name]) is not None}
        for solution in found
    ]


def start(config: Config) -> Service:
    """The Service that the settings ask for, its workers running."""
    federation = None
    if config.services:
        federation = Federation(config.services, config.service_timeout, config.max_service)
    pool = Pool(
        config.data, limits(config), config.workers, functions=FUNCTIONS, federation=federation
    )
    return Service(config, pool, catalogue(config))


def catalogue(config: Config) -> Catalogue:
    """The catalogue; queries of the user that cannot be read are told of and left out."""
    if not config.queries:
        return Catalogue.bundled()
    found, complaints = own.joined(Path(config.queries))
    for line in complaints:
        LOG.warning("left out: %s", line)
    return found


def limits(config: Config) -> Limits:
    """What the settings let queries use."""
    return Limits(
        deadline=config.timeout,
        memory=config.memory,
        rows=config.max_rows,
        answer=config.max_answer,
        query=config.max_query,
        queue=config.queue,
        spool=config.spool,
        cache=config.cache // 2,  # the other half is that of rendered documents
    )


def service() -> Service:
    """The Service of the application that answers the current request."""
    return cast(Service, current_app.extensions["quiver"])


def attach(app: Flask, held: Service) -> None:
    """Make the Service known to the application."""
    app.extensions["quiver"] = held


def _open(generations: Generations) -> Snapshot:
    reader = generations.open()
    meta = reader.meta
    text = reader.path / "text.sqlite"
    return Snapshot(
        number=reader.number,
        path=reader.path,
        iris=Iris(str(meta["base"])),
        created=_moment(meta),
        meta=meta,
        counts=_counts(reader.path / "counts.json"),
        index=TextIndex.open(text) if text.exists() else None,
        passages=_passages(reader.path / passages.FOLDER),
        reader=reader,
    )


def _passages(folder: Path) -> passages.Passages | None:
    """The index of publications' words; one that this version cannot read is left out, and told."""
    if not passages.exists(folder):
        return None
    try:
        return passages.Passages.open(folder)
    except (OSError, ValueError) as error:
        LOG.warning("abstracts and bylines are not searched: %s", error)
        return None


def _counts(file: Path) -> Mapping[str, object]:
    return cast(Mapping[str, object], json.loads(file.read_text())) if file.exists() else {}


def _moment(meta: Mapping[str, object]) -> datetime:
    """When the generation was made; headers know whole seconds only."""
    return datetime.fromisoformat(str(meta["created"])).astimezone(UTC).replace(microsecond=0)
