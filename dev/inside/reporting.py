"""Send events to the command that started this process."""

import json
import logging
import os
import signal
import threading


class Reporter:
    """Write events as lines of JSON into the pipe named by the environment."""

    def __init__(self):
        number = os.environ.pop("WORKSHOP_EVENTS", None)
        self._stream = open(int(number) if number else os.devnull, "w", encoding="utf-8")
        os.set_inheritable(self._stream.fileno(), False)
        self._lock = threading.Lock()

    def send(self, kind, **values):
        """Send one event; when nobody listens any more, end with all that was started."""
        line = json.dumps({"kind": kind, **values}, default=str)
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except BrokenPipeError:
                os.killpg(os.getpgid(0), signal.SIGKILL)


# The browser is closed while it still loads files that the finished test did not need.
NOISE = "Error received after termination: AssetsLoadingError"


class ErrorHandler(logging.Handler):
    """Report each line of a level, by default ERROR, that reaches the root logger.

    A test that expects an ERROR keeps it from the root logger (assertLogs, mute_logger).
    """

    def __init__(self, reporter, current_test=lambda: None, level=logging.ERROR):
        super().__init__(level)
        self._reporter = reporter
        self._current_test = current_test
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record):
        text = self.format(record)
        if not getattr(record, "is_test_result", False) and NOISE not in text:
            self._reporter.send("error", text=text, test=self._current_test())
