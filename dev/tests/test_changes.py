"""What changed since the main branch is told by name, or nothing is told where nobody can know."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from workshop import changes

PERSON = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]


class TestChanges(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.checkout = Path(scratch.name)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("first = 1", "README.md")
        self.commit("kept = 1")

    def git(self, *arguments):
        subprocess.run(["git", "-C", str(self.checkout), *PERSON, *arguments], check=True)

    def write(self, line, name="models/own.py"):
        path = self.checkout / name
        path.parent.mkdir(exist_ok=True)
        text = path.read_text() if path.exists() else ""
        path.write_text(f"{text}{line}\n")

    def commit(self, line, name="models/own.py"):
        self.write(line, name)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", line)

    def get_names(self):
        return changes.get_names(self.checkout)

    def test_a_branch_tells_all_of_its_own(self):
        self.git("switch", "--quiet", "--create", "topic")
        self.commit("one = 1")
        self.commit("told = 1", "README.md")
        self.write("two = 1")
        self.assertEqual(self.get_names(), {"one", "two"})

    def test_the_main_branch_tells_what_is_not_committed_or_its_last_commit(self):
        self.assertEqual(self.get_names(), {"kept"})
        self.write("two = 1")
        self.assertEqual(self.get_names(), {"two"})

    def test_files_without_history_tell_nothing(self):
        with tempfile.TemporaryDirectory() as copied:
            self.assertEqual(changes.get_names(Path(copied)), set())


if __name__ == "__main__":
    unittest.main()
