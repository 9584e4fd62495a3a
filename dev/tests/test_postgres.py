"""A server that was killed is not taken for a running one."""

import os
import tempfile
import unittest
from pathlib import Path

from workshop import postgres


class TestServerPid(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.data = Path(scratch.name).resolve()

    def test_number_of_another_process(self):
        (self.data / "postmaster.pid").write_text(f"{os.getpid()}\n{self.data}\n")
        self.assertIsNone(postgres._server_pid(self.data))

    def test_number_of_no_process(self):
        (self.data / "postmaster.pid").write_text("999999999\n")
        self.assertIsNone(postgres._server_pid(self.data))

    def test_process_on_this_data(self):
        (self.data / "postmaster.pid").write_text(f"{os.getpid()}\n")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.data)
        self.assertEqual(postgres._server_pid(self.data), os.getpid())
