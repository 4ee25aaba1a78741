"""The third-party scripts of the pages: by lock file, with licences, and never in the way."""

import json
import os
import subprocess

import pytest
from hatchling.bridge.app import Application

from server.assets import hook


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Another folder for what is built, and a registry that nobody answers at."""
    monkeypatch.setattr(hook, "VENDOR", tmp_path / "static" / "vendor")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.delenv("QUIVER_REQUIRE_ASSETS", raising=False)


class Complaints(Application):
    """hatchling's own way to tell people, remembered."""

    def __init__(self):
        super().__init__()
        self.told = []

    def display_warning(self, message="", **_):
        self.told.append(message)


def building(app):
    return hook.AssetsHook(".", {}, None, None, "", "wheel", app)


def test_the_lock_names_versions_and_digests_but_no_address():
    text = (hook.HERE / "package-lock.json").read_text()
    packages = {name: held for name, held in json.loads(text)["packages"].items() if name}
    assert all(held["version"] and held["integrity"] for held in packages.values())
    assert "resolved" not in text
    assert "http" not in text


def test_without_the_registry_a_build_warns_and_goes_on(elsewhere):
    app = Complaints()
    building(app).initialize("standard", {})
    assert len(app.told) == 1
    assert "do without" in app.told[0]
    assert not hook.is_built()


def test_where_scripts_are_required_their_want_fails_the_build(elsewhere, monkeypatch):
    monkeypatch.setenv("QUIVER_REQUIRE_ASSETS", "1")
    with pytest.raises((OSError, ImportError, subprocess.SubprocessError)):
        building(Complaints()).initialize("standard", {})


def test_what_was_built_from_this_lock_is_not_built_again(elsewhere):
    hook.VENDOR.mkdir(parents=True)
    for name in hook.FILES.values():
        (hook.VENDOR / name).write_text("script")
    (hook.VENDOR / hook.MARK).write_text(json.dumps({"lock": hook.wanted()}))
    app = Complaints()
    building(app).initialize("standard", {})  # the registry would not have answered
    assert app.told == []
    (hook.VENDOR / hook.MARK).write_text(json.dumps({"lock": "another"}))
    assert not hook.is_built()


def test_no_script_of_a_package_runs_and_the_registry_is_waited_for_shortly(
    elsewhere, monkeypatch, tmp_path
):
    npm, told = tmp_path / "npm", tmp_path / "told"
    npm.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo 11.2.0 && exit\necho "$@" > {told}\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    building(Complaints()).initialize("standard", {})  # it warns: nothing was installed
    words = told.read_text().split()
    assert words[0] == "ci"
    assert {"--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=15000"} <= {*words}


def test_a_script_that_is_missing_is_built_again(elsewhere):
    hook.VENDOR.mkdir(parents=True)
    (hook.VENDOR / hook.MARK).write_text(json.dumps({"lock": hook.wanted()}))
    for name in hook.FILES.values():
        assert not hook.is_built()
        (hook.VENDOR / name).write_text("script")
    assert hook.is_built()


@pytest.mark.parametrize(("version", "brought"), [("11.2.0", 0), ("6.14.1", 1), ("", 1)])
def test_nodejs_is_brought_along_where_the_machine_has_no_npm_that_will_do(
    elsewhere, monkeypatch, tmp_path, version, brought
):
    if version:
        npm = tmp_path / "npm"
        npm.write_text(f"#!/bin/sh\necho {version}\n")
        npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert len(building(Complaints()).dependencies()) == brought


def test_what_is_built_has_its_licences():
    if not hook.is_built() and os.environ.get("QUIVER_REQUIRE_ASSETS") != "1":
        pytest.skip("the scripts were not built in here")
    text = (hook.VENDOR / "LICENSES.txt").read_text()
    for source in hook.FILES:
        name = "/".join(source.split("/")[: 2 if source.startswith("@") else 1])
        assert f"{name} " in text
    assert "Permission is hereby granted" in text
