"""What changed, newest first: loads, resolutions, decisions, and what was withdrawn.

As a page, as JSON, and as an Atom feed (RFC 4287). What a resolution joined, split and changed is
read from the difference that is kept beside each generation.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from flask import Response, request

from server.context import Service
from server.pages.asking import ask
from server.pages.asking import page as asking
from server.pages.frame import blueprint, held, page

EVENTS = 50  # on a page, and in a feed
LARGEST = 20  # changes of one run that are told, the largest first
ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster that a run changed: its canonical member and how many members, in how many parts
    they were before."""

    kind: str
    iri: str
    name: str
    members: int
    groups: int


@dataclass(frozen=True, slots=True)
class Event:
    """One change of the graph; `iri` is the load, run or decision, or nothing for what vanished."""

    kind: str
    iri: str
    time: str
    title: str
    told: dict[str, Any]
    clusters: tuple[Cluster, ...] = ()


@blueprint.route("/changes")
def changes() -> Response:
    """The newest changes as a page."""
    service, number = held(), max(1, request.args.get("page", 1, int))
    found = events(service, number)
    return page(
        "changes.html", events=united(found[:EVENTS]), number=number, more=len(found) > EVENTS
    )


@blueprint.route("/changes.json")
def changes_json() -> Response:
    """The same for programs."""
    service, number = held(), max(1, request.args.get("page", 1, int))
    found = events(service, number)
    told = [
        {"kind": one.kind, "iri": one.iri or None, "time": one.time, "title": one.title}
        | one.told
        | ({"clusters": [_cluster(each) for each in one.clusters]} if one.clusters else {})
        for one in found[:EVENTS]
    ]
    body: dict[str, Any] = {"generation": service.snapshot.number, "events": told}
    if len(found) > EVENTS:
        body["next"] = f"{service.iris.base}changes.json?page={number + 1}"
    return _answer(json.dumps(body, ensure_ascii=False, indent=1) + "\n", "application/json")


@blueprint.route("/changes.atom")
def changes_atom() -> Response:
    """The same as a feed."""
    service = held()
    base, found = service.iris.base, united(events(service, 1)[:EVENTS])
    newest = found[0].time if found else service.snapshot.created.isoformat()
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="{ATOM}">',
        f"<id>{escape(base)}changes</id><title>Changes</title><updated>{newest}</updated>",
        f'<link rel="self" href={quoteattr(f"{base}changes.atom")}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(f"{base}changes")}/>',
        "<author><name>Quiver</name></author>",
        *(_entry(one, base) for one in found),
        "</feed>\n",
    ]
    return _answer("\n".join(parts), "application/atom+xml; charset=utf-8")


def events(service: Service, number: int) -> list[Event]:
    """The events of a page, and one more where there are more."""
    (rows,) = ask(service, asking("changes", EVENTS + 1, (number - 1) * EVENTS))
    folder = service.snapshot.path / "runs"
    return [_event(row, folder, service.iris.base) for row in rows]


def united(found: list[Event]) -> list[Event]:
    """For people: a name stands for all rows that have it, and each pair of them is a decision."""
    return list({(one.kind, one.time, one.title): one for one in reversed(found)}.values())[::-1]


def _event(row: dict[str, str], folder: Path, base: str) -> Event:
    kind, iri = row["kind"], row.get("event", "")
    count = int(row.get("count", 0))
    if kind == "load":
        told: dict[str, Any] = {"source": row["aboutName"], "records": count}
        title = f"{row['aboutName']} loaded: {count:,} records"
        return Event(kind, iri, row["time"], title, told)
    if kind == "withdrawn":
        title = f"{count:,} {'address' if count == 1 else 'addresses'} withdrawn"
        return Event(kind, "", row["time"], title, {"entities": count})
    if kind == "decision":
        return _decision(row, iri)
    return _run(row, iri, folder, base)


def _decision(row: dict[str, str], iri: str) -> Event:
    told: dict[str, Any] = {"verdict": row["word"], "by": row["who"]}
    told["reason"] = row.get("reason", "")
    about = sorted({row[name] for name in ("aboutName", "otherName") if name in row})
    told["about"] = [row[name] for name in ("about", "other") if name in row]
    title = f"{row['who']} decided: {row['word']}"
    if about:
        title += f", {' and '.join(about)}"
    return Event("decision", iri, row["time"], title, told)


def _run(row: dict[str, str], iri: str, folder: Path, base: str) -> Event:
    found = list(_kept(folder / f"{iri.rpartition('/')[2]}.json.gz"))
    kinds = Counter(one["kind"] for one in found)
    told: dict[str, Any] = {"rule": row["word"], **kinds}
    said = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    title = f"Resolution by rules {row['word']}: {said or 'nothing changed'}"
    clusters = tuple(_clusters(found[:LARGEST], base))
    return Event("run", iri, row["time"], title, told, clusters)


def _kept(path: Path) -> Iterator[dict[str, Any]]:
    """The changes of a run; none where its difference is no longer kept."""
    try:
        yield from json.loads(gzip.decompress(path.read_bytes()))["changes"]
    except FileNotFoundError:
        return


def _clusters(found: list[dict[str, Any]], base: str) -> Iterator[Cluster]:
    for one in found:
        groups = one["groups"]
        names = {local: name for group in groups for local, name in group}
        yield Cluster(
            one["kind"],
            f"{base}id/{one['canonical']}",
            names.get(one["canonical"], one["canonical"]),
            len(names),
            len(groups),
        )


def _cluster(one: Cluster) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "canonical": one.iri,
        "name": one.name,
        "members": one.members,
        "parts": one.groups,
    }


def _entry(one: Event, base: str) -> str:
    name = one.iri or f"{base}changes#{one.time}"
    link = name.replace(f"{base}id/", f"{base}doc/", 1)
    lines = [f"{each.name}: {each.members} {each.kind}" for each in one.clusters]
    text = "\n".join([one.title, *filter(None, [one.told.get("reason")]), *lines])
    return (
        f"<entry><id>{escape(name)}</id><title>{escape(one.title)}</title>"
        f"<updated>{one.time}</updated><link href={quoteattr(link)}/>"
        f"<summary>{escape(text)}</summary></entry>"
    )


def _answer(body: str, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = "no-cache"
    return response
