import ast
import doctest
from io import StringIO
from pathlib import Path
from types import ModuleType

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import exits, periods, sepa, sessions, terms


@tagged("post_install", "-at_install")
class TestDoctests(BaseCase):
    """Run the examples of the docstrings, one test per module."""

    def _run_doctests(self, module: ModuleType) -> None:
        output = StringIO()
        runner = doctest.DocTestRunner(verbose=False)
        for test in doctest.DocTestFinder().find(module):
            runner.run(test, out=output.write)
        self.assertTrue(runner.tries, "the module shows no example")
        self.assertFalse(runner.failures, output.getvalue())

    def test_periods(self) -> None:
        self._run_doctests(periods)

    def test_terms(self) -> None:
        self._run_doctests(terms)

    def test_exits(self) -> None:
        self._run_doctests(exits)

    def test_sessions(self) -> None:
        self._run_doctests(sessions)

    def test_sepa(self) -> None:
        self._run_doctests(sepa)


@tagged("post_install", "-at_install")
class TestPurity(BaseCase):
    """Hold the core to its promise: it imports nothing from odoo."""

    def test_no_odoo_import(self) -> None:
        for path in Path(periods.__file__).parent.glob("*.py"):
            with self.subTest(path.name):
                self.assertNotIn("odoo", _imported_roots(path))


def _imported_roots(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}
