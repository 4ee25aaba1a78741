"""The table of formats."""

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat

from queries import formats
from queries.formats import FORMATS, by_file_name, by_media_type, by_name, of_kind, split_suffix


def test_application_json_is_results_and_only_as_a_document_json_ld():
    assert by_media_type("application/json") is formats.RESULTS_JSON
    assert by_media_type("application/json", ("results",)) is formats.RESULTS_JSON
    assert by_media_type("application/json", ("rdf",)) is formats.JSON_LD


def test_text_plain_is_n_triples():
    assert by_media_type("text/plain") is formats.N_TRIPLES


@pytest.mark.parametrize(
    "header", ["text/turtle; charset=utf-8", "TEXT/TURTLE", " text/turtle ;q=0.5"]
)
def test_parameters_and_case_of_a_media_type_are_ignored(header):
    assert by_media_type(header) is formats.TURTLE


@pytest.mark.parametrize("unknown", ["", "*/*", "text/*", "application/pdf", "turtle"])
def test_what_is_no_media_type_of_ours_is_none(unknown):
    assert by_media_type(unknown) is None


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.name)
def test_every_way_to_a_format_leads_back_to_it(entry):
    assert by_media_type(entry.media_type) is entry
    assert all(by_media_type(alias, (entry.kind,)) is entry for alias in entry.aliases)
    assert all(by_name(name, (entry.kind,)) is entry for name in entry.names)
    assert all(by_file_name("x" + suffix) is entry for suffix in entry.suffixes)


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.name)
def test_the_first_suffix_is_a_name_too(entry):
    assert entry.suffixes[0].removeprefix(".") in entry.names


def test_no_suffix_media_type_or_name_within_a_kind_is_taken_twice():
    suffixes = [suffix for entry in FORMATS for suffix in entry.suffixes]
    assert len(suffixes) == len(set(suffixes))
    for kind in formats.KINDS:
        types = [media_type for entry in of_kind(kind) for media_type in entry.media_types]
        names = [name for entry in of_kind(kind) for name in entry.names]
        assert len(types) == len(set(types))
        assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", of_kind("rdf", "results"), ids=lambda entry: entry.name)
def test_the_engine_calls_each_format_as_the_table_does(entry):
    assert entry.engine.media_type.partition(";")[0] == entry.media_type
    assert "." + entry.engine.file_extension == entry.suffixes[0]
    if entry.kind == "rdf":
        assert isinstance(entry.rdf, RdfFormat)
        assert entry.rdf.supports_datasets is entry.datasets
    else:
        assert isinstance(entry.results, QueryResultsFormat)


def test_a_format_of_our_own_has_no_engine():
    with pytest.raises(TypeError, match="BibTeX is not an RDF format"):
        _ = formats.BIBTEX.rdf
    with pytest.raises(TypeError, match="Turtle is not a format of query results"):
        _ = formats.TURTLE.results


def test_names_and_media_types_both_say_a_format():
    assert by_name("Turtle") is formats.TURTLE
    assert by_name("text/turtle") is formats.TURTLE
    assert by_name("json", ("rdf",)) is formats.JSON_LD
    assert by_name("json", ("results",)) is formats.RESULTS_JSON
    assert by_name("docx") is None


@pytest.mark.parametrize(
    ("path", "stem", "entry"),
    [
        ("/doc/author/a-1.ttl", "/doc/author/a-1", formats.TURTLE),
        ("/doc/author/a-1.json", "/doc/author/a-1", formats.JSON_LD),
        ("/doc/publication/p.csl.json", "/doc/publication/p", formats.CSL_JSON),
        ("/doc/publication/p.BIB", "/doc/publication/p", formats.BIBTEX),
        ("/doc/author/a-1.5", "/doc/author/a-1.5", None),
        (".ttl", ".ttl", None),
    ],
)
def test_the_longest_known_suffix_is_split_off(path, stem, entry):
    assert split_suffix(path) == (stem, entry)


def test_only_text_types_say_their_charset():
    assert formats.TURTLE.content_type == "text/turtle; charset=utf-8"
    assert formats.RESULTS_JSON.content_type == "application/sparql-results+json"
