"""What another graph says of things that may be ours, kept beside the generation for people who
decide about them. While a file is read, a scratch database holds it, and memory does not grow.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ingest.linking.choosing import GREY, Candidate
from ingest.linking.others import Paper, Somebody, Stranger
from queries.writes.drafts import Draft

FILE = "outside.sqlite"
WORKS = 12  # of one thing there: what somebody reads before deciding
ELSEWHERE = 3  # of them such as are not here
PEOPLE = 60
BATCH = 1000  # rows between two commits of a scratch database


@dataclass(frozen=True, slots=True)
class Work:
    """One of their papers; `here` where it may be one of ours."""

    title: str
    year: int | None = None
    venue: str = ""
    people: tuple[str, ...] = ()
    here: bool = True


@dataclass(frozen=True, slots=True)
class Theirs:
    """One thing of another graph: a paper, with its work, or somebody, with works of theirs."""

    against: str
    names: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    papers: int = 0  # that they have there, as far as it was told
    works: tuple[Work, ...] = ()
    pages: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody named on the works, in their order."""
        return tuple(dict.fromkeys(one for work in self.works for one in work.people))

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Theirs":
        """From JSON."""
        works = tuple(Work(**one | {"people": tuple(one["people"])}) for one in told["works"])
        identifiers = tuple((scheme, value) for scheme, value in told["identifiers"])
        return cls(**dict(told) | {"works": works, "identifiers": identifiers})


def of_somebody(somebody: Somebody, against: str, titled: Collection[str]) -> Theirs:
    """What a file says of somebody; `titled` are the titles that we have, as they are there."""
    here = [Work(title) for title in somebody.titles if title in titled]
    others = [Work(title, here=False) for title in somebody.titles if title not in titled]
    return Theirs(
        against,
        somebody.names[:PEOPLE],
        tuple((one.scheme, one.value) for one in somebody.identifiers),
        len(somebody.titles),
        tuple([*here, *others][:WORKS]),
    )


class Spool:
    """The papers that may be ours, and some others of the same people, while a file is read."""

    def __init__(self, path: Path) -> None:
        self._held = sqlite3.connect(path, isolation_level=None)
        self._held.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
            "CREATE TABLE paper (number INTEGER PRIMARY KEY, told TEXT);"
            "CREATE TABLE signed (person INTEGER, paper INTEGER);"
            "CREATE TABLE elsewhere (person INTEGER, told TEXT);"
        )
        self._elsewhere: Counter[int] = Counter()

    def add(self, number: int, paper: Paper, people: Iterable[int]) -> None:
        """Keep a paper that may be ours, by number, and who signed it."""
        record = paper.record
        told = {
            "work": asdict(_work(paper)),
            "pages": record.pages or "",
            "identifiers": [(one.scheme, one.value) for one in record.identifiers if one.valid],
        }
        self._held.execute("INSERT INTO paper VALUES (?, ?)", (number, json.dumps(told)))
        self._held.executemany(
            "INSERT INTO signed VALUES (?, ?)", ((person, number) for person in people)
        )

    def pass_by(self, stranger: Stranger, people: Iterable[int]) -> None:
        """Keep a few of the papers of these people that are not here."""
        wanted = [one for one in people if self._elsewhere[one] < ELSEWHERE]
        paper = stranger.paper() if wanted else None
        if paper is not None:
            told = json.dumps(asdict(replace(_work(paper), here=False)))
            self._elsewhere.update(wanted)
            self._held.executemany(
                "INSERT INTO elsewhere VALUES (?, ?)", ((person, told) for person in wanted)
            )

    def done(self) -> None:
        """Nothing more will be added: what follows asks by person."""
        self._held.executescript(
            "CREATE INDEX by_person ON signed (person);"
            "CREATE INDEX by_reader ON elsewhere (person);"
        )
        self._elsewhere.clear()

    def paper(self, number: int, against: str) -> Theirs:
        """What was said of a paper."""
        ((text,),) = self._held.execute("SELECT told FROM paper WHERE number = ?", (number,))
        told = json.loads(text)
        work = Work(**told["work"] | {"people": tuple(told["work"]["people"][:PEOPLE])})
        identifiers = tuple((scheme, value) for scheme, value in told["identifiers"])
        return Theirs(against, (work.title,), identifiers, 0, (work,), told["pages"])

    def person(self, number: int, against: str, papers: int, names: tuple[str, ...]) -> Theirs:
        """What was said of somebody who signed such papers."""
        found = self._held.execute(
            "SELECT told FROM signed, paper WHERE person = ? AND paper.number = paper LIMIT ?",
            (number, WORKS),
        )
        works = [json.loads(text)["work"] for (text,) in found]
        others = self._held.execute("SELECT told FROM elsewhere WHERE person = ?", (number,))
        works += [json.loads(text) for (text,) in others]
        shown = (Work(**one | {"people": tuple(one["people"][:PEOPLE])}) for one in works)
        return Theirs(against, names, (), papers, tuple(shown))

    def close(self) -> None:
        """Give the file up."""
        self._held.close()


def _work(paper: Paper) -> Work:
    record = paper.record
    venue = record.venue.name if record.venue else ""
    people = tuple(one.printed for one in record.contributors)
    return Work(record.label or record.title, record.year, venue or "", people)


@contextmanager
def spooled(folder: Path) -> Iterator[Spool]:
    """A spool in a folder that will be thrown away."""
    with closing(Spool(folder / "theirs.sqlite")) as spool:
        yield spool


def keep(draft: Draft, told: Iterable[tuple[str, Theirs]], named: Collection[str]) -> None:
    """Keep what was said of things; of those that no match names any more, forget it."""
    with closing(sqlite3.connect(draft.amend(FILE))) as held:
        held.execute("CREATE TABLE IF NOT EXISTS said (outside TEXT PRIMARY KEY, told TEXT)")
        rows = ((iri, json.dumps(asdict(one), ensure_ascii=False)) for iri, one in told)
        held.executemany("INSERT OR REPLACE INTO said VALUES (?, ?)", rows)
        gone = [iri for (iri,) in held.execute("SELECT outside FROM said") if iri not in named]
        held.executemany("DELETE FROM said WHERE outside = ?", ((iri,) for iri in gone))
        held.commit()


def read(folder: Path, outside: str) -> Theirs | None:
    """What a generation keeps of a thing of another graph."""
    if not (folder / FILE).exists():
        return None
    with closing(sqlite3.connect(f"file:{folder / FILE}?mode=ro&immutable=1", uri=True)) as held:
        row = held.execute("SELECT told FROM said WHERE outside = ?", (outside,)).fetchone()
    return None if row is None else Theirs.of(json.loads(row[0]))


def asked(found: Iterable[Candidate]) -> list[str]:
    """The IRIs that people will be asked about."""
    return sorted({one.outside for one in found if one.verdict == GREY})
