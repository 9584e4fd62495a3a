"""Show what a command does, and end it with one sentence when it cannot go on."""

import argparse
import contextlib
import errno
import os
import signal
import sys
import threading
import time
import traceback

ERASE = "\r\x1b[2K"
BEAT = 0.2


class Stop(Exception):
    """End the command with a sentence that says what is wrong and what to do."""

    def __init__(self, sentence, detail=""):
        super().__init__(sentence)
        self.detail = detail


def say(text=""):
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def is_live():
    """Tell whether lines may be redrawn in place."""
    return sys.stdout.isatty()


def redraw(text):
    """Replace the current line of a terminal."""
    width = _terminal_width() - 1
    sys.stdout.write(ERASE + text[:width])
    sys.stdout.flush()


def _terminal_width():
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80


@contextlib.contextmanager
def step(title):
    """Show a running step and the time it took."""
    started = time.monotonic()
    ticker = _Ticker(title, started) if is_live() else None
    if not ticker:
        say(f"  {title} …")
    outcome = Outcome()
    try:
        yield outcome
        outcome.mark = outcome.mark or "✓"
    finally:
        if ticker:
            ticker.stop()
        say(f"{outcome.mark or '✗'} {title} ({time.monotonic() - started:.1f} s)")


class Outcome:
    """What the end of a step shows; a step that raises has failed."""

    mark = ""

    def fail(self):
        """Show the step as failed although it went to its end."""
        self.mark = "✗"


class _Ticker:
    """Redraw a title with the elapsed seconds until stopped."""

    def __init__(self, title, started):
        self._title = title
        self._started = started
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stopped.wait(BEAT):
            redraw(f"  {self._title} … {time.monotonic() - self._started:.0f} s")

    def stop(self):
        self._stopped.set()
        self._thread.join()
        sys.stdout.write(ERASE)


def parser(doc):
    """Return an argument parser whose help is the doc of the command."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    return made


def run(main, options):
    """Call `main(options)` and leave with its exit code, or with one sentence."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if os.geteuid() == 0:
        os.umask(0o022)  # the account that runs PostgreSQL for root reads the cache
    try:
        sys.exit(main(options))
    except KeyboardInterrupt:
        code, sentence = 130, "Interrupted."
    except (Stop, OSError) as failure:
        if options.debug:
            traceback.print_exc()
        code, sentence = 2, _sentence(failure, options.debug or "CI" in os.environ)
    sys.stdout.flush()
    print(sentence, file=sys.stderr, flush=True)
    sys.exit(code)


def _interrupt(_signal, _frame):
    raise KeyboardInterrupt


def _sentence(failure, is_detailed):
    if isinstance(failure, Stop):
        detail = failure.detail if is_detailed else "(--debug shows the details)"
        return f"{failure}\n{detail}" if failure.detail else str(failure)
    if failure.errno == errno.ENOSPC:
        return f"The disk is full ({failure.filename or ''}): free some space and try again."
    return f"The system refused an operation: {failure}. Run again with --debug for the details."
