"""Show test results as they come from one or more processes and count them at the end."""

import time

from .console import is_live, redraw, say


class Report:
    """The tally of one run of tests."""

    def __init__(self):
        self.started_tests = set()
        self.failed = {}
        self.skipped = {}
        self.errors = []
        self.seconds = {}
        self._total = 0
        self._running = {}
        self._began = time.monotonic()

    def take(self, event, process=0):
        """Count one event of a process and show it."""
        getattr(self, "_on_" + event["kind"], lambda _event, _process: None)(event, process)

    @property
    def passed(self):
        """Return the number of tests that ran to a good end."""
        return len(self.started_tests - self.failed.keys() - self.skipped.keys())

    def expect(self, count):
        """Announce tests that will run."""
        self._total += count
        say(f"  {count} tests, starting after {self._elapsed():.1f} s")

    def break_off(self, process, name, reason):
        """Count as failed what ran of a class in a process that ended too early."""
        running = self._running.pop(process, None) or _Running(name)
        running.is_failed = True
        text = f"Its process ended while {running.name} ran: {reason}"
        self._fail(running.test or running.name, running.test or running.name, text)
        self._show_class(running, time.monotonic() - running.began)

    def close(self):
        """Show the skipped tests, the unexpected log lines and the time that all took."""
        for test, reason in self.skipped.items():
            say(f"skipped {test}: {reason}")
        for error in self.errors:
            where = f" (during {error['test']})" if error.get("test") else ""
            say(f"unexpected in the log{where}: {error['text']}")
        minutes, seconds = divmod(round(self._elapsed()), 60)
        say(f"  {len(self.seconds)} classes in {minutes} min {seconds:02} s")

    def _on_begin(self, event, process):
        self._running[process] = _Running(event["test_class"])

    def _on_start(self, event, process):
        running = self._running[process]
        running.test = event["test"]
        running.tests += 1
        self.started_tests.add(event["test"])
        if is_live():
            count = f"{len(self.started_tests)}/{self._total}"
            redraw(f"  {count}  {event['test']}  {self._elapsed():.0f} s")

    def _on_stop(self, _event, process):
        self._running[process].test = None

    def _on_fail(self, event, process):
        if running := self._running.get(process):
            running.is_failed = True
        self._fail(event["test"], event["what"], event["text"])

    def _on_skip(self, event, _process):
        self.skipped[event["test"]] = event["reason"]

    def _on_error(self, event, _process):
        if event not in self.errors:
            self.errors.append(event)

    def _on_end(self, event, process):
        running = self._running.pop(process)
        self.seconds[running.name] = event["seconds"]
        self._show_class(running, event["seconds"])

    def _fail(self, test, what, text):
        self.failed.setdefault(test, text)
        if is_live():
            redraw("")
        say(f"✗ {what}\n{_indented(text)}")

    def _show_class(self, running, seconds):
        if is_live():
            redraw("")
        mark = "✗" if running.is_failed else "✓"
        say(f"{mark} {running.name}: {running.tests} tests ({seconds:.1f} s)")

    def _elapsed(self):
        return time.monotonic() - self._began


class _Running:
    """The class that runs in one process."""

    def __init__(self, name):
        self.name = name
        self.test = None
        self.tests = 0
        self.is_failed = False
        self.began = time.monotonic()


def _indented(text):
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines())
