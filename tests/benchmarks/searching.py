"""How long the text index takes to build and to answer, on many labels: `searching.py`.

    .venv/bin/python tests/benchmarks/searching.py ../shared/data     # 1M labels

The labels are those of the ML Anthology's authors and titles, as they are and then renamed: each
rarer word of a further round has its letters moved on, so that names and words, and how often
each occurs, stay like those of real records, and the vocabulary grows. What is typed is drawn by
seed from the labels; each kind of it is asked of the index in this process, then of a server.
"""

import gzip
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from urllib.parse import quote

import click

from queries.generations import Generations
from queries.search.textindex import Row, TextIndex, build
from tests.benchmarks import servers
from tests.benchmarks.clients import Connection
from tests.benchmarks.serving import quantile

LIST = "corpora/mlanthology/papers.noabs.jsonl.gz"
FREQUENT = 3000  # words that every round shares, as new papers share them
LETTERS = "abcdefghijklmnopqrstuvwxyz"
BUILT, ANSWERED = 15.0, 20.0  # the goals: seconds, milliseconds at p95
WORD = re.compile(r"[^\W\d_]+")

Drawn = tuple[str, str]
Draw = Callable[[random.Random], Drawn]


def labels(data: Path, wanted: int) -> Iterator[Row]:
    """This many rows: authors with their papers, titles with their year, round after round."""
    papers: Counter[str] = Counter()
    titles = []
    with gzip.open(data / LIST, "rt", encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            people = [f"{one['given']} {one['family']}".strip() for one in told.get("authors", ())]
            papers.update(people)
            titles.append((told["title"], f"{told['year']} · {', '.join(people[:3])}"))
    words = Counter(word.lower() for title, _ in titles for word in WORD.findall(title))
    kept = {word for word, _ in words.most_common(FREQUENT)}
    return islice(_rounds(papers, titles, kept), wanted)


def _rounds(papers: Counter[str], titles: list[tuple[str, str]], kept: set[str]) -> Iterator[Row]:
    for turn in count():
        for number, (name, total) in enumerate(papers.items()):
            iri = f"http://localhost:8000/id/author/a{turn}-{number}"
            yield Row(iri, "author", _renamed(name, turn, set()), "", total)
        for number, (title, detail) in enumerate(titles):
            iri = f"http://localhost:8000/id/publication/p{turn}-{number}"
            yield Row(iri, "publication", _renamed(title, turn, kept), detail)


def _renamed(text: str, turn: int, kept: set[str]) -> str:
    """The text with its rarer words changed, each word the same way in one round."""
    moved = LETTERS[turn:] + LETTERS[:turn]
    table = str.maketrans(LETTERS + LETTERS.upper(), moved + moved.upper())

    def changed(found: re.Match[str]) -> str:
        word = found[0]
        return word if word.lower() in kept else word.translate(table)

    return WORD.sub(changed, text) if turn else text


def typo(text: str, chance: random.Random) -> str:
    """The text with one letter of its longest word left out, doubled, changed or swapped."""
    word = max(text.split(), key=len)
    at = chance.randrange(len(word) - 1)
    wrong = chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + chance.choice(LETTERS) + word[at:],
            word[:at] + chance.choice(LETTERS) + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )
    return text.replace(word, wrong, 1)


def typed(people: list[str], titles: list[str]) -> dict[str, Callable[[random.Random], Drawn]]:
    """Each way of typing: draws what is meant, and what is typed for it."""

    def of(labels: list[str], change: Callable[[str, random.Random], str]) -> Draw:
        def draw(chance: random.Random) -> Drawn:
            meant = chance.choice(labels)
            return meant, change(meant, chance)

        return draw

    def begun(text: str, chance: random.Random) -> str:
        return text[: chance.randrange(2, max(3, len(text)))]

    def turned(name: str, chance: random.Random) -> str:
        words = name.split()
        return f"{words[-1]} {words[0][0]}"

    def one(*words: str) -> Callable[[str, random.Random], str]:
        return lambda text, chance: chance.choice(words)

    return {
        "a name": of(people, lambda text, chance: text),
        "a name with one typo": of(people, typo),
        "family name and initial": of(people, turned),
        "the beginning of a name": of(people, begun),
        "two letters": of(people, lambda text, chance: text[:2]),
        "one letter": of(people, lambda text, chance: text[:1]),
        "a title": of(titles, lambda text, chance: text),
        "a title with one typo": of(titles, typo),
        "the beginning of a title": of(titles, begun),
        "first three words of a title": of(titles, lambda text, chance: _some(text)),
        "the same as a phrase": of(titles, lambda text, chance: f'"{_some(text)}"'),
        "a frequent word": of(titles, one("learning", "deep", "neural", "for", "of", "the")),
        "two frequent words": of(titles, one("learning for", "deep learning", "of the", "to a")),
    }


def _some(title: str) -> str:
    return " ".join(title.split()[:3])


def timed(ask: Callable[[str], object], texts: list[str]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    took = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        took.append(time.perf_counter() - started)
    return quantile(took, 0.5) * 1e3, quantile(took) * 1e3


def built(data: Path, rows: Iterator[Row]) -> tuple[Path, float]:
    """A data folder with nothing but the index, and the seconds that the index took."""
    known = list(rows)
    with Generations(data).write() as draft:
        draft.meta["base"] = "http://localhost:8000/"
        started = time.perf_counter()
        build(draft.path / "text.sqlite", known)
        took = time.perf_counter() - started
        draft.publish()
    return (data / "current").resolve() / "text.sqlite", took


def over_http(port: int, path: str) -> Callable[[str], object]:
    """Asks a server, one request at a time over a kept connection."""
    connection = Connection(port)

    def ask(text: str) -> None:
        connection.exchange(f"GET {path}{quote(text)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    return ask


HEADER = """
| typed | found | in process p50 | p95 | /suggest p50 | p95 | /search p50 | p95 | |
|---|--:|--:|--:|--:|--:|--:|--:|---|"""


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--labels", "wanted", default=1_000_000, show_default=True)
@click.option("--each", default=200, show_default=True, help="How many of each kind are typed.")
@click.option("--only", default="", help="Kinds whose names have this.")
def main(data: Path, wanted: int, each: int, only: str) -> None:
    """Print the table; `found` is how often what was meant is among the first eight hits."""
    with tempfile.TemporaryDirectory(prefix="searching-") as folder:
        rows = list(labels(data, wanted))
        path, took = built(Path(folder) / "data", iter(rows))
        size = path.stat().st_size / 1e6
        goal = "met" if took <= BUILT else "missed"
        click.echo(f"{len(rows):,} labels: built in {took:.1f} s ({goal}), {size:.0f} MB")
        people = [row.label for row in rows if row.kind == "author" and len(row.label) > 5]
        titles = [row.label for row in rows if row.kind == "publication" and len(row.label) > 20]
        index = TextIndex.open(path)
        started = time.perf_counter()
        index.suggest("qqqzzq")
        click.echo(f"the first typo: {(time.perf_counter() - started) * 1e3:.0f} ms")
        click.echo(HEADER)
        with servers.quiver(Path(folder) / "data") as ours:
            for name, draw in typed(people, titles).items():
                if only in name:
                    chance = random.Random(7)
                    _line(name, index, ours.port, [draw(chance) for _ in range(each)])


def _line(name: str, index: TextIndex, port: int, drawn: list[Drawn]) -> None:
    texts = [text for _, text in drawn]
    cells = [
        *timed(lambda text: index.search(text, limit=20), texts),
        *timed(over_http(port, "/suggest?q="), texts),
        *timed(over_http(port, "/search?q="), texts),
    ]
    met = "met" if max(cells[1::2]) <= ANSWERED else "missed"
    found = [meant in {hit.label for hit in index.search(text, limit=8)} for meant, text in drawn]
    told = [f"{sum(found) / len(found):.0%}", *(f"{cell:.1f}" for cell in cells)]
    click.echo(f"| {name} | {' | '.join(told)} | {met} |")


if __name__ == "__main__":
    main()
