"""Make virtual environments from locked, hashed requirements."""

import shutil
import sys
import venv
from pathlib import Path

from . import cache, process, system
from .console import Stop, step

LOCKS = Path(__file__).parent.parent / "locks"
MARK = "complete"


def environment(root, name, locks, search_path=()):
    """Return the Python of the environment `name`, built when its locks have changed.

    Directories of `search_path` come after the environment's own packages.
    """
    contents = [(LOCKS / lock).read_bytes() for lock in locks]
    key = cache.digest(sys.version, *contents, *search_path)
    home = root / f"{name}-{key}"
    with cache.lock(root, name):
        if not (home / MARK).exists():
            with step(f"Python packages ({name})"):
                _build(home, locks, search_path)
        cache.prune(root, f"{name}-*", keep=home)
    return home / "bin" / "python"


def _build(home, locks, search_path):
    shutil.rmtree(home, ignore_errors=True)
    _create(home)
    python = home / "bin" / "python"
    for lock in locks:
        _install(python, LOCKS / lock)
    site = next(home.glob("lib/python*/site-packages"))
    (site / "workshop.pth").write_text("".join(f"{path}\n" for path in search_path))
    (home / MARK).touch()


def _create(home):
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        system.need_package("python3-venv", "Python's venv is missing")
    try:
        venv.create(home, with_pip=True, symlinks=True)
    except Exception as error:
        raise Stop(
            f"The virtual environment cannot be made ({error}): sudo apt-get install python3-venv"
        ) from error


def _install(python, lock):
    process.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", lock],
        f"The Python packages of {lock.name} cannot be installed: check the network, try again.",
    )
