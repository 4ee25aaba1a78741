"""The pages that people read: plain HTML that needs no script, from one generation at a time."""

from collections.abc import Callable, Mapping

from flask import Response

from server.context import Service
from server.pages import explaining, home, looking, people, places, publications
from server.pages.frame import blueprint
from server.pages.questions import render_editor
from server.pages.things import Thing, plain, thing
from server.pages.vocabulary import render_ontology

PAGES: Mapping[str, Callable[[Service, str, Thing], Response]] = {
    "author": people.author,
    "cluster": people.cluster,
    "publication": publications.publication,
    "source": places.source,
    "venue": places.venue,
    "work": publications.work,
}


def render_entity(held: Service, iri: str, entity_class: str) -> Response:
    """The page of an entity that the graph knows."""
    return PAGES.get(entity_class, plain)(held, iri, thing(held, iri))


__all__ = [
    "blueprint",
    "explaining",
    "home",
    "looking",
    "render_editor",
    "render_entity",
    "render_ontology",
]
