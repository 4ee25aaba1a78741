"""Large files of RDF: what is kept of them is what a reading of the whole would give."""

import pyoxigraph as ox
import pytest

from ingest.linking import triples
from ingest.linking.others import Paper, Source, Stranger
from ingest.records import RecordError

TURTLE = """
@prefix dblp: <https://dblp.org/rdf/schema#> .
@prefix schema: <http://schema.org/> .
@prefix bibo: <http://purl.org/ontology/bibo/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .

<https://dblp.org/rec/a> a dblp:Publication, dblp:Inproceedings ;
  dblp:title "Bows \\"and\\" Strings" ;
  dblp:yearOfPublication "2020" ; dblp:publishedIn "Bowyery" ;
  dblp:hasSignature [ a dblp:AuthorSignature ; dblp:signatureOrdinal 1 ;
    dblp:signatureDblpName "Ada Quill" ; dblp:signatureCreator <https://dblp.org/pid/1/1> ] ,
    [ a dblp:AuthorSignature ; dblp:signatureOrdinal 2 ;
    dblp:signatureDblpName "Bo Fletch" ; dblp:signatureCreator <https://dblp.org/pid/2/2> ] .
<https://dblp.org/rec/b> a dblp:Publication, dblp:Article ; dblp:title "Nothing of Ours" ;
  dblp:hasSignature [ a dblp:AuthorSignature ; dblp:signatureOrdinal 1 ;
    dblp:signatureDblpName "Ada Quill" ; dblp:signatureCreator <https://dblp.org/pid/1/1> ] .
<https://x.example/1> a schema:ScholarlyArticle ; schema:name "Straight and Bent Arrows" ;
  schema:sameAs <https://doi.org/10.9999/ARROWS> ; schema:author ( <https://x.example/ada> _:bo ) ;
  schema:isPartOf <https://x.example/journal> .
_:bo a schema:Person ; schema:name "Bo Fletch" .
<https://x.example/ada> a schema:Person ; schema:name "Ada Quill" .
<https://x.example/journal> a schema:Periodical ; schema:name "Journal of Bowyery" .
"""


def knows(title, identifiers):
    known = {"bows", "straight"}
    return title.lower().split(" ")[0] in known or any(
        one.value == "10.9999/arrows" for one in identifiers
    )


def written(form, order=None):
    quads = list(ox.parse(TURTLE, ox.RdfFormat.TURTLE))
    lines = sorted(quads, key=order) if order else quads
    if form == ox.RdfFormat.TURTLE:
        return TURTLE.encode()
    return ox.serialize(lines, format=form)


@pytest.mark.parametrize(
    ("form", "order"),
    [
        (ox.RdfFormat.TURTLE, None),
        (ox.RdfFormat.N_TRIPLES, None),
        (ox.RdfFormat.N_TRIPLES, lambda quad: str(quad.object)),  # of no subject together
        (ox.RdfFormat.N_TRIPLES, lambda quad: [-ord(c) for c in str(quad.subject)]),
        (ox.RdfFormat.RDF_XML, None),
    ],
)
def test_what_is_kept_is_as_if_the_whole_was_read(form, order, tmp_path, monkeypatch):
    file = tmp_path / f"there.{form.file_extension}"
    file.write_bytes(written(form, order))
    whole = {one.iri: one for one in Source(file).read() if isinstance(one, Paper)}
    monkeypatch.setattr(triples, "LARGE", 0)
    found = list(Source(file).read(knows, tmp_path))
    papers = {one.iri: one for one in found if isinstance(one, Paper)}
    assert papers.keys() == {"https://dblp.org/rec/a", "https://x.example/1"} < whole.keys()
    for iri, one in papers.items():
        assert one.people == whole[iri].people and one.record.venue == whole[iri].record.venue
        assert one.record.title == whole[iri].record.title
        assert [p.printed for p in one.record.contributors] == ["Ada Quill", "Bo Fletch"]
    strangers = [one for one in found if isinstance(one, Stranger)]
    assert [one.count for one in strangers if one.people == ("https://dblp.org/pid/1/1",)] == [1]
    assert sum(one.papers for one in strangers) >= 1


def test_what_follows_damage_is_told_and_what_stood_before_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(triples, "LARGE", 0)
    file = tmp_path / "broken.ttl"
    file.write_text(TURTLE + "\n<https://x.example/2> a [[ .\n")
    found = list(Source(file).read(knows, tmp_path))
    assert len([one for one in found if isinstance(one, Paper)]) == 2
    (problem,) = (one for one in found if isinstance(one, RecordError))
    assert "not well-formed RDF" in problem.reason
