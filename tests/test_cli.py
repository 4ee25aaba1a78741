"""The `quiver` command as a person meets it: by its words and exit status.

In another process where that is the point, and where it is not in this one, as to start Python and
read all modules takes longer than most commands.
"""

import os
import socket
import subprocess
import threading
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from queries.generations import Generations
from server.cli import main
from tests.conftest import QUIVER
from tests.servers import HANGS


def quiver(*words, cwd=None, **environ):
    return subprocess.run(
        [QUIVER, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10 * HANGS,
    )


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def inside(*words, cwd=".", **environ):
    """The same in this process, which knows open stores by their paths: by whole ones."""
    whole = {"QUIVER_DATA": str(Path(cwd) / "quiver-data")}
    with chdir(cwd):
        done = CliRunner().invoke(main, list(map(str, words)), env=whole | environ)
    return Done(done.exit_code, done.stdout, done.stderr)


def only_line(done):
    """The one line of an error; a traceback would be many."""
    (line,) = done.stderr.strip().splitlines()
    return line


def test_demo_says_what_it_did_and_where_to_look_first(demo):
    assert "328 loaded" in demo.printed
    assert "399 loaded" in demo.printed
    assert "declares 329 publications, lists 328" in demo.printed
    assert "declares 2 author rows" in demo.printed
    assert f"{demo.base}name/Sergey%20Levine" in demo.printed


@pytest.mark.thorough
def test_demo_again_changes_nothing(demo):
    before = quiver("info", "--data", demo.data).stdout
    done = quiver("demo", "--no-serve", "--data", demo.data)
    assert done.returncode == 0
    assert done.stdout.count("nothing changed") >= 2
    assert f"After `quiver serve --data {demo.data}`, look first at:" in done.stdout
    assert quiver("info", "--data", demo.data).stdout == before


@pytest.mark.thorough
def test_demo_graph_holds_what_was_promised(demo):
    done = quiver("check", QUIVER_DATA=str(demo.data))
    assert done.returncode == 0, done.stdout


def test_every_source_publication_is_there(demo):
    text = "SELECT (COUNT(*) AS ?n) { ?p a q:Publication }"
    done = inside("query", text, "--format", "csv", QUIVER_DATA=str(demo.data))
    assert done.stdout.split() == ["n", "727"]


def test_a_catalogue_query_by_name(demo):
    done = quiver(
        "query", "papers-with-doi", "-p", "doi=10.1109/CVPRW.2017.69", QUIVER_DATA=str(demo.data)
    )
    assert "Time-Contrastive Networks" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["co-author"], "did you mean co-authors"),
        (["co-authors", "-p", "person=Bo Flech"], "these come near: Bo Fletch"),
        (["co-authors", "-p", "person=Wei Bow"], "2 have the name 'Wei Bow'"),
        (["only-in-source", "-p", "source=twig"], "there is branch, leaf"),
        (["ASK {}", "--format", "ttl"], "cannot be had as ttl; there is json, xml, csv, tsv"),
        (["ASK {}", "--format", "doc"], "there is table, json, xml, csv, tsv, ttl"),
        (["DROP ALL"], "this is an update"),
    ],
)
def test_a_query_that_cannot_be_answered_says_what_could(small_data, words, said):
    done = inside("query", *words, QUIVER_DATA=str(small_data))
    assert done.returncode in (1, 2) and said in " ".join(done.stderr.splitlines()[-1:])


def test_names_will_do_for_addresses(small_data):
    environ = {"QUIVER_DATA": str(small_data)}
    query = ("query", "co-authors", "--format", "csv", "-p")
    by_name = inside(*query, "person=Ada B. Quill", **environ).stdout
    assert by_name.startswith("coauthor,") and "Bo Fletch" in by_name
    assert by_name == inside(*query, "person=author/ada-quill-aaaaaaaaaa33", **environ).stdout
    assert inside("query", "ASK {}", **environ).stdout == "true\n"


def test_sources_show_declared_beside_held(demo):
    lines = inside("sources", QUIVER_DATA=str(demo.data)).stdout.splitlines()
    (arrow,) = [line.split() for line in lines if line.startswith("arrow")]
    assert arrow[1:3] == ["328", "329"]


def test_the_folder_may_come_from_the_environment(demo, tmp_path):
    done = quiver("info", cwd=tmp_path, QUIVER_DATA=str(demo.data))
    assert done.returncode == 0
    assert "Generation" in done.stdout


@pytest.mark.parametrize(
    ("run", "words"),
    [(quiver, ["info"]), (inside, ["sources"]), (inside, ["query", "ASK {}"]), (quiver, ["serve"])],
)
def test_no_data_yet_names_the_command_that_makes_it(run, words, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert "quiver load" in only_line(done)


def test_a_malformed_query_gives_the_parsers_words(demo):
    done = inside("query", "SELECT * { ?s ?p }", QUIVER_DATA=str(demo.data))
    assert done.returncode == 1
    assert "1:" in only_line(done)


def test_wrong_usage_is_status_2(tmp_path):
    assert inside("load", cwd=tmp_path).returncode == 2
    assert inside("query", cwd=tmp_path).returncode == 2
    done = quiver("lod", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert "load" in done.stderr


BAD = {
    "unknown format": b"\x00\x01\x02 nothing that anybody knows",
    "empty file": b"",
    "gzip": b"\x1f\x8b\x08\x00broken",
}


@pytest.mark.parametrize("defect", BAD)
def test_a_file_that_cannot_be_read_is_one_line(defect, tmp_path):
    (tmp_path / "file.bin").write_bytes(BAD[defect])
    run = quiver if defect == "unknown format" else inside
    done = run("load", "file.bin", cwd=tmp_path)
    assert done.returncode == 1
    assert "file.bin" in only_line(done)
    assert defect in only_line(done)


def test_a_folder_and_a_missing_file_are_one_line(tmp_path):
    for name in (".", "missing.bib"):
        done = inside("load", name, cwd=tmp_path)
        assert done.returncode == 1
        only_line(done)
    assert not (tmp_path / "quiver-data" / "current").exists()


def test_a_demo_on_a_used_port_says_so_before_it_builds(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = inside("demo", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 1
    assert f"port {port} of 127.0.0.1 is in use" in only_line(done)
    assert not (tmp_path / "quiver-data").exists()


def test_a_value_left_out_is_no_record_rejected(tmp_path):
    (tmp_path / "a.bib").write_text("@misc{a, title={A}, author={B. C}, year={soon}}")
    done = inside("load", "a.bib", cwd=tmp_path)
    assert done.returncode == 0
    assert "0 rejected" in done.stdout
    assert "left out: year: not a year (1)" in done.stdout
    assert "rejected:" not in done.stdout


def test_what_is_odd_about_a_record_that_lost_nothing_is_noted(tmp_path):
    (tmp_path / "a.csv").write_text("title,authors,year\nOn A,B. C,soon\nOn D,E. F,2020,more\n")
    done = inside("load", "a.csv", cwd=tmp_path)
    assert "left out: year: not a date (1)" in done.stdout
    assert "noted: row: 4 cells where the header has 3 (1)" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["folder"], "folder is a folder: name the files in it"),
        (["a.csv", "./a.csv"], "a.csv is named twice"),
        (["-"], "give --source NAME"),
        (["-", "--source", "piped"], "nothing came through -"),
        (["pipe", "--source", "piped"], "Error: pipe: unknown format"),
        (["b.csv"], "--map COLUMN=title; there are: Titel"),
    ],
)
def test_what_cannot_be_loaded_as_it_is_given(tmp_path, words, said):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    writing = threading.Thread(target=(tmp_path / "pipe").write_text, args=["hello"], daemon=True)
    if words[0] == "pipe":
        writing.start()
    (tmp_path / "a.csv").write_text("title\nOn A\n")
    (tmp_path / "b.csv").write_text("Titel,Jahr\nOn A,2020\n")
    done = inside("load", *words, cwd=tmp_path)
    assert done.returncode in (1, 2) and said in done.stderr
    if words[0] == "pipe":
        writing.join()


def test_what_comes_through_a_pipe_is_loaded_and_loaded_again(tmp_path):
    words = ["load", "-", "--source", "piped", "--data", str(tmp_path / "data")]
    first, again = (
        CliRunner().invoke(main, words, input=b"title,year\nOn A,2020\n") for _ in range(2)
    )
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "Source piped: 1 read, 1 loaded" in first.stdout
    assert "Then: `quiver resolve`" in first.stdout and "Then" not in again.stdout
    assert "nothing changed" in again.stdout


def test_a_load_again_says_how_to_see_what_was_rejected(tmp_path):
    (tmp_path / "a.bib").write_text("@misc{a, title={A}}\n@misc{b, year={2020}}")
    assert "rejected: title: no title" in inside("load", "a.bib", cwd=tmp_path).stdout
    assert "--errors FILE" in inside("load", "a.bib", cwd=tmp_path).stdout
    done = inside("load", "a.bib", "--errors", "why.jsonl", cwd=tmp_path)
    assert "rejected: title: no title" in done.stdout
    assert "no title" in (tmp_path / "why.jsonl").read_text()


def test_a_token_is_shown_once_listed_and_revoked(tmp_path):
    text = inside("token", "new", "alice", "--scope", "write", cwd=tmp_path).stdout.strip()
    kept = (tmp_path / "quiver-data" / "tokens.json").read_text()
    assert text.startswith("quiver_")
    assert text not in kept
    assert "alice" in inside("token", "list", cwd=tmp_path).stdout
    assert inside("token", "revoke", "alice", cwd=tmp_path).returncode == 0
    assert inside("token", "list", cwd=tmp_path).stdout == ""
    assert "alice" in only_line(quiver("token", "revoke", "alice", cwd=tmp_path))


@pytest.mark.thorough
def test_a_folder_that_another_writes_to_is_said(tmp_path):
    (tmp_path / "a.bib").write_text("@misc{a, title={A title}, author={A. Uthor}}")
    with Generations(tmp_path / "quiver-data").write():
        done = quiver("load", "a.bib", "--wait", "0", cwd=tmp_path)
    assert done.returncode == 1
    assert f"process {os.getpid()}" in only_line(done)
    assert not (tmp_path / "quiver-data" / "current").exists()
    assert quiver("load", "a.bib", cwd=tmp_path).returncode == 0


def test_a_reader_that_has_had_enough_is_no_error(demo):
    words = ["query", "SELECT * { ?s ?p ?o }", "--format", "csv", "--data", demo.data]
    child = subprocess.Popen([QUIVER, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.read(100)
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    child.wait()
