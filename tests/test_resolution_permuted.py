"""One input in any order, by any hash seed, by one process or two: the same bytes of links."""

import gzip
import os
import random
import subprocess
import sys

import pytest

from ingest.pipeline import load
from tests.test_resolution_links import links

CALL = """
import sys
from pathlib import Path
from ingest.resolution.links import resolve
resolve(Path(sys.argv[1]), processes=int(sys.argv[2]))
"""


@pytest.mark.long
@pytest.mark.thorough
def test_a_twentieth_of_the_acl_papers_gives_the_same_bytes_however_it_comes(samples, tmp_path):
    with gzip.open(samples / "er" / "acl-and" / "papers.jsonl.gz", "rt") as stream:
        papers = sorted(line for line in stream if line.strip())
    some = random.Random(4).sample(papers, len(papers) // 20)
    seen = []
    for seed, processes in (("1", 1), ("2", 2)):
        random.Random(int(seed)).shuffle(some)
        file, data = tmp_path / f"acl{seed}.jsonl", tmp_path / seed
        file.write_text("".join(some))
        load(data, [file], source="acl")
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-c", CALL, str(data), str(processes)], check=True, env=environ
        )
        seen.append(links(data))
    assert len(seen[0]) > 1_000_000
    assert seen[0] == seen[1]
