"""Where there is no browser, `test_browser.py` says so and the files built on it are left out."""

import os
import shutil
from importlib.util import find_spec

IS_REQUIRED = "browser" in os.environ.get("QUIVER_REQUIRE", "").split(",")
IS_THERE = bool(find_spec("playwright")) and bool(shutil.which("chromium"))
collect_ignore_glob = [] if IS_REQUIRED or IS_THERE else ["test_[!b]*.py"]
