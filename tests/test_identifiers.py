"""Identifiers: normal form, validity, check digits, canonical IRIs."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.identifiers import HOMONYM, SCHEMES, from_address, homonym_iri, identifier, iri
from ingest.records import Identifier
from ontology import terms


@pytest.mark.parametrize(
    ("scheme", "written", "value"),
    [
        ("doi", "https://doi.org/10.5555/ABC", "10.5555/abc"),
        ("doi", "http://dx.doi.org/10.5555/a%2Fb", "10.5555/a/b"),
        ("doi", "doi:10.5555/abc.", "10.5555/abc"),
        ("doi", "DOI 10.5555/abc", "10.5555/abc"),
        ("doi", "10.5555/(sici)1097(199)1:1<1::aid>3.0.co;2-v", None),
        ("doi", "10.5555/a(b)c)", "10.5555/a(b)c"),
        ("orcid", "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("orcid", "000000021694233x", "0000-0002-1694-233X"),
        ("issn", "ISSN 2049-3630", "2049-3630"),
        ("issn", "2434561x", "2434-561X"),
        ("isbn", "978-3-16-148410-0 (pbk.)", "9783161484100"),
        ("isbn", "ISBN 0-8044-2957-x", "080442957X"),
        ("arxiv", "arXiv:2101.00001v3 [cs.LG]", "2101.00001"),
        ("arxiv", "https://arxiv.org/pdf/cs/0502074v2.pdf", "cs/0502074"),
        ("arxiv", "math.GT/0309136", "math/0309136"),
        ("pmid", "https://pubmed.ncbi.nlm.nih.gov/123456/", "123456"),
        ("pmcid", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8691760", "PMC8691760"),
        ("openreview", "https://openreview.net/forum?id=aBc_1-Xy9Z&noteId=q", "aBc_1-Xy9Z"),
        ("aclId", "https://aclanthology.org/P18-1001.pdf", "P18-1001"),
        ("aclId", "2020.acl-main.6", "2020.acl-main.6"),
        ("dblpKey", "https://dblp.org/rec/conf/icml/ReedQ24.html", "conf/icml/ReedQ24"),
        ("dblpKey", "DBLP:journals/jmlr/Quill23", "journals/jmlr/Quill23"),
        ("dblpPid", "https://dblp.org/pid/65/4423-1.html", "65/4423-1"),
        ("openalex", "https://openalex.org/w2741809807", "W2741809807"),
        ("wikidata", "http://www.wikidata.org/entity/Q42", "Q42"),
    ],
)
def test_normal_form(scheme, written, value):
    found = identifier(scheme, written)
    assert found == Identifier(scheme, value or written)
    assert identifier(scheme, found.value) == found


@pytest.mark.parametrize(
    ("scheme", "written"),
    [
        ("doi", "10.bad"),
        ("doi", "10.5555/with space"),
        ("doi", ""),
        ("orcid", "0000-0002-1825-0098"),
        ("orcid", "0000-0002-1825-009"),
        ("orcid", "X000-0002-1825-0097"),
        ("issn", "2049-3631"),
        ("isbn", "978-3-16-148410-1"),
        ("isbn", "0-8044-2957-1"),
        ("arxiv", "21.1"),
        ("pmid", "0"),
        ("aclId", "hello"),
        ("wikidata", "P31"),
        ("openreview", "a b"),
    ],
)
def test_what_breaks_the_rule_stays_as_flagged_text(scheme, written):
    found = identifier(scheme, written)
    assert found == Identifier(scheme, written, valid=False)
    assert iri(found) is None


@pytest.mark.parametrize(
    ("scheme", "value", "address"),
    [
        ("doi", "10.5555/a<b>c", "https://doi.org/10.5555/a%3Cb%3Ec"),
        ("orcid", "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("isbn", "9783161484100", "urn:isbn:9783161484100"),
        ("arxiv", "cs/0502074", "https://arxiv.org/abs/cs/0502074"),
        ("openreview", "aBc_1-Xy9Z", "https://openreview.net/forum?id=aBc_1-Xy9Z"),
        ("wikidata", "Q42", "http://www.wikidata.org/entity/Q42"),
        ("pmid", "123456", "https://pubmed.ncbi.nlm.nih.gov/123456/"),
        ("aclId", "P18-1001", "https://aclanthology.org/P18-1001"),
        ("dblpPid", "65/4423-1", "https://dblp.org/pid/65/4423-1"),
        ("openalex", "A5023888391", "https://openalex.org/A5023888391"),
        (
            "semanticScholar",
            "CorpusID:215416146",
            "https://api.semanticscholar.org/CorpusID:215416146",
        ),
        ("semanticScholar", "ab" * 20, "https://www.semanticscholar.org/paper/" + "ab" * 20),
    ],
)
def test_canonical_iri(scheme, value, address):
    assert iri(identifier(scheme, value)) == address


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://doi.org/10.5555/X", Identifier("doi", "10.5555/x")),
        ("https://openreview.net/pdf?id=HyM25Mqel", Identifier("openreview", "HyM25Mqel")),
        ("http://arxiv.org/abs/2101.00001v1", Identifier("arxiv", "2101.00001")),
        ("https://aclanthology.org/P18-1001/", Identifier("aclId", "P18-1001")),
        ("https://example.org/10.5555/x", None),
        ("10.5555/x", None),
    ],
)
def test_an_address_that_is_an_identifier(address, found):
    assert from_address(address) == found


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_has_its_property(name):
    assert terms.Q + name in vars(terms).values()


@pytest.mark.parametrize(
    ("name", "suffix", "address"),
    [
        ("Jim Gray", "0001", "https://dblp.org/pers/g/Gray_0001:Jim"),
        ("Donald E. Knuth", "0002", "https://dblp.org/pers/k/Knuth_0002:Donald_E="),
        ("J\u00f6rg M\u00fcller", "0001", "https://dblp.org/pers/m/M=uuml=ller_0001:J=ouml=rg"),
        ("Jim Gray", "", None),
        ("Plato", "0001", None),
        ("Ji\u0159\u00ed Nov\u00e1k", "0001", None),
    ],
)
def test_a_name_that_dblp_numbers_has_a_page(name, suffix, address):
    assert homonym_iri(name, suffix) == address


def test_the_readme_has_the_table_with_its_sources():
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    forms = [
        (scheme.name, form, scheme.described)
        for scheme in SCHEMES.values()
        for form in (scheme.iri, scheme.number_iri)
        if form
    ]
    forms.append(("homonymSuffix", HOMONYM, SCHEMES["dblpPid"].described))
    for name, form, described in forms:
        assert described
        assert f"| `{name}` | `{form}` | {described} |" in text


@given(st.sampled_from(sorted(SCHEMES)), st.text(max_size=40))
@example("doi", '10.5555/a<b>"c{d}|e^f`g\\h')
@example("dblpKey", "https://dblp.org/rec/conf/icml/ReedQ24.html")
@example("arxiv", "math.GT/0309136")
def test_any_text_is_an_identifier_or_flagged(scheme, written):
    found = identifier(scheme, written)
    assert (iri(found) is not None) == found.valid
    if found.valid:
        assert not set(iri(found)) & set('<>"{}|\\^` \n')
        assert identifier(scheme, found.value) == found
