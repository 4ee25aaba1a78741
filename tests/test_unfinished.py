"""What is not whole yet: no name, no trace."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from queries.writes import unfinished
from queries.writes.unfinished import scratch_folder, whole_file

WRITES = """
import sys, time
from pathlib import Path
from queries.writes.unfinished import whole_file
with whole_file(Path(sys.argv[1])) as file:
    file.write("half")
    file.flush()
    print("begun", flush=True)
    time.sleep(60)
"""

ENDS = """
import signal, time
from server.cli import _told_to_end
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
with _told_to_end():
    try:
        print("begun", flush=True)
        time.sleep(60)
    finally:
        print("cleaned", flush=True)
"""


@pytest.mark.parametrize("nameless", [True, False], ids=["nameless", "named"])
def test_a_file_is_there_when_it_is_whole(tmp_path, monkeypatch, nameless):
    if not nameless:
        monkeypatch.setattr(unfinished, "_nameless", lambda folder: None)
    path = tmp_path / "list.bib"
    for text, before in (("one\n", []), ("another\r\n", [path])):
        with whole_file(path) as file:
            file.write(text)
            file.flush()
            assert not before or path.read_bytes() == b"one\n"
            assert nameless is (list(tmp_path.iterdir()) == before)
        assert path.read_bytes() == text.encode()
    with pytest.raises(ValueError, match="enough"), whole_file(path) as file:
        file.write("half")
        raise ValueError("enough")
    assert path.read_bytes() == b"another\r\n"
    assert [one.name for one in tmp_path.iterdir()] == ["list.bib"]


def test_a_killed_process_leaves_nothing(tmp_path):
    path = tmp_path / "list.bib"
    child = subprocess.Popen([sys.executable, "-c", WRITES, str(path)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"begun\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not list(tmp_path.iterdir())


def test_a_link_stays_and_a_pipe_is_written_to(tmp_path):
    (tmp_path / "there").mkdir()
    path = tmp_path / "link"
    path.symlink_to(tmp_path / "there" / "list.bib")
    with whole_file(path) as file:
        file.write("one")
    assert path.is_symlink()
    assert [one.name for one in (tmp_path / "there").iterdir()] == ["list.bib"]
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as end, whole_file(Path(f"/proc/self/fd/{writing}")) as file:
        file.write("two")
        file.flush()
        os.close(writing)
        assert end.read(3) == b"two"


def test_a_folder_that_nobody_holds_is_removed_and_one_that_is_held_stays(tmp_path):
    left, other = tmp_path / "link.tmp-left", tmp_path / "data"
    for folder in (left, other):
        folder.mkdir()
        (folder / "file").write_text("")
    with scratch_folder(tmp_path, "link.tmp-") as one:
        assert sorted(tmp_path.iterdir()) == sorted([one, other])
        with scratch_folder(tmp_path, "link.tmp-") as two:
            assert sorted(tmp_path.iterdir()) == sorted([one, two, other])
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_command_that_is_told_to_end_cleans_up(told):
    with subprocess.Popen([sys.executable, "-c", ENDS], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"begun\n"
        child.send_signal(told)
        assert child.stdout.read() == b"cleaned\n"
        assert child.wait() == 128 + told
