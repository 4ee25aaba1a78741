"""Links out: what other graphs hold of the same publications and people."""
