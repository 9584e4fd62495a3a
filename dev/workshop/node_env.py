"""Install the locked JavaScript tools into the cache."""

import shutil

from . import cache, process, system
from .console import step
from .python_env import LOCKS

FILES = ("package.json", "package-lock.json")


def environment(root):
    """Return the directory that holds `node_modules`, made when its lock has changed."""
    home = root / f"node-{cache.digest(*((LOCKS / name).read_bytes() for name in FILES))}"
    with cache.lock(root, "node"):
        if not home.is_dir():
            if not shutil.which("npm"):
                system.need_package("npm", "npm is missing")
            with step("JavaScript tools"):
                _build(home)
        cache.prune(root, "node-*", keep=home)
    return home


def _build(home):
    with cache.built_directory(home) as scratch:
        for name in FILES:
            shutil.copy(LOCKS / name, scratch)
        process.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
            "The JavaScript tools cannot be installed: check the network, try again.",
            cwd=scratch,
        )
