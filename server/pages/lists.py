"""What a page lists: the publications of an entity, filtered and ordered as the address says."""

from collections.abc import Callable, Mapping

from flask import request

from ontology import terms
from server import documents
from server.context import Service
from server.pages import clusters, papers, places
from server.pages.asking import CSV, Ask, Table, ask, counted, lean, listed
from server.pages.asking import page as asking
from server.pages.collection import collected
from server.pages.sources import chosen_year
from server.problems import Problem


def of_entity(held: Service, iri: str, entity_class: str) -> tuple[str, list[str]]:
    """What the entity is called, and its publications; the Problem where it is not known."""
    documents.check_known(held, iri)
    (labels,) = ask(held, asking("known-as", entity=iri))
    label = labels[0]["label"] if labels else papers.slug(iri)
    return label, LISTS[entity_class](held, iri)


def _author(held: Service, iri: str) -> list[str]:
    """Of a person, or of a row that another one stands for: what its source says, or one source."""
    if "source" in request.args:
        return _as_said(held, iri, request.args["source"])
    of_person, of_row = ask(
        held,
        lean(asking("papers-of-author", person=iri)),
        lean(asking("papers-of-row", row=iri)),
    )
    return _selected(held, of_person or of_row)


def _as_said(held: Service, iri: str, source: str) -> list[str]:
    (rows,) = ask(held, asking("rows-as-said", person=iri))
    mine = [row["row"] for row in rows if papers.slug(row["source"]) == source]
    if not mine:
        raise Problem(404, f"no source {source[:80]!r} has a row of <{iri[:200]}>")
    return _selected(held, ask(held, listed("papers-as-said", "row", mine))[0])


def _cluster(held: Service, iri: str) -> list[str]:
    (found,) = ask(held, lean(asking("papers-in-cluster", cluster=iri)))
    chosen = request.args.get("coauthor", "")
    only = clusters.signed_with(held, iri, chosen) if chosen else None
    return papers.selected(held, collected(found), only)


def _selected(held: Service, found: Table) -> list[str]:
    return papers.selected(held, collected(found))


def _venue(held: Service, iri: str) -> list[str]:
    return places.listed(held, iri, chosen_year(), papers.chosen_order())


def _work(held: Service, iri: str) -> list[str]:
    (versions,) = ask(held, asking("pointing", entity=iri, property=terms.VERSION_OF))
    return [row["subject"] for row in versions]


def _source(held: Service, iri: str) -> list[str]:
    """In the store's order, which stays the same within a generation."""
    (labels,) = ask(held, asking("known-as", entity=iri))
    values = {"graph": held.iris.source_graph(labels[0]["label"] if labels else "")}
    year = chosen_year()
    wanted = Ask("cited/of-source", values)
    if year:
        wanted = Ask("cited/of-source-year", values | {"published": year})
    lines = counted(held, wanted, CSV).decode().split("\r\n")[1:]  # kept: there may be thousands
    return [line for line in lines if line]


def _publication(held: Service, iri: str) -> list[str]:
    return [iri]


LISTS: Mapping[str, Callable[[Service, str], list[str]]] = {
    "publication": _publication,
    "author": _author,
    "cluster": _cluster,
    "venue": _venue,
    "work": _work,
    "source": _source,
}
