"""The hooks before a commit run what ./dev/lint runs."""

import re
import unittest
from unittest import mock

from workshop import lint, node_env, python_env, setup
from workshop.console import Stop


class TestLint(unittest.TestCase):
    def setUp(self):
        missing = setup.CHECKOUT / "nowhere"
        with (
            mock.patch.object(python_env, "environment", lambda *_args: missing),
            mock.patch.object(node_env, "environment", lambda *_args: missing),
            mock.patch.object(setup, "link", lambda _root: setup.CHECKOUT),
            mock.patch.object(setup, "ADDON", "."),
        ):
            self.linters = lint.all_linters(None, fix=False)

    def test_each_linter_has_its_hook(self):
        config = (setup.CHECKOUT / ".pre-commit-config.yaml").read_text()
        hooks = re.findall(r"- id: (\S+)\n\s+name: (.+)\n\s+entry: \./dev/lint (\S+)\n", config)
        self.assertEqual(
            hooks, [(linter.word, linter.name, linter.word) for linter in self.linters]
        )
        self.assertEqual(config.count("- id:"), len(hooks))

    def test_chosen_linters(self):
        chosen = lint.choose(self.linters, ["prettier", "ruff-check"])
        self.assertEqual([linter.name for linter in chosen], ["prettier", "ruff check"])
        self.assertEqual(lint.choose(self.linters, []), self.linters)

    def test_unknown_linter_is_said_in_words(self):
        with self.assertRaisesRegex(
            Stop, "no linter flake8: choose one of ruff-format, ruff-check"
        ):
            lint.choose(self.linters, ["flake8"])
