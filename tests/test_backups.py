"""A generation carried away as one file, and put back as it was or not at all."""

import json
import tarfile

import pytest
from click.testing import CliRunner

from ingest.pipeline import load
from queries.errors import BadBackup
from queries.generations import Generations
from queries.writes import backups
from server.cli import main
from tests.test_rebase import ADA, DEE, beside, held, silent


def loaded(folder, paper):
    (folder / "papers.json").write_text(json.dumps(paper))
    load(folder / "data", [folder / "papers.json"])
    return folder / "data"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backups")
    return loaded(folder, ADA)


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.xz"])
def test_what_was_carried_away_is_put_back(data, tmp_path, suffix):
    file = tmp_path / f"kept{suffix}"
    made = backups.write(data, file, silent)
    held_there, number = backups.restore(tmp_path / "new", file, 1, silent)
    assert made == held_there
    assert number == 1
    assert held(tmp_path / "new") == held(data)
    assert beside(tmp_path / "new") == beside(data)


def test_a_restored_generation_can_be_taken_back(data, tmp_path):
    file = tmp_path / "kept.tar"
    backups.write(data, file, silent)
    other = loaded(tmp_path, DEE)
    before = held(other), beside(other)
    backups.restore(other, file, 1, silent)
    assert held(other) == held(data)
    assert beside(other) == beside(data)
    Generations(other).rollback()
    assert (held(other), beside(other)) == before


def test_an_existing_file_is_not_written_over(data, tmp_path):
    (tmp_path / "kept.tar").write_text("mine")
    with pytest.raises(FileExistsError):
        backups.write(data, tmp_path / "kept.tar", silent)
    assert (tmp_path / "kept.tar").read_text() == "mine"


def changed(data, file, change):
    """The backup of `data` with every member passed through `change`."""
    whole = file.with_suffix(".whole")
    backups.write(data, whole, silent)
    with tarfile.open(whole) as old, tarfile.open(file, "w") as new:
        for member in old:
            content = old.extractfile(member)
            if (member := change(member)) is not None:
                new.addfile(member, content)


def renamed(old, new):
    def rename(member):
        member.name = new if member.name == old else member.name
        return member

    return rename


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (renamed("quiver-backup.json", "other.json"), "is no backup of Quiver"),
        (renamed("counts.json", "../counts.json"), r"holds '../counts.json', which"),
        (lambda m: None if m.name == "counts.json" else m, "lacks counts.json"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused(data, tmp_path, change, said):
    changed(data, tmp_path / "bad.tar", change)
    with pytest.raises(BadBackup, match=said):
        backups.restore(tmp_path / "new", tmp_path / "bad.tar", 1, silent)
    assert Generations(tmp_path / "new").current() is None
    assert [path.name for path in (tmp_path / "new").iterdir()] == []


@pytest.mark.parametrize("part", [0.1, 0.5, 0.999])
def test_a_damaged_or_cut_file_is_refused(data, tmp_path, part):
    file = tmp_path / "kept.tar.gz"
    backups.write(data, file, silent)
    whole = bytearray(file.read_bytes())
    place = int(len(whole) * part)
    file.write_bytes(whole[:place])
    with pytest.raises(BadBackup):
        backups.restore(tmp_path / "cut", file, 1, silent)
    whole[place] ^= 0xFF
    file.write_bytes(whole)
    with pytest.raises(BadBackup):
        backups.restore(tmp_path / "damaged", file, 1, silent)


def test_a_changed_byte_is_found_without_compression_too(data, tmp_path):
    file = tmp_path / "kept.tar"
    backups.write(data, file, silent)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"Lovelace", b"Loveless"))
    with pytest.raises(BadBackup, match="is not as it was when the backup was made"):
        backups.restore(tmp_path / "new", file, 1, silent)


def test_text_is_no_backup(tmp_path):
    (tmp_path / "x.tar").write_text("no tar at all")
    with pytest.raises(BadBackup, match="is no whole backup"):
        backups.restore(tmp_path / "new", tmp_path / "x.tar", 1, silent)


def test_a_backup_is_no_archive_of_another_kind(data, tmp_path):
    done = CliRunner().invoke(main, ["backup", str(tmp_path / "kept.zip"), "--data", str(data)])
    assert done.exit_code == 2 and ".tar.gz" in done.output
    assert not (tmp_path / "kept.zip").exists()
