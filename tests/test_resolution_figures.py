"""The figures that the README gives, on the real tables, by the steps that it gives."""

import tarfile
from pathlib import Path

import pytest

from ingest.pipeline import load
from ingest.resolution.assessment import evaluating
from ingest.resolution.explaining import explain
from ingest.resolution.links import resolve
from queries.generations import Generations


@pytest.mark.long
@pytest.mark.thorough
def test_dblp_and_acm_are_matched_without_labels(samples, tmp_path):
    folder, data = samples / "er" / "dblp-acm", tmp_path / "data"
    load(data, [folder / "DBLP2.csv"], source="dblp")
    load(data, [folder / "ACM.csv"], source="acm")
    resolve(data)
    with Generations(data).open() as reader:
        found = evaluating.publications(reader, folder / "DBLP-ACM_perfectMapping.csv")
    assert not found.unknown
    # The goal is 0.990, the README gives 0.9926; without what authors say it is 0.9907.
    assert found.counts.figures.f1 >= 0.992


@pytest.mark.long
@pytest.mark.thorough
def test_dblp_and_scholar_are_matched_by_rules_made_on_the_training_pairs(samples, tmp_path):
    folder, data = samples / "er" / "dblp-scholar", tmp_path / "data"
    load(data, [folder / "A_dblp.csv"], source="dblp")
    load(data, [folder / "B_scholar.csv"], source="scholar")
    resolve(data)
    with Generations(data).open() as reader:
        gold = folder / "pairs.train-valid.csv"
        train, valid = (evaluating.publications(reader, gold, split=s) for s in ("train", "valid"))
    assert not train.unknown
    # The goal is .93; the README gives .9502 and .9302.
    assert train.counts.figures.f1 >= 0.949
    assert valid.counts.figures.f1 >= 0.93


@pytest.mark.long
@pytest.mark.thorough
def test_the_persons_of_acl_are_found_by_names_and_evidence(samples, tmp_path):
    folder, data = samples / "er" / "acl-and", tmp_path / "data"
    load(data, [folder / "papers.jsonl.gz"], source="acl")
    resolve(data, processes=1)
    with Generations(data).open() as reader:
        found = evaluating.authors(reader, folder / "gold.dev.jsonl.gz")
    assert not found.unknown
    subsets = {subset.name: subset.bcubed for subset in found.subsets}
    # The goals are .98 and .992, the README gives .9803 and .9968.
    assert subsets["of curated persons"].f1 >= 0.98
    assert subsets["of curated persons"].precision >= 0.992
    # Exact names come to .5765 here; the README gives .7090.
    assert subsets["names of several persons"].f1 >= 0.70


@pytest.mark.thorough
def test_two_readings_of_one_chinese_name_in_the_anthology_are_one_person(samples, tmp_path):
    held = samples / "corpora" / "acl-anthology" / "acl-anthology-xml.tar.xz"
    wanted = {"2020.ccl.xml", "2021.ccl.xml", "2021.findings.xml", "2021.emnlp.xml"}
    with tarfile.open(held) as archive:
        for member in archive:
            if Path(member.name).name in wanted:
                (tmp_path / Path(member.name).name).write_bytes(archive.extractfile(member).read())
    data = tmp_path / "data"
    load(data, sorted(tmp_path.glob("*.xml")), source="acl")
    resolve(data, processes=1)
    with Generations(data).open() as reader:
        found = explain(reader, "Chengxiang Gao", "Shengxiang Gao")
    assert found.same
    assert dict(found.direct.terms)["nameVariant"] > 0
    assert "another script" in found.block
