"""Keep everything that is not source outside the checkout, in one cache directory."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from pathlib import Path

from .console import Stop, say

NAME = "service_contract"
UNUSED = 30 * 24 * 3600


def open_cache():
    """Return the cache directory, made when missing."""
    path = _choose_path().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(
            f"The cache {path} cannot be made ({error.strerror}): "
            "set SERVICE_CONTRACT_CACHE to a directory that you may write."
        ) from error
    if not os.access(path, os.W_OK):
        raise Stop(f"{path} is not writable: set SERVICE_CONTRACT_CACHE to another directory.")
    return path


def _choose_path():
    if chosen := os.environ.get("SERVICE_CONTRACT_CACHE"):
        return Path(chosen)
    if os.geteuid() == 0:
        return Path("/var/cache") / NAME
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / NAME


def digest(*parts):
    """Return a short stable name for the given texts and bytes."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:12]


@contextlib.contextmanager
def lock(cache, name):
    """Hold a lock shared by all commands that use this cache."""
    with open(cache / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  waiting for another command that holds the {name} …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def claim(cache, name, refusal):
    """Hold a lock, or stop with the given sentence when another command holds it."""
    with open(cache / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Stop(refusal) from error
        yield


@contextlib.contextmanager
def built_directory(path):
    """Yield a scratch directory that becomes `path` only when the block succeeds."""
    scratch = path.with_name(path.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
        scratch.rename(path)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def prune(directory, pattern, keep):
    """Remove the matching entries that no command used for a month; mark `keep` as used now."""
    os.utime(keep)
    limit = time.time() - UNUSED
    for entry in directory.glob(pattern):
        if entry != keep and entry.is_dir() and entry.stat().st_mtime < limit:
            shutil.rmtree(entry, ignore_errors=True)
