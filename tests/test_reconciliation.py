"""Reconciliation on the demo's graph: who is found, when surely, and every form of answer."""

import json
import threading
from urllib.parse import quote, urlsplit

import pytest

from server import create_app
from server.config import Config
from server.reconciliation import extending, facts, matching
from server.reconciliation.questions import MOST
from tests.conftest import missing
from tests.reconciliation_schemas import check
from tests.servers import running_server

DRAFT = "1.0-draft"
META_LEARNING = "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks"
VISUOMOTOR = "End-to-End Training of Deep Visuomotor Policies"


@pytest.fixture(scope="module")
def client(demo):
    """The application on the demo's graph."""
    app = create_app(Config(data=demo.data, workers=1, memory=512 << 20))
    yield app.test_client()
    app.extensions["quiver"].close()


@pytest.fixture(scope="module")
def ask(client):
    """`ask(query, type, **more)` gives the candidates for one query."""

    def ask(query="", type="Author", **more):
        told = {"query": query, "type": type, **more} if query else {"type": type, **more}
        sent = {"q0": {name: value for name, value in told.items() if value}}
        reply = client.post("/reconcile", data={"queries": json.dumps(sent)})
        assert reply.status_code == 200, reply.text
        check("reconciliation-result-batch", reply.json)
        return reply.json["q0"]["result"]

    return ask


def evidence(**values):
    return [{"pid": name, "v": value} for name, value in values.items()]


def features(candidate):
    return {one["id"]: one["value"] for one in candidate["features"]}


@pytest.mark.parametrize(
    ("asked", "relation"),
    [
        ("Sergey Levine", "name_same"),
        ("Levine, Sergey", "name_same"),
        ("Levine, S.", "name_initials"),
        ("Levine S", "name_initials"),
        ("S. Levine", "name_initials"),
        ("Sergy Levine", "name_spelling"),
        ("Sergey M. Levine", "name_middle"),
    ],
)
def test_a_name_in_other_forms_finds_the_person(ask, asked, relation):
    best = ask(asked)[0]
    assert best["name"] == "Sergey Levine"
    assert features(best)[relation] is True
    assert best["match"] is (relation == "name_same")


def test_another_name_of_the_person_is_as_good_as_the_first(ask):
    best = ask("Sid Reddy")[0]
    assert (best["name"], best["match"]) == ("Siddharth Reddy", True)


def test_one_letter_for_another_is_another_name(ask):
    for asked in ("Surag Nair", "Suraj Nair"):
        best, *others = ask(asked)
        assert (best["name"], best["match"]) == (asked, True)
        assert all(one["score"] < 50 and not one["match"] for one in others)
    assert all(one["score"] < 50 for one in ask("Sural Nair"))


def test_scores_fall_and_the_first_alone_matches(ask):
    found = ask("Robot", type="")
    assert len({one["score"] for one in found}) > 3
    assert [one["score"] for one in found] == sorted((o["score"] for o in found), reverse=True)
    assert not any(one["match"] for one in (*found[1:], *ask("Nair")))


def test_coauthors_and_a_title_make_sure_of_a_loose_name(ask):
    assert not ask("S. Levine")[0]["match"]
    best = ask("S. Levine", properties=evidence(coauthor=["Chelsea Finn", "P. Abbeel"]))[0]
    assert best["match"] and features(best)["coauthor"] == 1
    assert ask("Sergy Levine", properties=evidence(publication=VISUOMOTOR))[0]["match"]


def test_what_does_not_agree_lowers_the_score_and_forbids_a_match(ask):
    sure = ask("Sergey Levine")[0]
    doubtful = ask("Sergey Levine", properties=evidence(coauthor="Albert Einstein", year=1905))[0]
    assert sure["match"] and not doubtful["match"]
    assert doubtful["score"] < sure["score"]
    assert features(doubtful)["coauthor"] == features(doubtful)["year"] == 0


def test_a_paper_is_found_by_its_title_its_identifier_or_the_beginning(ask):
    best = ask(META_LEARNING, "Publication", properties=evidence(author="C. Finn", year="2017"))[0]
    assert best["match"] and best["score"] == 100
    assert best["type"][0] == {"id": "ConferencePaper", "name": "Conference paper"}
    by_doi = ask("https://doi.org/10.1109/CVPRW.2017.69", "Publication")
    assert by_doi[0]["match"] and features(by_doi[0])["identifier"] is True
    alone = ask("", "Publication", properties=evidence(doi="10.1109/cvprw.2017.69"))
    assert [(one["id"], one["match"]) for one in alone] == [(by_doi[0]["id"], True)]
    begun = ask("Soft actor critic", "Publication")[0]
    assert begun["name"].startswith("Soft Actor-Critic") and not begun["match"]


def test_a_wrong_year_or_part_of_a_title_is_no_match(ask):
    assert not ask(META_LEARNING, "Publication", properties=evidence(year=1999))[0]["match"]


def test_venues_are_found_by_what_they_are_also_called(ask):
    for name in ("NeurIPS", "NIPS", "Advances in Neural Information Processing Systems"):
        best = ask(name, "Venue")[0]
        assert (best["name"], best["match"]) == ("NeurIPS", True)


def test_our_own_identifiers_are_taken_back(ask):
    best = ask("Sergey Levine")[0]
    assert ask(best["id"])[0]["id"] == best["id"]
    assert ask(properties=[{"pid": "coauthor", "v": {"id": best["id"]}}]) == []
    found = ask("C. Finn", properties=[{"pid": "coauthor", "v": {"id": best["id"]}}])[0]
    assert (found["name"], found["match"]) == ("Chelsea Finn", True)


def test_types_restrict_as_type_strict_says(ask):
    def kinds(found):
        return {kind["id"] for one in found for kind in one["type"]}

    assert kinds(ask("Levine", ["Author", "Venue"])) <= {"Author", "Person", "Group", "Venue"}
    assert ask("Sergey Levine", "Group") == []
    assert ask("Sergey Levine", ["Person", "Author"], type_strict="all")
    assert ask("Sergey Levine", ["Person", "Venue"], type_strict="all") == []
    liked = ask("Sergey Levine", "Group", type_strict="should")[0]
    assert features(liked)["type"] is False and liked["score"] == 80 and not liked["match"]
    assert ask("Sergey Levine", "NoSuchType") == []


def test_limit_cuts_the_candidates(ask):
    found = ask("Robot", "", limit=20)
    assert len(found) > 10
    assert ask("Robot", "", limit=3) == found[:3]


def test_a_batch_of_questions_by_get_as_by_post(client):
    text = json.dumps({"a": {"query": "Sergey Levine"}, "b": {"query": "nobody at all"}})
    posted = client.post("/reconcile", data={"queries": text})
    got = client.get(f"/reconcile?queries={quote(text)}")
    assert posted.json == got.json and list(got.json) == ["a", "b"]
    assert got.json["b"] == {"result": []}


@pytest.mark.parametrize(
    ("queries", "where"),
    [
        ("{", "no JSON"),
        ("[]", "queries"),
        ('{"a": 1}', "queries.a"),
        ('{"a": {}}', "neither a query nor properties"),
        ('{"a": {"query": "x", "nonsense": 1}}', "queries.a.nonsense"),
        ('{"a": {"query": "x", "limit": 0}}', "queries.a.limit"),
        ('{"a": {"query": "x", "limit": NaN}}', "queries.a.limit"),
        ('{"a": {"query": "x", "type_strict": "maybe"}}', "type_strict"),
        ('{"a": {"query": "x", "properties": [{"p": "year"}]}}', "pid"),
        ('{"a": {"query": ["x"]}}', "queries.a.query"),
        (json.dumps({"a": {"query": "x" * 501}}), "501 characters"),
    ],
)
def test_a_wrong_query_is_told_what_is_wrong_and_read_across_origins(client, queries, where):
    reply = client.post("/reconcile", data={"queries": queries})
    assert reply.status_code == 400 and where in reply.json["detail"]
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_too_large_a_batch_is_413_and_read_across_origins(client):
    many = {str(place): {"query": "x"} for place in range(MOST + 1)}
    for reply in (
        client.post("/reconcile", data={"queries": json.dumps(many)}),
        client.post("/reconcile/1.0/match", json={"queries": [{}] * (MOST + 1)}),
        client.post("/reconcile", data={"queries": " " * (5 << 20)}),
    ):
        assert reply.status_code == 413
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_batch_that_takes_too_long_is_given_up(client, monkeypatch):
    monkeypatch.setattr("server.reconciliation.matching.SECONDS", 1e-9)
    queries = {str(place): {"query": f"nobody {place}"} for place in range(9)}
    reply = client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert reply.status_code == 503 and "too long" in reply.json["detail"]
    assert reply.headers["Retry-After"] and reply.headers["Access-Control-Allow-Origin"] == "*"


def test_while_others_reconcile_one_is_asked_to_come_again(client, monkeypatch):
    monkeypatch.setattr(matching, "SECONDS", 0.01)
    monkeypatch.setattr(matching, "_PLACES", threading.BoundedSemaphore(1))
    asked = {"data": {"queries": json.dumps({"a": {"query": "Sergey Levine"}})}}
    with matching._PLACES:
        reply = client.post("/reconcile", **asked)
    assert reply.status_code == 503 and "others reconcile" in reply.json["detail"]
    assert reply.headers["Retry-After"] and reply.headers["Access-Control-Allow-Origin"] == "*"
    monkeypatch.setattr(matching, "SECONDS", 5.0)
    for _ in range(2):  # whoever is answered makes room
        assert client.post("/reconcile", **asked).status_code == 200


def test_numbers_that_are_none_are_no_fault_of_the_server(client, ask):
    assert ask("Robot", "", limit=float("inf")) == ask("Robot", "", limit=1000)
    (found,) = ask("Sergey Levine", properties=evidence(year="²²²²"))
    assert features(found)["year"] == 0
    every = client.get("/reconcile/extend/propose?type=Person").json
    for limit in ("²", "-1", "9" * 5000):
        proposed = client.get(f"/reconcile/extend/propose?type=Person&limit={limit}")
        assert (proposed.status_code, proposed.json) == (200, every)
    half = {"ids": ["author/\ud800"], "properties": [{"id": "papers"}]}
    reply = client.post("/reconcile", data={"extend": json.dumps(half)})
    assert reply.status_code == 400 and "half a sign" in reply.json["detail"]


def test_words_beyond_those_of_a_name_are_not_looked_up(ask):
    assert ask("Sergey Levine " + "of Berkeley and elsewhere " * 15) == []
    assert ask("S. " + "a b c d e f g h i j k " * 9 + "Levine") == []
    assert ask("S. A. B. C. Levine")[0]["name"] == "Sergey Levine"


def test_jsonp_is_refused(client):
    assert client.get("/reconcile?callback=f").status_code == 400


def test_a_preflight_is_answered(client):
    asked = {"Origin": "https://openrefine.example", "Access-Control-Request-Method": "POST"}
    reply = client.options("/reconcile", headers=asked)
    assert reply.status_code == 204 and "POST" in reply.headers["Access-Control-Allow-Methods"]


def test_manifests_say_what_there_is(client, demo):
    told = client.get("/reconcile").json
    check("manifest", told)
    assert told["versions"] == ["0.2"] and told["identifierSpace"] == f"{demo.base}id/"
    for kind, service in told["suggest"].items():
        reply = client.get(urlsplit(service["service_url"] + service["service_path"]).path)
        check({"entity": "suggest-entities-response"}.get(kind, f"suggest-{kind}-response").replace(
            "property-", "properties-").replace("type-", "types-"), reply.json)  # fmt: skip
    drafted = client.get("/reconcile/1.0").json
    check("manifest", drafted, DRAFT)
    assert drafted["versions"] == [DRAFT]


def test_an_identifier_leads_to_its_entity(client, ask):
    template = client.get("/reconcile").json["view"]["url"]
    id = ask("Sergey Levine")[0]["id"]
    for written in (id, quote(id, safe="")):
        address = urlsplit(template.replace("{{id}}", written)).path
        assert client.get(address).status_code == 303


def test_suggestions_go_on_at_the_cursor(client):
    first = client.get("/reconcile/suggest/entity?prefix=ser&type=Author").json
    check("suggest-entities-response", first)
    assert "Sergey Levine" in {one["name"] for one in first["result"]}
    later = client.get("/reconcile/suggest/entity?prefix=ser&type=Author&cursor=1").json
    assert later["result"][0] == first["result"][1]
    moved = client.get("/reconcile/1.0/suggest/entity?prefix=ser&type=Author&offset=1&limit=1").json
    assert moved["result"] == later["result"][:1]
    assert client.get("/reconcile/suggest/entity?prefix=a&cursor=x").status_code == 400


def test_an_identifier_that_is_typed_suggests_its_entity_first(client, ask):
    person, paper = ask("Sergey Levine")[0], ask(META_LEARNING, "Publication")[0]
    iri = client.get("/reconcile/1.0/").json["view"]["url"].replace("{+id}", paper["id"])
    for typed, one in ((person["id"], person), (paper["id"], paper), (iri, paper)):
        reply = client.get("/reconcile/1.0/suggest/entity", query_string={"prefix": typed}).json
        check("suggest-entities-response", reply, DRAFT)
        first = reply["result"][0]
        assert (first["id"], first["name"]) == (one["id"], one["name"])
    other = client.get(
        "/reconcile/suggest/entity", query_string={"prefix": paper["id"], "type": "Author"}
    )
    assert paper["id"] not in {one["id"] for one in other.json["result"]}


def test_properties_and_types_are_suggested_by_their_words(client):
    properties = client.get("/reconcile/suggest/property?prefix=co").json
    check("suggest-properties-response", properties)
    assert [one["id"] for one in properties["result"]] == ["coauthor"]
    every = client.get("/reconcile/suggest/property?prefix=p").json["result"]
    few = client.get("/reconcile/suggest/property?prefix=p&limit=2&cursor=1").json["result"]
    assert few == every[1:3]
    types = client.get("/reconcile/suggest/type?prefix=pre").json
    check("suggest-types-response", types)
    assert types["result"][0]["broader"] == [{"id": "Publication", "name": "Publication"}]


def test_values_extend_a_table(client, ask):
    person, paper = ask("Sergey Levine")[0]["id"], ask(META_LEARNING, "Publication")[0]["id"]
    wanted = {
        "ids": [person, paper, "author/nobody-aaaaaaaaaaaa"],
        "properties": [
            {"id": "papers"},
            {"id": "coauthor", "settings": {"limit": 2}},
            {"id": "venue"},
            {"id": "year"},
        ],
    }
    found = client.post("/reconcile", data={"extend": json.dumps(wanted)}).json
    check("data-extension-response", found)
    row = found["rows"][person]
    assert row["papers"][0]["int"] > 300 and len(row["coauthor"]) == 2
    assert found["rows"][paper]["year"] == [{"int": 2017}]
    assert found["rows"][paper]["papers"] == []
    assert not any(found["rows"]["author/nobody-aaaaaaaaaaaa"].values())
    assert found["meta"][1]["type"] == {"id": "Author", "name": "Author"}
    assert ask(row["coauthor"][0]["id"])[0]["name"] == row["coauthor"][0]["name"]
    drafted = client.post("/reconcile/1.0/extend", json=wanted).json
    check("data-extension-response", drafted, DRAFT)
    assert drafted["rows"][0]["properties"][1]["values"] == row["coauthor"]


def test_too_much_to_extend_is_413_and_read_across_origins(client, monkeypatch):
    for name, ids, wanted in (("IDS", 2, 1), ("WANTED", 1, 2)):
        with monkeypatch.context() as patch:
            patch.setattr(extending, name, 1)
            asked = {"ids": ["a"] * ids, "properties": [{"id": "papers"}] * wanted}
            reply = client.post("/reconcile", data={"extend": json.dumps(asked)})
        assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (413, "*")


def test_many_candidates_are_told_of_by_several_queries_as_by_one(ask, monkeypatch):
    whole = ask("Robot", "", limit=20)
    assert len(whole) > 10
    monkeypatch.setattr(facts, "AT_ONCE", 1)
    assert ask("Robot", "", limit=20) == whole


def test_properties_are_proposed_for_a_type(client):
    found = client.get("/reconcile/extend/propose?type=Person&limit=3").json
    check("data-extension-property-proposal", found)
    assert len(found["properties"]) == 3 and found["type"] == "Person"
    every = client.get("/reconcile/extend/propose?type=Venue").json["properties"]
    assert "issn" in {one["id"] for one in every}
    assert client.get("/reconcile/extend/propose?type=Nothing").status_code == 404


def test_only_the_preview_may_be_framed(client, ask):
    id = ask("Sergey Levine")[0]["id"]
    reply = client.get(f"/reconcile/preview?id={quote(id)}")
    assert reply.status_code == 200 and "Sergey Levine" in reply.text
    assert "frame-ancestors *" in reply.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]
    lost = client.get("/reconcile/preview?id=author/nobody-aaaaaaaaaaaa")
    assert lost.status_code == 404
    assert "frame-ancestors 'none'" in lost.headers["Content-Security-Policy"]


def test_a_server_that_starts_asks_before_anybody_does(client):
    service = client.application.extensions["quiver"]
    before = service.pool.figures().cache_misses
    with client.application.test_request_context():
        matching.warm(service)
    assert service.pool.figures().cache_misses > before


def test_the_draft_takes_conditions(client):
    def name(text):
        return {"matchType": "name", "propertyValue": text}

    def having(quantifier, required, *values):
        told = {"matchType": "property", "propertyId": "coauthor", "propertyValue": values}
        return told | {"required": required, "matchQuantifier": quantifier}

    asked = [
        {"type": "Author", "conditions": [name("S. Levine"), having("all", True, "Chelsea Finn")]},
        {"type": "Author", "conditions": [name("S. Levine"), having("none", True, "Chelsea Finn")]},
        {"conditions": [having("all", True, "Chelsea Finn", "Nobody Else"), name("S. Levine")]},
    ]
    found = client.post("/reconcile/1.0/match", json={"queries": asked})
    check("reconciliation-result-batch", found.json, DRAFT)
    first, *others = found.json["results"]
    assert first["candidates"][0]["match"]
    assert others == [{"candidates": []}, {"candidates": []}]
    id = first["candidates"][0]["id"]
    by_id = {"conditions": [{"matchType": "id", "propertyValue": id}]}
    again = client.post("/reconcile/1.0/match", json={"queries": [by_id]}).json["results"][0]
    assert again["candidates"][0]["id"] == id and again["candidates"][0]["match"]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # its own use of pandas
def test_the_reconciler_package_joins_a_column(demo):
    try:
        import pandas
        from reconciler import reconcile
    except ImportError:
        missing("engines", "reconciler is not installed")
    column = pandas.Series(["Sergey Levine", "Levine, S.", "Chelsea Finn"])
    with running_server(demo.data) as served:
        found = reconcile(
            column, type_id="Author", top_res=1, reconciliation_endpoint=f"{served.url}/reconcile"
        )
    assert list(found["name"]) == ["Sergey Levine", "Sergey Levine", "Chelsea Finn"]
    assert list(found["match"]) == [True, False, True]
