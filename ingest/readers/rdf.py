"""RDF in Turtle, N-Triples, N-Quads, TriG, RDF/XML and JSON-LD: publications in known vocabularies.

Read are the shapes of dblp, schema.org, BIBO with Dublin Core, FaBiO and Zotero's export; terms are
known by their local names within those vocabularies. RDF keeps no order of authors unless it says
one (a list, a sequence, dblp's ordinals); without one they have no position. The graph is gathered
first, on disk where it is large (JSON-LD alone is read whole). Triples that no publication took up
are given as statements, to be kept as they are.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import BinaryIO

from pyoxigraph import Literal, NamedNode

from ingest import identifiers
from ingest.readers.drafts import Draft
from ingest.readers.graphs import FILE, TITLES, Graph, Node, format_of, triples
from ingest.readers.kinds import KINDS
from ingest.readers.triples import Triples
from ingest.records import Identifier, Item, RecordError

_VOCABULARIES = (
    "http://schema.org/",
    "https://schema.org/",
    "http://purl.org/ontology/bibo/",
    "https://dblp.org/rdf/schema#",
    "http://purl.org/spar/fabio/",
    "http://purl.org/net/biblio#",
    "http://purl.org/net/nknouf/ns/bibtex#",
)
_KINDS = {
    "JournalArticle Journal": "AcademicArticle ScholarlyArticle MedicalScholarlyArticle Article "
    "JournalArticle NewsArticle ReviewArticle",
    "ConferencePaper Conference": "Inproceedings ConferencePaper ProceedingsPaper",
    "Chapter": "Chapter BookSection Incollection Inbook BookChapter Reference",
    "Book": "Book EditedBook MultiVolumeBook",
    "Proceedings": "Editorship Proceedings ConferenceProceedings",
    "Thesis": "Thesis PhdThesis Phdthesis MastersThesis Mastersthesis DoctoralThesis",
    "Report": "Report TechnicalReport Techreport",
    "Preprint Repository": "Informal Preprint",
    "Dataset": "Dataset Data",
    "Software": "SoftwareSourceCode SoftwareApplication",
    "Other": "BlogPosting CreativeWork WebPage Webpage Document Withdrawn Publication Manuscript "
    "Map Legislation Patent Collection Manual Misc Unpublished Booklet",
}
BY_TYPE = {name.lower(): kind for kind, names in _KINDS.items() for name in names.split()}
PEOPLE = (
    ("authorList", "author"),
    ("authors", "author"),
    ("author", "author"),
    ("authoredBy", "author"),
    ("creator", "author"),
    ("editorList", "editor"),
    ("editors", "editor"),
    ("editor", "editor"),
    ("editedBy", "editor"),
    ("translator", "translator"),
    ("contributors", "contributor"),
    ("contributor", "contributor"),
)
_DATES = ("datePublished", "issued", "publicationDate", "yearOfPublication", "date", "year")
_LATER_DATES = ("dateCreated", "created", "dateSubmitted")
HOSTS = ("isPartOf", "partOf", "publishedAsPartOf")
_GROUPS = {"Organization", "Group", "Corporation", "Organisation"}


def sniff(head: bytes) -> bool:
    """Whether these first bytes are of a serialization of RDF."""
    return format_of(head) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each publication of a known shape, in the order of the file; then the rest."""
    head = stream.peek(4096)[:4096]  # type: ignore[attr-defined]
    found = format_of(head)
    if found is None:
        yield RecordError("not RDF: neither prefixes, triples, RDF/XML nor a context", 1)
        return
    with closing(Triples()) as held:
        yield from held.fill(triples(stream, found))
        graph = Graph(held)
        for node in held:
            yield from items_of(graph, node)
        yield from held.rest(graph.taken)


def items_of(graph: Graph, node: Node) -> Iterator[Item]:
    """What a graph says of one node, where it is a publication."""
    if _is_publication(graph, node):
        yield from _draft(graph, node).items()


# ---- publications


def _types(graph: Graph, node: Node) -> list[str]:
    return [name.lower() for name in graph.types(node, _VOCABULARIES)]


def _is_publication(graph: Graph, node: Node) -> bool:
    with graph.unnoticed():
        typed = any(name in BY_TYPE for name in _types(graph, node))
        has_title = bool(graph.values(node, "title", "name", "headline"))
        return has_title and (typed or bool(graph.values(node, "itemType")))


def _draft(graph: Graph, node: Node) -> Draft:
    draft = Draft(None, _key(node))
    draft.entitle(graph.text(node, "title", "name", "headline"))
    known = [BY_TYPE[name] for name in _types(graph, node) if name in BY_TYPE]
    best = next((kind for kind in known if kind != "Other"), "Other")
    draft.kind, _, series = best.partition(" ")
    if not known:  # Zotero's export says the type as text
        item_type = graph.text(node, "itemType").lower()
        draft.kind, series = KINDS.get(item_type, ("Other", ""))
    _people(draft, graph, node)
    host = graph.held(graph.values(node, *HOSTS))
    printed = (graph.text(at, *names) for names in (_DATES, _LATER_DATES) for at in (node, host))
    draft.dated(next(filter(None, printed), ""), "date")
    _identify(draft, graph, node)
    _place(draft, graph, node, series)
    draft.summarise(graph.text(node, "abstract", "description"))
    draft.tagged(re.split(r"[,;]\s*", graph.text(node, "keywords")))
    draft.language = draft.plain(graph.text(node, "language", "inLanguage"), "language")
    draft.publisher = draft.plain(graph.text(node, "publisher", "publishedBy"), "publisher")
    return draft


def _key(node: Node) -> str:
    if not isinstance(node, NamedNode) or node.value.startswith("urn:quiver:"):
        return node.value.removeprefix(FILE) if isinstance(node, NamedNode) else ""
    found = identifiers.from_address(node.value)
    return found.value if found else node.value


def _people(draft: Draft, graph: Graph, node: Node) -> None:
    signatures = graph.values(node, "hasSignature")
    if signatures:
        _sign(draft, graph, signatures)
        return
    done: set[str] = set()
    for name, role in PEOPLE:
        found = graph.values(node, name)
        if not found or (role in done and role != "contributor"):
            continue
        done.add(role)
        listed = [graph.members(value) for value in found]
        draft.ordered = len(found) == 1 or any(members is not None for members in listed)
        for value, members in zip(found, listed, strict=True):
            for member in [value] if members is None else members:
                _add(draft, graph, member, role)
    draft.ordered = True


def _sign(draft: Draft, graph: Graph, signatures: Iterable[Node | Literal]) -> None:
    """dblp's signatures, by their ordinals."""

    def ordinal(signature: Node | Literal) -> int:
        shown = graph.text(signature, "signatureOrdinal")
        return int(shown) if shown.isdecimal() else 0

    for signature in sorted(signatures, key=ordinal):
        kinds = _types(graph, signature) if not isinstance(signature, Literal) else []
        role = "editor" if "editorsignature" in kinds else "author"
        orcid = next(iter(graph.values(signature, "signatureOrcid")), None)
        creator = next(iter(graph.values(signature, "signatureCreator")), None)
        name = graph.text(signature, "signatureDblpName") or graph.text(creator, *TITLES)
        ids = [identifiers.identifier("orcid", orcid.value)] if orcid else []
        key = _key(creator) if isinstance(creator, NamedNode) else ""
        if name:
            draft.named(name, role, key=key, identifiers=ids)
        else:
            draft.fail(role, signature, "a name without letters")


def _add(draft: Draft, graph: Graph, agent: Node | Literal, role: str) -> None:
    if isinstance(agent, Literal):
        draft.named(agent.value, role)
        return
    family = graph.text(agent, "familyName", "family_name", "surname", "lastName")
    given = graph.text(agent, "givenName", "givenname", "given_name", "firstName")
    name = graph.text(agent, "name", "label", "title", "primaryCreatorName", "prefLabel")
    kind = "group" if _GROUPS.intersection(graph.types(agent)) else ""
    ids = _agent_identifiers(graph, agent)
    key = _key(agent) if isinstance(agent, NamedNode) else ""
    if family and given:
        draft.person(family, given, role, key=key, identifiers=ids)
    elif shown := name or family or given:
        draft.named(shown, role, kind=kind, key=key, identifiers=ids)
    else:
        draft.fail(role, agent.value, "somebody without a name")


def _agent_identifiers(graph: Graph, agent: Node) -> list[Identifier]:
    values = [agent, *graph.values(agent, "orcid", "sameAs", "identifier")]
    orcids = [v.value for v in values if "orcid.org/" in v.value]
    return [identifiers.identifier("orcid", value) for value in orcids[:1]]


def _identify(draft: Draft, graph: Graph, node: Node) -> None:
    if isinstance(node, NamedNode) and "//" in node.value:
        draft.linked(node.value)
    for value in graph.values(node, "doi"):
        draft.identified("doi", value.value)
    for value in graph.values(node, "isbn13", "isbn", "isbn10"):
        draft.identified("isbn", value.value.removeprefix("urn:isbn:"))
    for value in graph.values(node, "pmid"):
        draft.identified("pmid", value.value)
    for value in graph.values(node, "identifier", "sameAs", "url", "primaryElectronicEdition"):
        _identify_by(draft, graph, value)


def _identify_by(draft: Draft, graph: Graph, value: Node | Literal) -> None:
    shown = value.value
    scheme = graph.text(value, "propertyID").lower()
    if scheme in ("doi", "arxiv", "pmid"):
        draft.identified(scheme, graph.text(value, "value"))
    elif known := identifiers.from_address(shown):
        draft.identified(known.scheme, known.value)
    elif re.match(r"(?i)(?:doi:\s*)?10\.\d{4,9}/\S+$", shown):
        draft.identified("doi", shown)
    elif match := re.match(r"(?i)(isbn|issn)[: ]\s*([\dXx -]+)$", shown):
        draft.identified(match[1].lower(), match[2])


def _place(draft: Draft, graph: Graph, node: Node, series: str) -> None:
    host = graph.held(graph.values(node, *HOSTS))
    above = graph.held(graph.values(host, "isPartOf"))
    name = graph.text(node, "publishedIn", "publicationName") or next(
        filter(None, (graph.text(h, "title", "name") for h in (above, host))), ""
    )
    issns = [v.value for h in (node, host, above) for v in graph.values(h, "issn", "eissn")]
    if draft.kind == "Chapter":
        draft.contained(name, "Book")
    else:
        draft.appears_in(name, series, issn=issns)
    for attribute, names in (
        ("volume", ("volume", "volumeNumber", "publishedInJournalVolume")),
        ("number", ("issue", "issueNumber", "publishedInJournalVolumeIssue")),
        ("pages", ("pages", "pagination")),
    ):
        shown = next(filter(None, (graph.text(h, *names) for h in (node, host, above))), "")
        setattr(draft, attribute, draft.plain(shown, attribute))
    ends = [graph.text(node, f"page{end}") for end in ("Start", "End")]
    draft.pages = draft.pages or "-".join(filter(None, ends))
