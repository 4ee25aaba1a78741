"""Who writes with whom, as nodes and edges for the graph on an author's page."""

import json
from collections import Counter, defaultdict
from itertools import combinations

from flask import Response, request

from server.pages.asking import ask, listed
from server.pages.asking import page as asking
from server.pages.frame import STATIC, blueprint, expanded, held, href
from server.problems import Problem

MOST = 40  # co-authors shown: more cannot be told apart
LARGEST = 100  # authors of a paper that still says who works with whom


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"has_vendor": has_vendor}


def has_vendor(name: str) -> bool:
    """Whether this script of others was there to be built in."""
    return (STATIC / "vendor" / name).is_file()


@blueprint.route("/network.json")
def network() -> Response:
    """A person's most frequent co-authors, and how many of the person's papers each two share."""
    service = held()
    person = expanded(request.args.get("person", "").strip())
    if service.iris.read(person) is None:
        raise Problem(400, "person must be the IRI of a person here", cause="parameter")
    (rows,) = ask(service, asking("network-papers", person=person))
    papers: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        papers[row["publication"]].add(row["one"])
    if not papers:
        raise Problem(404, f"no papers are known of {person[:200]}", cause="unknown")
    nodes, edges = drawn(person, list(papers.values()))
    (named,) = ask(service, listed("labels", "thing", nodes))
    labels = {row["thing"]: row["label"] for row in named}
    told = {
        "nodes": [
            {"id": iri, "label": labels.get(iri, iri), "papers": count, "href": href(iri)}
            for iri, count in nodes.items()
        ],
        "edges": [
            {"source": one, "target": other, "papers": count}
            for (one, other), count in sorted(edges.items())
        ],
    }
    response = Response(json.dumps(told, ensure_ascii=False), content_type="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response


def drawn(person: str, papers: list[set[str]]) -> tuple[dict[str, int], Counter[tuple[str, str]]]:
    """Nodes with their papers, the person first, and edges; `papers` are sets of authors."""
    with_whom = Counter(author for authors in papers for author in authors)
    order = sorted(with_whom, key=lambda author: (author != person, -with_whom[author], author))
    nodes = {author: with_whom[author] for author in order[: MOST + 1]}
    edges: Counter[tuple[str, str]] = Counter()
    for authors in papers:
        if len(authors) <= LARGEST:
            edges.update(combinations(sorted(authors & nodes.keys()), 2))
    return nodes, edges
