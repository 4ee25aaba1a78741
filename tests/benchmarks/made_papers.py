"""Papers made up from a seed, as a CSV table: `made_papers.py COUNT FILE`.

    .venv/bin/python tests/benchmarks/made_papers.py 16000 papers.csv
    .venv/bin/quiver load papers.csv --data made --source made

A few people write much and most write little (Zipf), people meet the same people again, and there
are 60 venues over 35 years. Loaded, a paper is about 53 triples.
"""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import click


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Ada Bo Carla Dai Emil Fatou Grace Hugo Ines Jun Kofi Lena Miro Nora Omar Pia Qi Rosa Sven "
    "Tala Uma Vito Wen Xenia Yara Zeno"
)
SYLLABLES = _words("ba ko ri ten mal sor vi dan gue lo pra shi to ur wen za mi fel no hart")
TOPICS = _words(
    "graphs policies kernels embeddings bandits proofs corpora agents images sequences tensors "
    "queries records priors games maps"
)
MANNERS = _words(
    "Sparse Deep Robust Bayesian Causal Neural Convex Online Private Federated Symbolic Adaptive "
    "Latent Hierarchical Fast Fair"
)
DEEDS = _words(
    "Learning Searching Ranking Parsing Aligning Matching Sampling Planning Clustering Merging "
    "Editing Linking Testing"
)
COLUMNS = ("id", "title", "authors", "venue", "year", "doi", "pages", "type")
VENUES, YEARS = 60, (1990, 2024)


def papers(count: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """The papers, the same for the same count and seed."""
    dice = random.Random(seed)
    people = [_name(dice, number) for number in range(max(20, count * 9 // 10))]
    for number in range(count):
        year = dice.randint(*YEARS)
        first = dice.randint(1, 900)
        yield {
            "id": f"made-{number}",
            "title": _title(dice, number),
            "authors": "; ".join(_team(dice, people)),
            "venue": _venue(number % VENUES),
            "year": str(year),
            "doi": f"10.99999/made.{number}",
            "pages": f"{first}-{first + dice.randint(3, 30)}",
            "type": "conference paper",
        }


def write(file: Path, count: int, seed: int = 1) -> None:
    """The table of the papers."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS)
        table.writeheader()
        table.writerows(papers(count, seed))


def _name(dice: random.Random, number: int) -> str:
    """A name of its own for each person; every 26th shares one with an earlier person."""
    last = "".join(dice.choices(SYLLABLES, k=3)).capitalize()
    return f"{FIRST[number % len(FIRST)]} {last}"


def _venue(number: int) -> str:
    return f"Conference on {MANNERS[number % len(MANNERS)]} {DEEDS[number % len(DEEDS)]}"


def _title(dice: random.Random, number: int) -> str:
    manner, deed, topic, other = (dice.choice(words) for words in (MANNERS, DEEDS, TOPICS, TOPICS))
    return f"{manner} {deed} of {topic} with {other} {number}"


def _team(dice: random.Random, people: list[str]) -> list[str]:
    """One to seven people around a leader: the smaller the number, the more they write."""
    leader = int(len(people) * dice.random() ** 3)
    size = min(7, 1 + int(dice.expovariate(0.35)))
    near = (leader + 1 + int(dice.expovariate(0.2)) for _ in range(size - 1))
    return [people[place % len(people)] for place in dict.fromkeys((leader, *near))]


@click.command()
@click.argument("count", type=int)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True)
def main(count: int, file: Path, seed: int) -> None:
    """Write COUNT made-up papers to FILE."""
    write(file, count, seed)


if __name__ == "__main__":
    main()
