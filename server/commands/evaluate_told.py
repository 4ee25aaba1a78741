"""What `evaluate` measured, in lines for people or as JSON."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ingest.resolution.assessment.evaluating import AuthorReport, PublicationReport, Worth
    from ingest.resolution.assessment.evaluation import Figures, Mistake, Mistakes, Subset
    from ingest.resolution.assessment.lessons import Lesson

EXAMPLES = 3
GROUPS = 6  # of one mistake that are shown


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


def print_worth(worth: "tuple[Worth, ...]") -> None:
    """How often scores were right, by ranges, beside what the table of calibration says."""
    if not worth:
        return
    click.echo("Of compared pairs with a score of   here          by the table (development pairs)")
    for one in worth:
        here, table = one.here, one.table
        click.echo(
            f"  {here.since:>5g} to {here.until:<5g}  {here.share:7.1%} of {here.of:<8,}"
            f"  {table.share:7.1%} of {table.of:,}"
        )


def print_lesson(lesson: "Lesson") -> None:
    """What was learnt, and how well scores agreed with gold before and after."""
    click.echo(f"Learnt from {lesson.before.pairs:,} pairs of {lesson.learnt_from}")
    for name, fit in (("before", lesson.before), ("after", lesson.after)):
        click.echo(
            f"  {name:<6}  loss {fit.loss:.4f}; above the line {fit.right:,} right, "
            f"{fit.wrong:,} wrong, {fit.same - fit.right:,} missed, F1 {fit.f1:.4f}"
        )
    for term, (old, new) in lesson.changed.items():
        click.echo(f"  {term:<28} {old:7.2f} -> {new:7.2f}")
    for one in lesson.bins:
        click.echo(f"  {one.told()}")
    click.echo(f"Rule version with these weights: {lesson.version}")


# --- JSON


def print_json(report: "PublicationReport | AuthorReport", worst: int) -> None:
    """The whole report, with so many of each kind of mistake."""
    told = asdict(report)
    told["mistakes"] = {kind: found[:worst] for kind, found in told["mistakes"].items()}
    if "subsets" in told:
        told["subsets"] = [_subset(part) for part in report.subsets]  # type: ignore[union-attr]
    else:
        told["figures"] = _figures(report.counts.figures)  # type: ignore[union-attr]
    told["worth"] = [
        {"since": one.here.since, "until": one.here.until, "right": one.here.right}
        | {"of": one.here.of, "tableRight": one.table.right, "tableOf": one.table.of}
        for one in report.worth
    ]
    told["rule_version"] = _version()
    click.echo(json.dumps(told, ensure_ascii=False, indent=1))


def _version() -> str:
    from ingest.resolution.weighing.scoring import RULE_VERSION

    return RULE_VERSION


def _subset(part: "Subset") -> dict[str, object]:
    return asdict(part) | {
        "bcubed": _figures(part.bcubed),
        "pairs": asdict(part.pairs) | _figures(part.pairs.figures),
    }


def _figures(found: "Figures") -> dict[str, float]:
    return {"precision": found.precision, "recall": found.recall, "f1": found.f1}
