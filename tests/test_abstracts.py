"""Publications are found by the words of their abstracts, from load to load and beside titles."""

import pytest

from ingest.pipeline import load, unload
from ingest.resolution.curation.deciding import decide
from ingest.resolution.links import resolve
from ontology import terms
from queries.generations import Generations
from queries.search.passages import FOLDER, Passage, Passages, amend, writing
from queries.writes.files import inodes
from server import create_app
from server.config import Config
from tests.test_pipeline import Held, paper, write  # noqa: F401 - `write` is a fixture

WORDS = {
    "p/kite": ("Kites Ada Quill ICML 2020", "A kite climbs when wind is steady. Kites are light."),
    "p/loom": ("Looms Bo Zymurgist 2019", "The loom weaves; a steady hand and a long kite tail."),
    "p/mill": ("Mills", "Müllers grind wheat between stones, as steady wind turns the vanes."),
    "p/naïve": ("Naive", "A nai\u0308ve Straße, by reinforcement of the ground."),
}
PASSAGES = [Passage(iri, *said) for iri, said in WORDS.items()]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one").mkdir()
    amend(tmp_path / "one", (), PASSAGES)
    return tmp_path / "one"


def found(folder, text, limit=20):
    return list(Passages.open(folder).search(text, limit).publications)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("steady", {"p/kite", "p/loom", "p/mill"}),
        ("steady wind", {"p/kite", "p/mill"}),
        ("quill kite 2020", {"p/kite"}),
        ("muller", {"p/mill"}),
        ("Müllers", {"p/mill"}),
        ("mülle", {"p/mill"}),
        ("naïve strasse", {"p/naïve"}),
        ('"steady wind"', {"p/mill"}),
        ('"wind steady"', set()),
        ('"steady" kite', {"p/kite", "p/loom"}),
        ('"win"', set()),
        ("reinforcemnet", {"p/naïve"}),
        ("stady wnd kite", set()),  # "wnd" has too few letters for one to be wrong
        ("stady kite", {"p/kite", "p/loom"}),
        ("kite zebra", set()),
        ("", set()),
        ('" AND OR *', set()),
    ],
)
def test_words_phrases_beginnings_and_typos_find_abstracts(folder, typed, wanted):
    assert set(found(folder, typed)) == wanted


def test_who_says_it_oftener_and_shorter_comes_first(folder):
    assert found(folder, "kite") == ["p/kite", "p/loom"]
    assert found(folder, "kite", limit=1) == ["p/kite"]


def test_corrected_words_are_told_with_what_they_became(folder):
    told = Passages.open(folder).search("reinforcemnet")
    assert not told.exact
    assert told.words == {"reinforcement"}
    assert Passages.open(folder).search("reinforcement").exact


def test_amended_is_as_built_anew_and_what_it_links_to_stays(folder, tmp_path):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        (tmp_path / "two").mkdir(exist_ok=True)
        (tmp_path / "two" / path.name).hardlink_to(path)
    amend(tmp_path / "two", ["p/mill"], [Passage("p/kite", "Kites", "Only a tail is left.")])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert found(tmp_path / "two", "steady") == ["p/loom"]
    assert set(found(tmp_path / "two", "tail")) == {"p/kite", "p/loom"}
    assert set(found(folder, "steady")) == {"p/kite", "p/loom", "p/mill"}


def test_what_fails_leaves_no_half_of_it(folder):
    with pytest.raises(RuntimeError), writing(folder) as writer:
        writer.remove("p/mill")
        raise RuntimeError
    assert "p/mill" in found(folder, "steady")


# --- from files to the page

OAK = paper("oak", "Roots of an Oak", "Ada Quill", "Bo Zymurgist", doi="10.1000/oak", pages="1-9")
ELM = paper("elm", "An Elm Twice", "Cy Xanthopoulos", abstract="Bark peels in <b>winter</b> frost.")
SAID = "The roots of oaks reach water that no drought reaches, in winter too."
SAID_AGAIN = "Roots reach water."


@pytest.fixture
def data(tmp_path, write):  # noqa: F811
    load(tmp_path / "data", [write({**OAK, "abstract": SAID}, ELM, name="one.jsonl")])
    return tmp_path / "data"


def asked(data, text):
    with Generations(data).open() as reader:
        index = Passages.open(reader.path / FOLDER)
        return {path.split("/")[1].split("-")[0] for path in index.search(text).publications}


def test_abstracts_follow_what_is_loaded_changed_and_unloaded(data, write):  # noqa: F811
    assert asked(data, "winter") == {"oak", "elm"}
    load(data, [write({**OAK, "abstract": SAID_AGAIN}, ELM, name="one.jsonl")])
    assert asked(data, "winter") == {"elm"}
    assert asked(data, "roots reach quill icml 2020") == {"oak"}
    ash = paper("ash", "Ash", "Dee Vanterpool", abstract="Its smoke in winter is thin.")
    load(data, [write(ash, name="two.jsonl")])
    assert asked(data, "winter") == {"elm", "ash"}
    load(data, [write(OAK, ELM, name="one.jsonl")])
    assert asked(data, "water") == set()
    unload(data, "one")
    assert asked(data, "winter") == {"ash"}


def test_a_reload_says_of_a_publication_what_a_load_said(data, write, tmp_path):  # noqa: F811
    changed = {**OAK, "abstract": SAID_AGAIN}
    load(data, [write(changed, ELM, name="one.jsonl")])
    load(tmp_path / "anew", [write(changed, ELM, name="one.jsonl")])
    for text in ("oak", "zymurgist", "icml", "2020", "reach", '"Ada Quill"'):
        assert asked(data, f"{text} water") == asked(tmp_path / "anew", f"{text} water") == {"oak"}


def test_a_graph_without_the_index_gets_all_of_it_with_the_next_load(data, write):  # noqa: F811
    with Generations(data).write() as draft:
        draft.amend_folder(FOLDER)
        for path in (draft.path / FOLDER).iterdir():
            path.unlink()
        draft.publish()
    assert not (data / "current" / FOLDER).exists()
    ash = paper("ash", "Ash", "Dee Vanterpool", abstract="Its smoke in winter is thin.")
    load(data, [write(ash, name="two.jsonl")])
    assert asked(data, "winter") == {"oak", "elm", "ash"}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("zymurgist oak", {"oak"}),
        ("quill 2020", {"oak"}),
        ("quil rots", {"oak"}),  # each a letter short, and no publication has either
        ("quill elm", set()),
        ('"Ada Quill" roots', {"oak"}),
        ('"Quill roots"', set()),
    ],
)
def test_names_years_and_words_of_titles_are_typed_together(tmp_path, write, typed, wanted):  # noqa: F811
    load(tmp_path / "data", [write(OAK, {**ELM, "abstract": ""})])
    assert asked(tmp_path / "data", typed) == wanted
    with Generations(tmp_path / "data").open() as reader:
        assert not Passages.open(reader.path / FOLDER).has_abstracts()


def test_what_a_byline_says_comes_before_what_an_abstract_says(folder):
    amend(folder, (), [Passage("p/sail", "Sails by Wind Cy Loom 2021", "Of cloth.")])
    told = Passages.open(folder).search("wind")
    assert told.beside == ("p/sail",)
    assert set(told.others) == {"p/kite", "p/mill"}


@pytest.fixture
def joined(data, write):  # noqa: F811
    """The oak is described twice, and the one that stands for both has no abstract itself."""
    again = {**OAK, "bibtex_key": "again", "abstract": SAID_AGAIN}
    load(data, [write(again, name="two.jsonl")])
    resolve(data)
    return data


def test_resolving_and_deciding_leave_the_index_as_it_is(joined):
    held = inodes((joined / "current" / FOLDER).resolve())
    decide(joined, "Ada Quill", "Cy Xanthopoulos", "same", by="A", reason="b")
    assert inodes((joined / "current" / FOLDER).resolve()) == held


@pytest.fixture
def client(joined):
    app = create_app(Config(data=joined, workers=1))
    yield app.test_client()
    app.extensions["quiver"].close()


def test_the_page_shows_where_an_abstract_says_it_and_a_joined_publication_once(joined, client):
    told = client.get("/search.json?q=reach+water").json
    assert [(one["label"], one["found"]) for one in told["hits"]] == [(OAK["title"], "abstract")]
    canonical = Held(joined).values(told["hits"][0]["iri"], terms.CANONICAL)
    assert canonical == [told["hits"][0]["iri"]]
    assert told["counts"] == {"author": 0, "publication": 1, "venue": 0}
    html = client.get("/search?q=reach+water").text
    assert html.count('<span class="hitkind">') == 1
    assert "<mark>reach</mark> <mark>water</mark>" in html
    assert "In the abstract" in html


def test_an_author_and_a_word_of_the_title_find_a_publication(client):
    told = client.get("/search.json?q=zymurgist+roots").json
    assert [(one["label"], one["found"]) for one in told["hits"]] == [(OAK["title"], "label")]
    assert client.get("/search.json?q=zymurgist+roots&in=abstracts").json["total"] == 0
    assert client.get("/search.json?q=zymurgist+roots&in=labels").json["total"] == 1
    kinds = [one["kind"] for one in client.get("/search.json?q=zymurgist").json["hits"]]
    assert kinds == ["author", "publication"]


def test_titles_come_before_abstracts_and_each_place_can_be_asked_alone(client):
    def labels(address):
        return [one["label"] for one in client.get(f"/search.json?{address}").json["hits"]]

    assert labels("q=roots") == [OAK["title"]]  # once, though the abstract has the word too
    assert labels("q=winter") == [ELM["title"], OAK["title"]]
    assert labels("q=winter&in=labels") == []
    assert labels("q=winter&kind=author") == []
    assert labels("q=winter&kind=publication&order=name") == sorted(labels("q=winter"))
    assert labels("q=oak&in=abstracts") == []
    assert client.get("/search?q=winter&in=nowhere").status_code == 400
    assert [one["label"] for one in client.get("/suggest?q=winter").json] == []


def test_markup_of_an_abstract_is_neither_shown_nor_obeyed(client):
    html = client.get("/search?q=frost").text
    assert "winter <mark>frost</mark>" in html
    assert "<b>winter" not in html and "&lt;b&gt;" not in html


def test_just_the_words_in_an_abstract_come_before_titles_with_others(client):
    told = client.get("/search.json?q=elms").json  # no label, no abstract: corrected to "elm"
    assert told["corrected"]
    told = client.get("/search.json?q=peels").json
    assert not told["corrected"]
    assert told["hits"][0]["found"] == "abstract"
