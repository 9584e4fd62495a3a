"""Run other programs quietly and explain their failure."""

import contextlib
import errno
import os
import shlex
import signal
import subprocess

from .console import Stop

TAIL = 15


def run(command, failure, **options):
    """Run a program to its end and return its output; raise Stop with `failure` otherwise.

    It speaks English, whatever the user's language, because some output is read here.
    """
    command = [str(part) for part in command]
    options["env"] = {**options.get("env", os.environ), "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
    except FileNotFoundError as error:
        raise Stop(f"{failure} (the program {command[0]} is missing).") from error
    if done.returncode:
        raise _explained(failure, command, done.stdout)
    return done.stdout


def _explained(failure, command, output):
    if os.strerror(errno.ENOSPC) in output:
        failure = "The disk is full: free some space and try again."
    lines = [line for line in output.splitlines() if line.strip()]
    shown = "\n".join(f"  | {line}" for line in lines[-TAIL:])
    return Stop(failure, f"  $ {shlex.join(command)}\n{shown}")


@contextlib.contextmanager
def child(command, **options):
    """Start a program in a group of its own and end that whole group with the block."""
    started = subprocess.Popen([str(part) for part in command], start_new_session=True, **options)
    try:
        yield started
    finally:
        end_group(started)


def end_group(started, patience=10):
    """End a program and all that it started, politely first."""
    for number, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(wait)
