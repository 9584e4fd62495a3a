"""Show test results as they come and count them at the end."""

import time

from .console import is_live, redraw, say


class Report:
    """The tally of one run of tests."""

    def __init__(self):
        self.started_tests = set()
        self.failed = {}
        self.skipped = {}
        self.errors = []
        self._total = 0
        self._class = None
        self._class_started = 0.0
        self._class_tests = 0
        self._began = time.monotonic()

    def take(self, event):
        """Count one event and show it."""
        getattr(self, "_on_" + event["kind"], lambda _event: None)(event)

    @property
    def passed(self):
        """Return the number of tests that ran to a good end."""
        return len(self.started_tests - self.failed.keys() - self.skipped.keys())

    def close(self):
        """Show the last class, the skipped tests and the unexpected log lines."""
        self._end_class()
        for test, reason in self.skipped.items():
            say(f"skipped {test}: {reason}")
        for error in self.errors:
            where = f" (during {error['test']})" if error.get("test") else ""
            say(f"unexpected in the log{where}: {error['text']}")

    def _on_suite(self, event):
        self._total = event["count"]
        say(f"  {self._total} tests, starting after {self._elapsed():.1f} s")

    def _on_start(self, event):
        if event["test_class"] != self._class:
            self._end_class()
            self._class, self._class_started = event["test_class"], time.monotonic()
            self._class_tests = 0
        self._class_tests += 1
        self.started_tests.add(event["test"])
        if is_live():
            count = f"{len(self.started_tests)}/{self._total}"
            redraw(f"  {count}  {event['test']}  {self._elapsed():.0f} s")

    def _on_fail(self, event):
        self.failed.setdefault(event["test"], event["text"])
        if is_live():
            redraw("")
        say(f"✗ {event['what']}\n{_indented(event['text'])}")

    def _on_skip(self, event):
        self.skipped[event["test"]] = event["reason"]

    def _on_error(self, event):
        self.errors.append(event)

    def _end_class(self):
        if not self._class:
            return
        start = self._class + "."
        failures = sum(test.startswith(start) for test in self.failed)
        if is_live():
            redraw("")
        taken = time.monotonic() - self._class_started
        mark = "✗" if failures else "✓"
        say(f"{mark} {self._class}: {self._class_tests} tests ({taken:.1f} s)")
        self._class = None

    def _elapsed(self):
        return time.monotonic() - self._began


def _indented(text):
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines())
