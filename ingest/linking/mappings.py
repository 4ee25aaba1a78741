"""Links out as SSSOM (Simple Standard for Sharing Ontological Mappings), TSV.

`owl:sameAs` for those that stand, `skos:closeMatch` for maybes, each with the confidence of its
match and the run that gave it.
"""

import csv
from collections.abc import Iterable
from io import StringIO

import pyoxigraph as ox

from queries.catalogue import Catalogue
from queries.store import Store, select

COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "mapping_tool",
    "author_id",
    "mapping_date",
    "confidence",
    "comment",
)
HEADER = (
    "#curie_map:",
    "#  owl: http://www.w3.org/2002/07/owl#",
    "#  semapv: https://w3id.org/semapv/vocab/",
    "#  skos: http://www.w3.org/2004/02/skos/core#",
)
JUSTIFICATION = "semapv:CompositeMatching"
CURATED = "semapv:ManualMappingCuration"  # of what somebody decided


def mappings(store: Store, base: str, review: bool = False) -> str:
    """All links out of a store, or all maybes."""
    query = Catalogue.bundled("linking").get("maybes" if review else "links")
    found = select(store, query.text)
    return written(([_text(cell) for cell in row] for row in found), review)


def written(rows: Iterable[list[str]], review: bool) -> str:
    """The file of rows: subject, label, object, label, score, reason; who decided, and when."""
    stream = StringIO()
    stream.writelines(f"{line}\n" for line in HEADER)
    out = csv.writer(stream, delimiter="\t", lineterminator="\n")
    out.writerow(COLUMNS)
    predicate = "skos:closeMatch" if review else "owl:sameAs"
    for subject, label, target, name, score, reason, *decided in rows:
        author, on = decided if decided else ("", "")
        how = (JUSTIFICATION, "Quiver", "", "", score)
        if author:
            how = (CURATED, "", author, on[:10], "1")
        cells = (subject, label, predicate, target, name, *how, reason)
        out.writerow([" ".join(cell.split()) for cell in cells])
    return stream.getvalue()


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else ""
