"""RDF in Turtle, N-Triples, N-Quads, TriG, RDF/XML and JSON-LD: publications in known vocabularies.

Read are the shapes of dblp, schema.org, BIBO with Dublin Core, FaBiO and Zotero's export; terms are
known by their local names within those vocabularies. RDF keeps no order of authors unless it says
one (a list, a sequence, dblp's ordinals); without one they have no position. The whole graph is
held. JSON-LD contexts are never fetched: those of schema.org and CodeMeta are replaced by ours.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from ingest import identifiers
from ingest.readers import envelopes, xmls
from ingest.readers.drafts import Draft
from ingest.readers.guarded import Guarded
from ingest.readers.kinds import KINDS
from ingest.records import Identifier, Item, RecordError

Node = NamedNode | BlankNode
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
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
_BY_TYPE = {name.lower(): kind for kind, names in _KINDS.items() for name in names.split()}
_CONTEXTS = ("schema.org", "codemeta")
_CONTEXT = {
    "@vocab": "http://schema.org/",
    "id": "@id",
    "type": "@type",
    **{
        name: {"@id": f"http://schema.org/{name}", "@container": "@list"}
        for name in ("author", "creator", "editor", "contributor")
    },
}
_TITLES = ("title", "name", "headline", "shortTitle", "label")
_PEOPLE = (
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
_HOSTS = ("isPartOf", "partOf", "publishedAsPartOf")
_GROUPS = {"Organization", "Group", "Corporation", "Organisation"}
_MOST_STEPS = 20_000  # a list that bites its tail


def sniff(head: bytes) -> bool:
    """Whether these first bytes are of a serialization of RDF."""
    return _format(head) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each publication of a known shape, in the order of the file."""
    head = stream.peek(4096)[:4096]  # type: ignore[attr-defined]
    found = _format(head)
    if found is None:
        yield RecordError("not RDF: neither prefixes, triples, RDF/XML nor a context", 1)
        return
    graph = _Graph()
    problem = _load(graph, stream, found)
    if problem:
        yield problem
    publications = [node for node in graph.nodes if _is_publication(graph, node)]
    for node in publications:
        yield from _draft(graph, node).items()
    if not publications and not problem:
        many = sum(map(len, graph.nodes.values()))
        yield RecordError(f"no publication of a shape that is known, in {many:,} triples", 1)


# ---- the graph


@dataclass(slots=True)
class _Graph:
    """Triples by subject, in the order of the file."""

    nodes: dict[Node, list[tuple[str, Node | Literal]]] = field(default_factory=dict)

    def values(self, node: Any, *names: str) -> list[Node | Literal]:
        """The objects of predicates of these local names, those of the first name first."""
        held = self.nodes.get(node, [])
        return [o for name in names for p, o in held if _local(p) == name]

    def text(self, node: Any, *names: str) -> str:
        """The first of these values that is text, or names itself."""
        for value in self.values(node, *names):
            if isinstance(value, Literal):
                if value.value.strip():
                    return value.value
            elif shown := self.text(value, *_TITLES, "value") if names != _TITLES else "":
                return shown
        return ""

    def held(self, values: Iterable[Node | Literal]) -> Node | None:
        """The first of these nodes that the graph says something of."""
        nodes = (value for value in values if not isinstance(value, Literal))
        return next((node for node in nodes if node in self.nodes), None)

    def members(self, node: Node | Literal) -> list[Node | Literal] | None:
        """The members of a list or sequence, in order; None for any other node."""
        held = self.nodes.get(node, []) if isinstance(node, NamedNode | BlankNode) else []
        places = {p: o for p, o in held if p.startswith(f"{_RDF}_")}
        if places:
            numbers = sorted((int(p[len(_RDF) + 1 :]), p) for p in places if p[-1].isdecimal())
            return [places[p] for _, p in numbers]
        if not any(p == f"{_RDF}first" for p, _ in held):
            return None
        found: list[Node | Literal] = []
        at: Node | Literal | None = node
        while at is not None and len(found) < _MOST_STEPS:
            links = dict(self.nodes.get(at, []) if not isinstance(at, Literal) else [])
            if f"{_RDF}first" not in links:
                break
            found.append(links[f"{_RDF}first"])
            at = links.get(f"{_RDF}rest")
        return found


def _local(iri: str) -> str:
    return re.split(r"[/#]", iri)[-1]


def _format(head: bytes) -> RdfFormat | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<?xml", b"<rdf:", b"<!DOCTYPE", b"<!--")):
        root, rest = xmls.root_of(head)
        return RdfFormat.RDF_XML if root == "RDF" and _RDF.encode() in head + rest else None
    if envelopes.starts_as_json(start):
        return RdfFormat.JSON_LD if re.search(rb'"@(?:context|graph|id)"\s*:', start) else None
    lines = (line.strip() for line in start.split(b"\n"))
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    if re.match(rb"(?i)@prefix\s|@base\s|prefix\s+[\w.-]*:\s*<|base\s+<", first):
        return RdfFormat.TRIG
    if re.match(rb"(?:<[^<>\s]+>|_:\S+) <[^<>\s]+> .+\.$", first):
        return RdfFormat.N_QUADS
    return None


def _load(graph: _Graph, stream: BinaryIO, found: RdfFormat) -> RecordError | None:
    """Fills the graph; what is wrong with the file, if anything: triples before it are kept."""
    try:
        source: Any = stream
        if found == RdfFormat.JSON_LD:
            source = json.dumps(_localised(json.loads(stream.read()))).encode()
        elif found == RdfFormat.RDF_XML:
            source = Guarded(stream)
        quads = parse(source, found, base_iri="urn:quiver:file/")
        for quad in quads:
            subject, value = quad.subject, quad.object
            if isinstance(subject, Triple) or isinstance(value, Triple):
                continue
            graph.nodes.setdefault(subject, []).append((quad.predicate.value, value))
        if isinstance(source, Guarded) and not source.complete:
            return RecordError("RDF/XML cut off before its end")
    except SyntaxError as error:
        return RecordError(f"not well-formed RDF: {error.msg}", error.lineno)
    except (ValueError, RecursionError) as error:
        return RecordError(f"not well-formed RDF: {error}")
    return None


def _localised(value: Any) -> Any:
    """JSON-LD with contexts of schema.org and CodeMeta replaced by ours."""
    if isinstance(value, list):
        return [_localised(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _context(held) if key == "@context" else _localised(held)
        for key, held in value.items()
    }


def _context(value: Any) -> Any:
    if isinstance(value, str) and any(name in value for name in _CONTEXTS):
        return _CONTEXT
    return [_context(item) for item in value] if isinstance(value, list) else value


# ---- publications


def _types(graph: _Graph, node: Node) -> list[str]:
    return [
        _local(value.value).lower()
        for predicate, value in graph.nodes.get(node, [])
        if predicate == f"{_RDF}type"
        and isinstance(value, NamedNode)
        and value.value.startswith(_VOCABULARIES)
    ]


def _is_publication(graph: _Graph, node: Node) -> bool:
    typed = any(name in _BY_TYPE for name in _types(graph, node))
    has_title = bool(graph.values(node, "title", "name", "headline"))
    return has_title and (typed or bool(graph.values(node, "itemType")))


def _draft(graph: _Graph, node: Node) -> Draft:
    draft = Draft(None, _key(node))
    draft.entitle(graph.text(node, "title", "name", "headline"))
    known = [_BY_TYPE[name] for name in _types(graph, node) if name in _BY_TYPE]
    best = next((kind for kind in known if kind != "Other"), "Other")
    draft.kind, _, series = best.partition(" ")
    if not known:  # Zotero's export says the type as text
        item_type = graph.text(node, "itemType").lower()
        draft.kind, series = KINDS.get(item_type, ("Other", ""))
    _people(draft, graph, node)
    host = graph.held(graph.values(node, *_HOSTS))
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
        return node.value.removeprefix("urn:quiver:file/") if isinstance(node, NamedNode) else ""
    found = identifiers.from_address(node.value)
    return found.value if found else node.value


def _people(draft: Draft, graph: _Graph, node: Node) -> None:
    signatures = graph.values(node, "hasSignature")
    if signatures:
        _sign(draft, graph, signatures)
        return
    done: set[str] = set()
    for name, role in _PEOPLE:
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


def _sign(draft: Draft, graph: _Graph, signatures: Iterable[Node | Literal]) -> None:
    """dblp's signatures, by their ordinals."""

    def ordinal(signature: Node | Literal) -> int:
        shown = graph.text(signature, "signatureOrdinal")
        return int(shown) if shown.isdecimal() else 0

    for signature in sorted(signatures, key=ordinal):
        kinds = _types(graph, signature) if not isinstance(signature, Literal) else []
        role = "editor" if "editorsignature" in kinds else "author"
        orcid = next(iter(graph.values(signature, "signatureOrcid")), None)
        creator = next(iter(graph.values(signature, "signatureCreator")), None)
        name = graph.text(signature, "signatureDblpName") or graph.text(creator, *_TITLES)
        ids = [identifiers.identifier("orcid", orcid.value)] if orcid else []
        key = _key(creator) if isinstance(creator, NamedNode) else ""
        if name:
            draft.named(name, role, key=key, identifiers=ids)
        else:
            draft.fail(role, signature, "a name without letters")


def _add(draft: Draft, graph: _Graph, agent: Node | Literal, role: str) -> None:
    if isinstance(agent, Literal):
        draft.named(agent.value, role)
        return
    family = graph.text(agent, "familyName", "family_name", "surname", "lastName")
    given = graph.text(agent, "givenName", "givenname", "given_name", "firstName")
    name = graph.text(agent, "name", "label", "title", "primaryCreatorName", "prefLabel")
    kind = "group" if _GROUPS.intersection(_all_types(graph, agent)) else ""
    ids = _agent_identifiers(graph, agent)
    key = _key(agent) if isinstance(agent, NamedNode) else ""
    if family and given:
        draft.person(family, given, role, key=key, identifiers=ids)
    elif shown := name or family or given:
        draft.named(shown, role, kind=kind, key=key, identifiers=ids)
    else:
        draft.fail(role, agent.value, "somebody without a name")


def _all_types(graph: _Graph, node: Node) -> set[str]:
    held = graph.nodes.get(node, [])
    return {_local(o.value) for p, o in held if p == f"{_RDF}type"}


def _agent_identifiers(graph: _Graph, agent: Node) -> list[Identifier]:
    values = [agent, *graph.values(agent, "orcid", "sameAs", "identifier")]
    orcids = [v.value for v in values if "orcid.org/" in v.value]
    return [identifiers.identifier("orcid", value) for value in orcids[:1]]


def _identify(draft: Draft, graph: _Graph, node: Node) -> None:
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


def _identify_by(draft: Draft, graph: _Graph, value: Node | Literal) -> None:
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


def _place(draft: Draft, graph: _Graph, node: Node, series: str) -> None:
    host = graph.held(graph.values(node, *_HOSTS))
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
