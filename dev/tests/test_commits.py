"""The tree of an earlier commit is laid out beside the checkout, wholly or not at all."""

import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from workshop import commits
from workshop.console import Stop

PERSON = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]


class TestCommits(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.cache = Path(scratch.name) / "cache"
        self.checkout = Path(scratch.name) / "checkout"
        self.cache.mkdir()
        self.checkout.mkdir()
        self.git("init", "--quiet")
        self.first = self.commit("first")
        self.second = self.commit("second")

    def git(self, *arguments):
        command = ["git", "-C", str(self.checkout), *PERSON, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, text):
        script = self.checkout / "script"
        script.write_text(text)
        script.chmod(0o755)
        self.git("add", "script")
        self.git("commit", "--quiet", "--message", text)
        return self.git("rev-parse", "HEAD")

    def test_any_name_of_a_commit(self):
        self.git("tag", "--annotate", "v1", "--message", "v1", self.first)
        for name in (self.first, self.first[:9], "HEAD~1", "v1"):
            self.assertEqual(commits.resolve(name, self.checkout), self.first)

    def test_unknown_commit_is_said_in_words(self):
        blob = self.git("rev-parse", "HEAD:script")
        for name in ("0123456789", "no such branch", "--all", blob):
            with self.assertRaisesRegex(Stop, f"no commit {name}.*fetch --unshallow"):
                commits.resolve(name, self.checkout)

    def test_tree_of_the_earlier_commit(self):
        (self.checkout / "script").write_text("not committed")
        home = commits.tree(self.cache, self.first, self.checkout)
        self.assertEqual((home / "script").read_text(), "first")
        self.assertTrue((home / "script").stat().st_mode & 0o100)
        self.assertEqual((self.checkout / "script").read_text(), "not committed")
        self.assertEqual(commits.known(self.cache), {self.first})
        self.assertEqual(self.git("worktree", "list").count("\n"), 0)

    def test_tree_is_laid_out_once(self):
        made = commits.tree(self.cache, self.first, self.checkout)
        (made / "out").mkdir()
        self.assertEqual(commits.tree(self.cache, self.first, self.checkout), made)
        self.assertTrue((made / "out").is_dir())

    def test_broken_off_leaves_nothing(self):
        with (
            mock.patch.object(commits.shutil, "unpack_archive", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            commits.tree(self.cache, self.first, self.checkout)
        self.assertEqual(list((self.cache / commits.SHELF).iterdir()), [])

    def test_unknown_object_leaves_nothing(self):
        with self.assertRaisesRegex(Stop, "cannot be read"):
            commits.tree(self.cache, "0" * 40, self.checkout)
        self.assertEqual(list((self.cache / commits.SHELF).iterdir()), [])
