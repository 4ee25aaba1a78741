"""The pages that people read: plain HTML that needs no script, from one generation at a time."""

from collections.abc import Callable, Mapping

from flask import Response

from server.context import Service
from server.documents import Links
from server.pages import (
    changes,
    clusters,
    completing,
    dividing,
    explaining,
    exploring,
    home,
    linking,
    looking,
    network,
    people,
    places,
    publications,
    quality,
    questions,
    review,
    sources,
)
from server.pages.editor import render_answer, render_editor
from server.pages.frame import blueprint
from server.pages.things import Thing, plain, thing
from server.pages.vocabulary import render_ontology

PAGES: Mapping[str, Callable[[Service, str, Thing], Response]] = {
    "author": people.author,
    "cluster": clusters.cluster,
    "source": sources.source,
    "venue": places.venue,
    "work": publications.work,
}


def render_entity(held: Service, iri: str, entity_class: str) -> tuple[Response, Links]:
    """The page of an entity that the graph knows, and what its Link header tells."""
    if entity_class == "publication":
        return publications.publication(held, iri)
    told = thing(held, iri)
    return PAGES.get(entity_class, plain)(held, iri, told), told.links


__all__ = [
    "blueprint",
    "changes",
    "completing",
    "dividing",
    "explaining",
    "exploring",
    "home",
    "linking",
    "looking",
    "network",
    "quality",
    "questions",
    "render_answer",
    "render_editor",
    "render_entity",
    "render_ontology",
    "review",
]
