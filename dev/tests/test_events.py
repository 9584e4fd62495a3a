"""A command hears what its script says, and ends all that the script started."""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

from workshop import events, process

INSIDE = Path(__file__).parent.parent / "inside"
SCRIPT = f"""
import logging, sys
sys.path.insert(0, {str(INSIDE)!r})
from reporting import ErrorHandler, Reporter
reporter = Reporter()
logging.getLogger().addHandler(ErrorHandler(reporter, lambda: "test_1"))
logging.getLogger("some.part").error("broken %s", "pipe")
logging.getLogger("some.part").warning("fine")
logging.getLogger("some.part").error("of a test", extra={{"is_test_result": True}})
print("into the log")
sys.exit(7)
"""


class TestEvents(unittest.TestCase):
    def test_errors_and_exit_code(self):
        with tempfile.TemporaryDirectory() as scratch:
            log = Path(scratch) / "out" / "script.log"
            code, seen = events.follow([sys.executable, "-c", SCRIPT], log, dict(os.environ))
            self.assertIn("into the log", log.read_text())
        self.assertEqual(code, 7)
        expected = {"kind": "error", "text": "ERROR some.part: broken pipe", "test": "test_1"}
        self.assertEqual(seen, [expected])

    def test_grandchildren_end_too(self):
        shell = "sleep 30 & echo started; wait"
        with process.child(["sh", "-c", shell], stdout=-1, text=True) as running:
            running.stdout.readline()
        began = time.monotonic()
        self.assertEqual(running.stdout.read(), "")  # its end comes with the last holder's
        self.assertLess(time.monotonic() - began, 10)
        running.stdout.close()
