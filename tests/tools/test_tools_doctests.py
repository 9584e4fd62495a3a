import ast
import doctest
import importlib
import pkgutil
from graphlib import TopologicalSorter
from io import StringIO
from pathlib import Path
from types import ModuleType

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract import tools

MODULES = sorted(module.name for module in pkgutil.iter_modules(tools.__path__))


@tagged("post_install", "-at_install")
class TestDoctests(BaseCase):
    """Run the examples of the docstrings of every module."""

    def test_examples(self) -> None:
        for name in MODULES:
            with self.subTest(name):
                self._run_doctests(importlib.import_module(f"{tools.__name__}.{name}"))

    def _run_doctests(self, module: ModuleType) -> None:
        output = StringIO()
        runner = doctest.DocTestRunner(verbose=False)
        for test in doctest.DocTestFinder().find(module):
            runner.run(test, out=output.write)
        self.assertTrue(runner.tries, "the module shows no example")
        self.assertFalse(runner.failures, output.getvalue())


@tagged("post_install", "-at_install")
class TestHouse(BaseCase):
    """Hold the core to its promises: nothing from odoo, no circle, each room named."""

    def test_no_odoo_import(self) -> None:
        for path in Path(tools.__file__).parent.glob("*.py"):
            with self.subTest(path.name):
                self.assertNotIn("odoo", _imported_roots(path))

    def test_no_circles(self) -> None:
        imported = {
            path.stem: _imported_modules(path) for path in Path(tools.__file__).parent.glob("*.py")
        }
        TopologicalSorter(imported).prepare()

    def test_each_module_is_named(self) -> None:
        for name in MODULES:
            with self.subTest(name):
                self.assertIn(f"``{name}``", tools.__doc__ or "")


def _imported_modules(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    inside = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]
    return {node.module or alias.name for node in inside for alias in node.names}


def _imported_roots(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}
