"""Follow a script that runs inside Odoo: it sends events as lines of JSON through a pipe."""

import contextlib
import json
import os
import subprocess

from . import process


@contextlib.contextmanager
def listen(command, log, environment, stdin=subprocess.DEVNULL, is_talking=False):
    """Run a script beside the block, its log in the file `log`; yield it and its events.

    What a talking script prints is shown; otherwise it goes to the log too.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    with (
        open(log, "wb") as output,
        process.child(
            command,
            stdin=stdin,
            stdout=None if is_talking else output,
            stderr=output,
            pass_fds=[writer],
            env={**environment, "WORKSHOP_EVENTS": str(writer)},
            cwd=log.parent,
        ) as running,
    ):
        os.close(writer)
        try:
            yield running, _read(reader)
        finally:
            _close(running.stdin)


def _close(stdin):
    with contextlib.suppress(BrokenPipeError):
        if stdin:
            stdin.close()


def _read(reader):
    with open(reader, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def stream(command, log, environment, is_talking=False):
    """Run a script; yield its events, then its exit code."""
    with listen(command, log, environment, is_talking=is_talking) as (running, seen):
        yield from seen
        yield {"kind": "exit", "code": running.wait()}


def follow(command, log, environment):
    """Run a script to its end; return its exit code and its events."""
    seen = list(stream(command, log, environment))
    return seen[-1]["code"], seen[:-1]
