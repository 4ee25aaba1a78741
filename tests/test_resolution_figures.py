"""The figures that the README gives, on the real tables, by the steps that it gives."""

import pytest

from ingest.pipeline import load
from ingest.resolution import evaluating
from ingest.resolution.links import resolve
from queries.generations import Generations


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


@pytest.mark.thorough
def test_the_persons_of_acl_are_found_by_names_and_evidence(samples, tmp_path):
    folder, data = samples / "er" / "acl-and", tmp_path / "data"
    load(data, [folder / "papers.jsonl.gz"], source="acl")
    resolve(data, processes=1)
    with Generations(data).open() as reader:
        found = evaluating.authors(reader, folder / "gold.dev.jsonl.gz")
    assert not found.unknown
    subsets = {subset.name: subset.bcubed for subset in found.subsets}
    # The goals are .98 and .992, the README gives .9803 and .9923.
    assert subsets["of curated persons"].f1 >= 0.98
    assert subsets["of curated persons"].precision >= 0.992
    # Exact names come to .5765 here, which is missed by .0007: no worse than that from now on.
    assert subsets["names of several persons"].f1 >= 0.5757
