"""`evaluate`: how well the links agree with gold files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import options
from server.commands.evaluate_links import links

if TYPE_CHECKING:
    from ingest.resolution.evaluating import AuthorReport, PublicationReport
    from ingest.resolution.evaluation import Figures, Mistake, Mistakes

EXAMPLES = 3
GROUPS = 6  # of one mistake that are shown

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


@click.group()
def evaluate() -> None:
    """Measure the links against a gold file, which nothing else reads.

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
def publications(
    gold: Path, data: Path, sources: tuple[str, str] | None, split: str | None, worst: int
) -> None:
    """Measure which records are one publication, by pairs of two sources.

    The gold is CSV: either `idONE,idOTHER`, every pair of which is one publication and no other
    is, or `split,A,B,label`, where only the labelled pairs are scored.
    """
    from ingest.resolution import evaluating
    from queries.generations import Generations

    with Generations(data).open() as reader:
        report = evaluating.publications(reader, gold, sources=sources or (), split=split)
    print_publications(report, gold)
    print_mistakes(report.mistakes, worst)


@evaluate.command()
@_gold
@options.data
@click.option(
    "--source", "sources", multiple=True, help="Whose papers the gold names, of several sources."
)
@_worst
def authors(gold: Path, data: Path, sources: tuple[str, ...], worst: int) -> None:
    """Measure which signatures are one person's.

    The gold is JSON Lines: `signature` (paper's key, `#`, position from 0), `person`, `name`, and
    `curated` where a human checked the person.
    """
    from ingest.resolution import evaluating
    from queries.generations import Generations

    with Generations(data).open() as reader:
        report = evaluating.authors(reader, gold, sources=sources)
    print_authors(report, gold)
    print_mistakes(report.mistakes, worst)


def print_publications(report: "PublicationReport", gold: Path) -> None:
    """The figures of pairs."""
    kind = "matches, every other pair is none" if report.complete else "labelled pairs"
    one, other = report.sources
    click.echo(f"{gold.name}: {report.gold_pairs:,} {kind}; {one} and {other}")
    if report.unknown_pairs:
        known = "counted as not joined"
        print_unknown(report.unknown_pairs, "pairs", report.unknown, known)
    counts = report.counts
    click.echo(f"  {counts.right:,} right, {counts.wrong:,} wrong, {counts.missed:,} missed")
    click.echo(f"  {figures(counts.figures)}")


def print_authors(report: "AuthorReport", gold: Path) -> None:
    """The figures of signatures, a line a subset."""
    click.echo(f"{gold.name}: {report.gold_signatures:,} signatures; {', '.join(report.sources)}")
    if report.unknown:
        print_unknown(len(report.unknown), "signatures", report.unknown, "left out")
    click.echo(
        f"  {'':<24} {'signatures':>10} {'persons':>8} {'found':>8}"
        "   B-cubed: P, R, F1        pairwise: P, R, F1"
    )
    for part in report.subsets:
        click.echo(
            f"  {part.name:<24} {part.items:>10,} {part.persons:>8,} {part.clusters:>8,}"
            f"   {short(part.bcubed)}   {short(part.pairs.figures)}"
        )
    if report.understated:
        click.echo(
            "  The gold is complete for curated persons only: precision on the rest is understated."
        )


def print_unknown(count: int, what: str, unknown: tuple[str, ...], outcome: str) -> None:
    """What gold names and the graph lacks."""
    more = ", …" if len(unknown) > EXAMPLES else ""
    click.echo(
        f"  {count:,} {what} name what the graph lacks, {outcome}: "
        f"{', '.join(unknown[:EXAMPLES])}{more}"
    )


def figures(found: "Figures") -> str:
    """Precision, recall and F1 in words."""
    return f"precision {found.precision:.4f}, recall {found.recall:.4f}, F1 {found.f1:.4f}"


def short(found: "Figures") -> str:
    """The three in columns."""
    return f"{found.precision:7.4f} {found.recall:7.4f} {found.f1:7.4f}"


def print_mistakes(found: "Mistakes", worst: int) -> None:
    """The largest mistakes of each kind; by bars what should be, or is, apart."""
    for title, every in (("Wrongly joined", found.wrong), ("Missed", found.missed)):
        if every and worst:
            total = sum(mistake.pairs for mistake in every)
            click.echo(f"{title}: {total:,} pairs in {len(every):,} places; the largest:")
            for mistake in every[:worst]:
                click.echo(f"  {mistake.pairs:>6,}  {told(mistake)}")


def told(mistake: "Mistake") -> str:
    """One mistake on one line."""
    more = len(mistake.groups) - GROUPS
    return " | ".join(mistake.groups[:GROUPS]) + (f" | and {more:,} more" if more > 0 else "")
