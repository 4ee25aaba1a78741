"""`graph/about`: what each source is and declares, its loads, and the size of it all (VoID)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import resources

import pyoxigraph as ox

from ingest.lines import block, integer, literal, web_iri
from ingest.mapping import LABEL, TYPE
from ingest.sources import SourceState
from ontology import terms
from ontology.iris import Iris
from queries.catalogue import Catalogue
from queries.description import examples

_DECLARED = {
    "declaredPublications": terms.DECLARED_PUBLICATIONS,
    "declaredAuthorRows": terms.DECLARED_AUTHOR_ROWS,
}


def now() -> str:
    """This moment as an xsd:dateTime, to the second."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f'"{stamp}"^^<{terms.XSD_DATE_TIME}>'


def source_block(iris: Iris, name: str, state: SourceState) -> str:
    """What is known of a source."""
    subject = f"<{iris.entity('source', [name], name)}>"
    lines = [
        f"{subject} {TYPE} <{terms.SOURCE}> .\n",
        f"{subject} {LABEL} {literal(name)} .\n",
    ]
    for given, predicate in (
        ("licence", terms.DC_LICENSE),
        ("publisher", terms.DC_PUBLISHER),
        ("homepage", terms.FOAF_HOMEPAGE),
    ):
        if value := state.about.get(given):
            target = web_iri(value)
            lines.append(
                f"{subject} <{predicate}> {f'<{target}>' if target else literal(value)} .\n"
            )
    if not state.about.get("licence"):
        lines.append(f'{subject} <{terms.LICENCE_UNKNOWN}> "true"^^<{terms.XSD_BOOLEAN}> .\n')
    lines += _fact_lines(subject, state.facts)
    return block(lines)


def _fact_lines(subject: str, facts: Iterable[tuple[str, list[str]]]) -> list[str]:
    lines = []
    totals: dict[str, int] = {}
    for name, values in facts:
        if name in _DECLARED and values and values[0].isdecimal():
            totals[name] = totals.get(name, 0) + int(values[0])
        elif name == "clusterName":
            lines += [f"{subject} <{terms.CLUSTER_NAME}> {literal(value)} .\n" for value in values]
    lines += [f"{subject} <{_DECLARED[name]}> {integer(n)} .\n" for name, n in totals.items()]
    return lines


def load_block(iris: Iris, name: str, state: SourceState, version: str, ended: str) -> str:
    """The activity of a load: what it read, with which counts."""
    subject = f"<{state.load}>"
    lines = [
        f"{subject} {TYPE} <{terms.LOAD}> .\n",
        f"{subject} {LABEL} {literal(f'Load of {name}')} .\n",
        f"{subject} <{terms.SOURCE_PROPERTY}> <{iris.entity('source', [name], name)}> .\n",
        f"{subject} <{terms.SHA256}> {literal(state.sha256)} .\n",
        f"{subject} <{terms.SOFTWARE_VERSION}> {literal(version)} .\n",
        f"{subject} <{terms.PROV_ENDED_AT_TIME}> {ended} .\n",
    ]
    for count, predicate in (
        (state.read, terms.RECORDS_READ),
        (state.loaded, terms.RECORDS_LOADED),
        (state.rejected, terms.RECORDS_REJECTED),
        (state.repaired, terms.RECORDS_REPAIRED),
    ):
        lines.append(f"{subject} <{predicate}> {integer(count)} .\n")
    return block(lines)


def dataset_block(iris: Iris, triples: int) -> str:
    """The dataset as a whole: its base and how many triples it has, these lines included."""
    subject = f"<{iris.base}>"
    return block(
        [
            f"{subject} {TYPE} <{terms.VOID_DATASET}> .\n",
            f"{subject} <{terms.BASE}> {literal(iris.base)} .\n",
            f"{subject} <{terms.VOID}triples> {integer(triples)} .\n",
        ]
    )


def ontology_lines(iris: Iris) -> Iterator[str]:
    """The ontology, each of our terms defined by the page that this base serves."""
    path = resources.files("ontology").joinpath("quiver.ttl")
    seen = set()
    for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
        yield f"{quad.subject} {quad.predicate} {quad.object} .\n"
        name = str(quad.subject)
        if name not in seen and name.startswith(f"<{terms.Q}"):
            seen.add(name)
            yield f"{name} <{terms.RDFS}isDefinedBy> <{iris.base}ontology> .\n"
    for triple in examples.declarations(iris.base):
        yield f"{triple} .\n"


def example_blocks(iris: Iris) -> dict[str, str]:
    """The queries of the catalogue as examples for editors, by the address of each."""
    found: dict[str, list[str]] = {}
    for triple in examples.executables(Catalogue.bundled(), iris.base):
        found.setdefault(str(triple.subject)[1:-1], []).append(f"{triple} .\n")
    return {iri: block(lines) for iri, lines in found.items()}


def withdrawn_block(iri: str, at: str, replacement: str | None) -> str:
    """An IRI that is no more, since when, and what stands for it now."""
    lines = [f"<{iri}> <{terms.WITHDRAWN_AT}> {at} .\n"]
    if replacement:
        lines.append(f"<{iri}> <{terms.DC_REPLACED_BY}> <{replacement}> .\n")
    return block(lines)
