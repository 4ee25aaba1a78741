"""A published generation as one file that can be carried away, and put back.

The file is a tar (`.tar`, `.tar.gz` or `.tar.xz` by its name): first `quiver-backup.json`, which
names every file of the generation with its size and SHA-256, then those files. A generation never
changes, so neither readers nor writers wait while it is copied.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal

from queries.errors import BadBackup
from queries.generations import Generations
from queries.writes.drafts import Draft
from queries.writes.files import read_meta, side_files, sync

MANIFEST = "quiver-backup.json"
MODES: dict[str, Literal["gz", "xz"]] = {".gz": "gz", ".tgz": "gz", ".xz": "xz"}
CHUNK = 1 << 20
TORN = (tarfile.TarError, EOFError, OSError, ValueError)  # what reading a damaged tar ends in

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: the number of its generation, its base, its files and their bytes."""

    generation: int
    base: str
    files: int
    size: int


def write(data: Path, target: Path, progress: Progress) -> Backup:
    """The current generation of `data` as the new file `target`, whole or not at all.

    FileExistsError where there is such a file; an OSError leaves nothing behind.
    """
    if target.exists():
        raise FileExistsError(17, "is there already", str(target))
    with Generations(data).open() as reader:
        files = sorted(_relative(reader.path))
        manifest = _manifest(reader.path, files, progress)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        try:
            _pack(reader.path, manifest, unfinished, target.suffix, progress)
            sync(unfinished)
            os.link(unfinished, target)  # unlike a rename, not over a file made meanwhile
            sync(target.absolute().parent)
        finally:
            unfinished.unlink(missing_ok=True)
        size = sum(entry[0] for entry in manifest["files"].values())
        return Backup(reader.number, str(reader.meta["base"]), len(files), size)


def restore(data: Path, source: Path, wait: float, progress: Progress) -> tuple[Backup, int]:
    """Publish what a backup holds as the next generation of `data`, which may be empty or new.

    Gives the backup and the number under which it is published; `rollback` takes it back. BadBackup
    where the file is none, is cut off, or does not hold what its manifest says.
    """
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restore.", dir=data) as folder:
        held = Path(folder)
        backup = _unpack(source, held, progress)
        progress("publishing", 0, None)
        with Generations(data, "quiver restore").write(wait) as draft:
            _replace(draft, held)
            return backup, draft.publish()


def _relative(path: Path) -> Iterator[str]:
    yield "meta.json"
    for file in [*side_files(path), *(path / "store").iterdir()]:
        yield str(file.relative_to(path))


def _manifest(path: Path, files: list[str], progress: Progress) -> dict[str, Any]:
    meta = read_meta(path)
    listed = {}
    for number, name in enumerate(files):
        progress("checksums", number, len(files))
        with (path / name).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        listed[name] = [(path / name).stat().st_size, digest]
    return {"generation": meta["generation"], "base": meta["base"], "files": listed}


def _pack(
    path: Path, manifest: dict[str, Any], target: Path, suffix: str, progress: Progress
) -> None:
    mode = MODES.get(suffix)
    total = sum(entry[0] for entry in manifest["files"].values())
    done = 0
    with _tar_to(target, mode) as tar:
        text = json.dumps(manifest, indent=1).encode()
        told = tarfile.TarInfo(MANIFEST)
        told.size = len(text)
        tar.addfile(told, io.BytesIO(text))
        for name, (size, _) in manifest["files"].items():
            progress("copying", done, total)
            tar.add(path / name, arcname=name, recursive=False)
            done += size


def _tar_to(target: Path, mode: Literal["gz", "xz"] | None) -> tarfile.TarFile:
    if mode == "gz":
        return tarfile.open(target, "x:gz", compresslevel=1)  # the store is compressed already
    return tarfile.open(target, "x:xz", preset=1) if mode == "xz" else tarfile.open(target, "x:")


def _unpack(source: Path, folder: Path, progress: Progress) -> Backup:
    with source.open("rb") as raw:
        try:
            with tarfile.open(fileobj=raw, mode="r|*") as tar:
                return _take_all(source, tar, folder, progress)
        except TORN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's fault, not the file's
            raise BadBackup(source, f"is no whole backup: {error}") from error


def _take_all(source: Path, tar: tarfile.TarFile, folder: Path, progress: Progress) -> Backup:
    members = iter(tar)
    first = next(members, None)
    if first is None or first.name != MANIFEST:
        raise BadBackup(source, f"is no backup of Quiver: it does not begin with {MANIFEST}")
    manifest = json.loads(_content(tar, first).read())
    wanted: dict[str, list[Any]] = dict(manifest["files"])
    total, done = sum(entry[0] for entry in wanted.values()), 0
    count = len(wanted)
    for member in members:
        size, digest = wanted.pop(member.name, (None, None))
        if size is None or not member.isreg() or not _is_plain(member.name):
            raise BadBackup(source, f"holds {member.name!r}, which its list does not")
        progress("reading", done, total)
        if _save(_content(tar, member), folder / member.name) != digest:
            raise BadBackup(source, f"{member.name} is not as it was when the backup was made")
        done += size
    if wanted:
        raise BadBackup(source, f"lacks {min(wanted)}")
    return Backup(manifest["generation"], manifest["base"], count, total)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise tarfile.TarError(f"{member.name} is no file")
    return content


def _is_plain(name: str) -> bool:
    """Whether the name stays below the folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _save(content: IO[bytes], target: Path) -> str:
    """Write the content and give its SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as out:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _replace(draft: Draft, held: Path) -> None:
    """Make all that was unpacked the draft's own, and leave out what was there before."""
    meta = read_meta(held)
    if draft.previous is not None:
        for old in side_files(draft.previous):
            draft.drop(str(old.relative_to(draft.previous)))
    draft.replace_store(held / "store")
    for file in list(side_files(held)):
        own = draft.path / file.relative_to(held)
        own.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, own)
    meta.pop("previous", None)
    draft.meta = meta
