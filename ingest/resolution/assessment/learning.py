"""Weights learnt from pairs of which gold says whether they are one; pure, and without luck.

Logistic regression by Newton's method, drawn to 0 by a wide normal prior: the same pairs give the
same weights, whatever the table said before. What a weight measures is how much more of it would
add to the score, so that scores need no second description here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.resolution.weighing.weights import Weights

USUAL_WEIGHT = 3.0  # how far from 0 weights lie, in nats, before any pair was seen
STEP = 1e-3
ROUNDS = 8  # scores bend where a reach is met; each round straightens them where they are now
ENOUGH = 1e-4
DIGITS = 2
LEAST = 5  # pairs that a weight must be heard in, to be learnt

Pair = tuple[int, int]
Scores = Callable[[Weights], Sequence[float]]  # the unrounded log-odds of the pairs learnt from
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well scores agree with gold: pairs, the mean loss in nats, and what a line comes to."""

    pairs: int
    same: int
    loss: float
    right: int
    wrong: int

    @property
    def f1(self) -> float:
        """Of pairs above the line."""
        both = self.right + self.wrong + self.same
        return 2 * self.right / both if both else 1.0


def fit(scores: Scores, same: Sequence[bool], weights: Weights) -> Weights:
    """The weights with those marked as learnt fitted to the pairs."""
    terms = [row.term for row in weights.rows if row.learnt]
    truth = np.array(same, dtype=np.float64)
    for _ in range(ROUNDS):
        now = np.array([weights[term] for term in terms])
        base, measures = measured(scores, weights, terms)
        heard = (np.abs(measures) > ENOUGH).sum(axis=0) >= LEAST
        rest = base - measures @ now
        values = np.where(heard, _newton(measures * heard, rest, truth), now)
        weights = weights.with_values(dict(zip(terms, values.tolist(), strict=True)))
        if np.max(np.abs(values - now), initial=0.0) < ENOUGH:
            break
    return weights.with_values({term: round(weights[term], DIGITS) for term in terms})


def measured(scores: Scores, weights: Weights, terms: Sequence[str]) -> tuple[Numbers, Numbers]:
    """The scores, and how much each rises with each weight."""
    base = np.array(scores(weights))
    columns = [
        (np.array(scores(weights.with_values({term: weights[term] + STEP}))) - base) / STEP
        for term in terms
    ]
    return base, np.stack(columns, axis=1)


def _newton(measures: Numbers, rest: Numbers, truth: Numbers) -> Numbers:
    """The most likely weights, by Newton's method with halved steps."""
    prior = np.eye(measures.shape[1]) / USUAL_WEIGHT**2
    values = np.zeros(measures.shape[1])
    for _ in range(100):
        chance = _chance(measures @ values + rest)
        slope = measures.T @ (chance - truth) + prior @ values
        bend = (measures * (chance * (1 - chance))[:, None]).T @ measures + prior
        step = np.linalg.solve(bend, slope)
        before = _cost(measures, rest, truth, values)
        while np.max(np.abs(step)) > ENOUGH / 10:
            if _cost(measures, rest, truth, values - step) <= before:
                break
            step = step / 2
        values = values - step
        if np.max(np.abs(step)) < ENOUGH / 10:
            break
    return values


def _cost(measures: Numbers, rest: Numbers, truth: Numbers, values: Numbers) -> float:
    odds = measures @ values + rest
    loss = np.logaddexp(0.0, odds) - truth * odds
    return float(loss.sum() + (values @ values) / (2 * USUAL_WEIGHT**2))


def _chance(odds: Numbers) -> Numbers:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0))))


def fitness(odds: Sequence[float], same: Sequence[bool], line: float) -> Fit:
    """How well these scores agree with gold."""
    scores, truth = np.array(odds, dtype=np.float64), np.array(same, dtype=np.float64)
    loss = np.logaddexp(0.0, scores) - truth * scores
    above = scores > line
    right = int((above * truth).sum())
    return Fit(
        len(same),
        int(truth.sum()),
        float(loss.mean()) if len(same) else 0.0,
        right,
        int(above.sum()) - right,
    )


def changed(before: Weights, after: Weights) -> Mapping[str, tuple[float, float]]:
    """The terms whose weights differ, with both."""
    return {
        row.term: (before[row.term], row.value)
        for row in after.rows
        if before[row.term] != row.value
    }
