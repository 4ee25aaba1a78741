"""What searching in abstracts costs: `searching_abstracts.py ../shared/data`.

Passages of the ML Anthology's sample, renamed round after round as `searching.py` renames titles,
are put beside a million labels, in the store (from which pages take what they show) and in the
index. What is typed is drawn by seed from the abstracts.
"""

import gzip
import json
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import click
import pyoxigraph as ox

from ingest.lines import literal, predicate
from ontology import terms
from queries.generations import Generations
from queries.search.passages import FOLDER, Passage, Passages, writing
from queries.search.textindex import Row, build
from tests.benchmarks import servers
from tests.benchmarks.searching import (
    ANSWERED,
    FREQUENT,
    WORD,
    Draw,
    _renamed,
    labels,
    over_http,
    timed,
    typo,
)

_N_QUADS = ox.RdfFormat.N_QUADS
SAMPLE = "corpora/mlanthology/seed_neighbourhood_8054.jsonl.gz"
BASE = "http://localhost:8000/"


def passages(data: Path, wanted: int, publications: list[str]) -> Iterator[Passage]:
    """This many abstracts, of these publications."""
    with gzip.open(data / SAMPLE, "rt", encoding="utf-8") as lines:
        told = [one for one in map(json.loads, lines) if one.get("abstract")]
    words = Counter(w.lower() for one in told for w in WORD.findall(one["abstract"]))
    kept = {word for word, _ in words.most_common(FREQUENT)}

    def rounds() -> Iterator[Passage]:
        paths = iter(publications)
        for turn in count():
            for one in told:
                names = " ".join(f"{who['given']} {who['family']}" for who in one["authors"])
                beside = f"{_renamed(one['title'], turn, kept)} {names} {one['year']}"
                yield Passage(next(paths), beside, _renamed(one["abstract"], turn, kept))

    return islice(rounds(), wanted)


def typed(said: list[str]) -> dict[str, Draw]:
    """Each way of typing, drawn from abstracts."""
    frequent = ("learning", "model", "data", "policy", "results", "propose", "deep", "the")

    def drawn(chance: random.Random, least: int = 4) -> list[str]:
        return [w for w in WORD.findall(chance.choice(said).lower()) if len(w) >= least]

    def some(many: int) -> Draw:
        def draw(chance: random.Random) -> tuple[str, str]:
            words = drawn(chance)
            return "", " ".join(chance.sample(words, min(many, len(words))))

        return draw

    def phrase(chance: random.Random) -> tuple[str, str]:
        words = drawn(chance, 1)
        at = chance.randrange(max(1, len(words) - 3))
        return "", f'"{" ".join(words[at : at + 3])}"'

    return {
        "a word": some(1),
        "three words": some(3),
        "a phrase of three words": phrase,
        "a word with one typo": lambda chance: ("", typo(max(drawn(chance), key=len), chance)),
        "a word and a beginning": lambda chance: (
            "",
            f"{chance.choice(drawn(chance))} {chance.choice(drawn(chance))[:3]}",
        ),
        "a frequent word": lambda chance: ("", chance.choice(frequent)),
        "two frequent words": lambda chance: ("", " ".join(chance.sample(frequent, 2))),
    }


def processor() -> float:
    """Seconds of processor that this process took so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


HEADER = """
| typed | hits | in process p50 | p95 | /search p50 | p95 | |
|---|--:|--:|--:|--:|--:|---|"""


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--labels", "wanted", default=1_000_000, show_default=True)
@click.option("--abstracts", "many", default=158_000, show_default=True)
@click.option("--each", default=100, show_default=True, help="How many of each kind are typed.")
def main(data: Path, wanted: int, many: int, each: int) -> None:
    """Print what the index takes, then the table."""
    with tempfile.TemporaryDirectory(prefix="searching-") as name:
        folder = Path(name) / "data"
        rows = list(labels(data, wanted))
        said = published(folder, data, rows, many)
        index = Passages.open((folder / "current").resolve() / FOLDER)
        click.echo(HEADER)
        with servers.quiver(folder) as ours:
            for kind, draw in typed(said).items():
                chance = random.Random(7)
                _line(kind, index, ours.port, [draw(chance)[1] for _ in range(each)])


def published(folder: Path, data: Path, rows: list[Row], many: int) -> list[str]:
    """A data folder with labels and abstracts; some of the latter."""
    paths = [row.iri.removeprefix(f"{BASE}id/") for row in rows if row.kind == "publication"]
    made = list(passages(data, many, paths))
    with Generations(folder).write() as draft:
        draft.meta["base"] = BASE
        build(draft.path / "text.sqlite", rows)
        began, used = time.perf_counter(), processor()
        with writing(draft.amend_folder(FOLDER)) as writer:
            for one in made:
                writer.add(one)
        took, used = time.perf_counter() - began, processor() - used
        size = sum(path.stat().st_size for path in (draft.path / FOLDER).iterdir())
        letters = sum(len(one.abstract) for one in made)
        click.echo(
            f"{len(made):,} abstracts of {letters / 1e6:.0f} MB: built in {took:.1f} s, "
            f"{used:.1f} s of processor, {size / 1e6:.0f} MB"
        )
        graph, says = f"<{BASE}graph/source/made>", predicate(terms.DC_ABSTRACT)
        lines = (
            f"<{BASE}id/{one.publication}> {says} {literal(one.abstract)} {graph} .\n"
            for one in made
        )
        path = draft.path / "abstracts.nq"
        path.write_text("".join(lines), encoding="utf-8")
        draft.store.engine.bulk_load(path=str(path), format=_N_QUADS, lenient=True)
        path.unlink()
        draft.publish()
    return [one.abstract for one in made[:: max(1, len(made) // 2000)]]


def _line(kind: str, index: Passages, port: int, texts: list[str]) -> None:
    found = [len(index.search(text, 200).publications) for text in texts]
    cells = [
        *timed(lambda text: index.search(text, 200), texts),
        *timed(over_http(port, "/search?q="), texts),
    ]
    met = "met" if max(cells[1::2]) <= ANSWERED else "missed"
    told = [f"{sum(found) / len(found):.0f}", *(f"{cell:.1f}" for cell in cells)]
    click.echo(f"| {kind} | {' | '.join(told)} | {met} |")


if __name__ == "__main__":
    main()
