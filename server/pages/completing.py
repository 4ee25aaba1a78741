"""What the editor of queries completes: classes, properties and prefixes of this graph."""

import json
from collections.abc import Iterator

from flask import Response

from ontology import terms
from server.pages.frame import PREFIXES, blueprint, held
from server.pages.vocabulary import entries


@blueprint.route("/vocabulary.json")
def vocabulary() -> Response:
    """Classes with how many entities each has, properties, functions, and prefixes."""
    counted = held().snapshot.counts.get("classes", {})
    counts = dict(counted) if isinstance(counted, dict) else {}
    ours = entries()
    known = {entry.iri for entry in ours.classes} | counts.keys()
    told = {
        "classes": [
            {"iri": iri, "count": counts.get(iri, 0)}
            for iri in sorted(known, key=lambda iri: (-counts.get(iri, 0), iri))
        ],
        "properties": sorted({entry.iri for entry in ours.properties} | set(_of_others())),
        "functions": [entry.iri for entry in ours.functions],
        "prefixes": {prefix: namespace for namespace, prefix in PREFIXES.items()},
    }
    response = Response(json.dumps(told, ensure_ascii=False), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _of_others() -> Iterator[str]:
    """The properties of other vocabularies that we write: their names begin with a small letter."""
    for value in vars(terms).values():
        if isinstance(value, str) and "://" in value and not value.startswith(terms.Q):
            local = value.replace("#", "/").rpartition("/")[2]
            if local[:1].islower():
                yield value
