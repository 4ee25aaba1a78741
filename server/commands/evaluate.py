"""`evaluate`: how well the links agree with gold files."""

from pathlib import Path

import click

from server.commands import options
from server.commands.evaluate_links import links
from server.commands.evaluate_told import (
    print_authors,
    print_json,
    print_lesson,
    print_mistakes,
    print_publications,
    print_worth,
)
from server.progress import Progress

_gold = click.option(
    "--gold",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The gold file, plain or compressed.",
)
_worst = click.option(
    "--worst",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="How many of the largest mistakes to show, of each kind.",
)


_json = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
_learn = click.option(
    "--learn",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Learn weights and calibration from this gold, and bring weights.tsv and "
    "calibration.tsv in the folder up to date, instead of measuring.",
)


_calibrate = click.option(
    "--calibrate",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="The same, but keep the weights, and bring only calibration.tsv up to date.",
)


@click.group()
def evaluate() -> None:
    """Measure the links against a gold file, which nothing else reads.

    \b
    quiver evaluate publications --gold pairs.csv
    quiver evaluate authors --gold signatures.jsonl.gz

    Shows precision, recall and F1 and the largest mistakes. What gold names and the graph lacks is
    counted and said.
    """


evaluate.add_command(links)


@evaluate.command()
@_gold
@options.data
@click.option(
    "--sources",
    nargs=2,
    metavar="ONE OTHER",
    help="The sources of the gold's two columns. [default: by the columns' names or the keys]",
)
@click.option("--split", help="Of labelled pairs, score those of this split only (train, valid).")
@_worst
@_json
@_learn
@_calibrate
@options.quiet
def publications(
    gold: Path,
    data: Path,
    sources: tuple[str, str] | None,
    split: str | None,
    worst: int,
    as_json: bool,
    learn: Path | None,
    calibrate: Path | None,
    quiet: bool,
) -> None:
    """Measure which records are one publication, by pairs of two sources.

    The gold is CSV: either `idONE,idOTHER`, every pair of which is one publication and no other
    is, or `split,A,B,label`, where only the labelled pairs are scored.
    """
    from ingest.resolution.assessment import evaluating, lessons
    from queries.generations import Generations

    folder = learn or calibrate
    with Generations(data).open() as reader, Progress(quiet) as progress:
        progress("reading", 0, None)
        report = evaluating.publications(reader, gold, sources=sources or (), split=split)
        if folder:
            lesson = lessons.publications(
                reader, gold, report.sources, split, learn is not None, progress
            )
    if folder:
        lesson.write(folder)
        print_lesson(lesson)
    elif as_json:
        print_json(report, worst)
    else:
        print_publications(report, gold)
        print_worth(report.worth)
        print_mistakes(report.mistakes, worst)


@evaluate.command()
@_gold
@options.data
@click.option(
    "--source", "sources", multiple=True, help="Whose papers the gold names, of several sources."
)
@click.option(
    "--half",
    type=click.Choice(["learning", "held-out"]),
    help="Score the persons of one half only: that which weights are learnt from, or the other.",
)
@_worst
@_json
@_learn
@_calibrate
@options.quiet
def authors(
    gold: Path,
    data: Path,
    sources: tuple[str, ...],
    half: str | None,
    worst: int,
    as_json: bool,
    learn: Path | None,
    calibrate: Path | None,
    quiet: bool,
) -> None:
    """Measure which signatures are one person's.

    The gold is JSON Lines: `signature` (paper's key, `#`, position from 0), `person`, `name`, and
    `curated` where a human checked the person.
    """
    from ingest.resolution.assessment import evaluating, lessons
    from ingest.resolution.assessment.labels import Half
    from queries.generations import Generations

    part = Half(half) if half else None
    folder = learn or calibrate
    with Generations(data).open() as reader, Progress(quiet) as progress:
        if folder:
            lesson = lessons.authors(reader, gold, part, learn is not None, progress)
        else:
            progress("reading", 0, None)
            report = evaluating.authors(reader, gold, sources=sources, half=part)
    if folder:
        lesson.write(folder)
        print_lesson(lesson)
    elif as_json:
        print_json(report, worst)
    else:
        print_authors(report, gold)
        print_worth(report.worth)
        print_mistakes(report.mistakes, worst)
