"""How long it takes from a key press in the review until pages and SPARQL show what was decided.

Serves a copy (hard links) of a data folder, so the folder stays as it is, sends each decision as
the review sends it, and asks page and SPARQL until both show it; each is then taken back, which is
measured too. Before each key press some time passes, in which a person looks:
`tests/benchmarks/deciding.py --data FOLDER --count 20`

Then as many are decided one after the other, by somebody who presses a key every `--rhythm` seconds
whatever the screen shows (0: as soon as the last is seen); a press that comes too early waits.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import click

from queries.writes.files import link_or_copy
from server.tokens import Tokens

LOOKED = 0.5  # seconds at the least
PAIR = re.compile(r'data-a="([^"]+)" data-b="([^"]+)"')
ASK = (
    "PREFIX q: <https://w3id.org/quiver/ontology#> "
    "ASK {{ <{a}> q:canonical ?one . <{b}> q:canonical ?one }}"
)


class Desk:
    """One connection to the server, as a browser keeps it."""

    def __init__(self, port: int, token: str) -> None:
        self.client = HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def get(self, path: str, accept: str = "text/html") -> str:
        """The body of an answer."""
        self.client.request("GET", path, headers={"Accept": accept})
        return self.client.getresponse().read().decode()

    def send(self, told: dict[str, object]) -> str:
        """Decide, or take back: the IRI of the decision."""
        self.client.request("POST", "/decisions", json.dumps(told), self.headers)
        answer = self.client.getresponse()
        body = json.loads(answer.read())
        if answer.status != 201:
            raise click.ClickException(f"{answer.status}: {body.get('detail')}")
        return str(body["decisions"][0])

    def seen(self, a: str, b: str, same: bool) -> None:
        """Ask until the page of the pair and SPARQL both say so."""
        asked = urlencode({"query": ASK.format(a=a, b=b), "format": "json"})
        page = f"/explain?{urlencode({'a': a, 'b': b})}"
        words = "one and the same" if same else "kept apart"
        while json.loads(self.get(f"/sparql?{asked}", "*/*"))["boolean"] is not same:
            pass
        while words not in self.get(page):
            pass


@contextmanager
def served(data: Path) -> Iterator[int]:
    """`quiver serve` on a port that was free."""
    command = [Path(sys.executable).with_name("quiver"), "serve", "--data", data, "--port", "0"]
    quiet = subprocess.DEVNULL  # the log of requests
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        finally:
            process.terminate()


def told(name: str, taken: list[float]) -> str:
    """The line of figures."""
    spread = statistics.quantiles(taken, n=20, method="inclusive")
    p50, p95, worst = (
        f"{1000 * s:.0f} ms" for s in (statistics.median(taken), spread[18], max(taken))
    )
    return f"{name}: {len(taken)} times, p50 {p50}, p95 {p95}, worst {worst}"


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--count", default=20, show_default=True)
@click.option("--rhythm", "rhythms", type=float, multiple=True, default=(0.2, 0.0))
def main(data: Path, count: int, rhythms: tuple[float, ...]) -> None:
    """Decide COUNT times that a pair of the queue is one, and take each back."""
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data, copy, symlinks=True, copy_function=link_or_copy)
        for name in ("lock", "tokens.json"):
            (copy / name).unlink(missing_ok=True)
        token = Tokens(copy).new("benchmark", ["curate"])
        with served(copy) as port:
            desk = Desk(port, token)
            measure(desk, count)
            for rhythm in rhythms:
                in_a_row(desk, count, rhythm)


def measure(desk: Desk, count: int) -> None:
    """Print how long deciding and taking back take; the first of each starts processes."""
    pairs = PAIR.findall(desk.get("/review"))
    done: list[float] = []
    undone: list[float] = []
    for place in range(count + 1):
        a, b = pairs[place % len(pairs)]
        desk.get(f"/explain?{urlencode({'a': a, 'b': b})}")  # as the review has it on the screen
        time.sleep(LOOKED)
        began = time.perf_counter()
        made = desk.send({"a": a, "b": b, "verdict": "same", "reason": "to measure", "knew": []})
        desk.seen(a, b, same=True)
        done.append(time.perf_counter() - began)
        time.sleep(LOOKED)
        began = time.perf_counter()
        desk.send({"undo": made, "reason": "to measure"})
        desk.seen(a, b, same=False)
        undone.append(time.perf_counter() - began)
    click.echo(f"the first: {1000 * done[0]:.0f} ms")
    click.echo(told("decided", done[1:]))
    click.echo(told("taken back", undone[1:]))


def in_a_row(desk: Desk, count: int, rhythm: float) -> None:
    """Print how long it takes where nobody waits: from when a key is due until all is seen."""
    pairs = PAIR.findall(desk.get("/review"))[:count]
    if len(pairs) < 2:
        click.echo("the queue has too few pairs for some in a row")
        return
    time.sleep(LOOKED)
    made = paced(desk, "decided", [{"a": a, "b": b, "verdict": "same"} for a, b in pairs], rhythm)
    undoing = list(zip(pairs, made, strict=True))[::-1]
    back = [{"a": a, "b": b, "undo": one} for (a, b), one in undoing]
    paced(desk, "taken back", back, rhythm)


def paced(desk: Desk, what: str, jobs: list[dict[str, str]], rhythm: float) -> list[str]:
    """The decisions that were made, one each time a key is due."""
    taken, made, due = [], [], time.perf_counter()
    for job in jobs:
        time.sleep(max(0.0, due - time.perf_counter()))
        began = due if rhythm else time.perf_counter()
        undone = {"undo": job["undo"]} if "undo" in job else {**job, "knew": []}
        made.append(desk.send({**undone, "reason": "to measure"}))
        desk.seen(job["a"], job["b"], same="undo" not in job)
        taken.append(time.perf_counter() - began)
        due += rhythm
    click.echo(told(f"{what} every {rhythm:g} s" if rhythm else f"{what} without a pause", taken))
    return made


if __name__ == "__main__":
    main()
