"""Documents as people read them: the thing first, then in order, nothing lost."""

import pyoxigraph as ox
import pytest

from queries import formats
from server import readable

BASE = "http://localhost:8000/"
PAPER = f"{BASE}id/publication/a-paper-aaaaaaaaaaaa"
SIGNED = [f"{BASE}id/signature/author-{n}-bbbbbbbbbbbb" for n in (1, 2, 10)]
Q = "https://w3id.org/quiver/ontology#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LINES = [
    f'<{Q}Signature> <{LABEL}> "signature" .',
    *(f"<{iri}> <{Q}ofPublication> <{PAPER}> ." for iri in reversed(SIGNED)),
    f'<{PAPER}> <{LABEL}> "A paper" .',
    f"<{PAPER}> <{TYPE}> <{Q}Publication> .",
]
TRIPLES = "\n".join(LINES).encode()


def test_the_thing_comes_first_and_its_type_before_all_else():
    text = readable.written(readable.read(TRIPLES), PAPER, formats.TURTLE, BASE).decode()
    body = [line for line in text.splitlines() if not line.startswith("@prefix")]
    assert body[0].startswith("publication:a-paper-aaaaaaaaaaaa a q:Publication")


def test_signatures_follow_in_their_order_before_labels_of_others():
    text = readable.written(readable.read(TRIPLES), PAPER, formats.TURTLE, BASE).decode()
    places = [text.index(f"author-{n}-") for n in (1, 2, 10)]
    assert places == sorted(places)
    assert places[-1] < text.index('q:Signature rdfs:label "signature"')


@pytest.mark.parametrize("form", formats.of_kind("rdf"), ids=lambda form: form.name)
def test_nothing_is_lost_in_any_format(form):
    body = readable.written(readable.read(TRIPLES), PAPER, form, BASE)
    found = {quad.triple for quad in ox.parse(body, form.rdf)}
    assert found == {quad.triple for quad in ox.parse(TRIPLES, ox.RdfFormat.N_TRIPLES)}


def test_the_same_graph_gives_the_same_bytes():
    again = "\n".join(reversed(LINES)).encode()
    one, other = (
        readable.written(readable.read(t), PAPER, formats.TURTLE, BASE) for t in (TRIPLES, again)
    )
    assert one == other
