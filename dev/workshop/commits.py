"""Lay out the tree of an earlier commit in the cache; the checkout stays as it is."""

import contextlib
import shutil

from . import cache, process
from .console import Stop
from .setup import CHECKOUT

SHELF = "commits"
UNKNOWN = (
    "This checkout holds no commit {name}: correct the name, or fetch the whole history "
    "(git fetch --unshallow)."
)


def has_history(checkout=CHECKOUT):
    """Tell whether the checkout is one of git, and no mere copy of the files."""
    return (checkout / ".git").exists()


def resolve(name, checkout=CHECKOUT):
    """Return the full id of a commit; Stop when this checkout does not hold it."""
    asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    return _git(checkout, asked, UNKNOWN.format(name=name)).strip()


def merge_base(one, other, checkout=CHECKOUT):
    """Return the id of the commit at which two histories parted, "" when they have none."""
    try:
        return _git(checkout, ["merge-base", one, other], "").strip()
    except Stop:
        return ""


def diff(base, places, checkout=CHECKOUT):
    """Return what changed since a commit in some places, the files being as they are now."""
    asked = ["diff", "--unified=0", "--no-color", "--no-ext-diff", base, "--", *places]
    return _git(checkout, asked, f"{base} cannot be compared.")


def tree(root, sha, checkout=CHECKOUT):
    """Return the directory that holds the files of a commit."""
    shelf = root / SHELF
    home = shelf / sha
    shelf.mkdir(exist_ok=True)
    with cache.lock(root, SHELF):
        if not home.is_dir():
            _lay_out(home, sha, checkout)
        cache.prune(shelf, "*", keep=home)
    return home


def known(root):
    """Return the ids of the commits whose trees are there."""
    return {home.name for home in (root / SHELF).glob("*") if home.is_dir()}


def _lay_out(home, sha, checkout):
    packed = home.with_name(home.name + ".tar")
    with cache.built_directory(home) as scratch, contextlib.ExitStack() as stack:
        stack.callback(packed.unlink, missing_ok=True)
        _git(checkout, ["archive", "--output", packed, sha], f"{sha} cannot be read.")
        shutil.unpack_archive(packed, scratch)


def _git(checkout, arguments, failure):
    # Whoever owns the checkout, it is the one that this command belongs to.
    command = ["git", "-c", f"safe.directory={checkout}", "-C", checkout, *arguments]
    return process.run(command, failure)
