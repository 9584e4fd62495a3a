"""Import the files of each folder of models in a random order, which must not matter."""

import ast
import importlib
import importlib.machinery
import random
import sys
from pathlib import Path


def shuffle_imports(package, seed):
    """Let the folders of a package import their files in an order that the seed decides.

    A file that defines a model comes before those that inherit it, as everywhere in Odoo.
    """
    sys.meta_path.insert(0, _Finder(package, seed))


class _Finder:
    def __init__(self, package, seed):
        self._package = package
        self._seed = seed

    def find_spec(self, name, path=None, _target=None):
        if name.rpartition(".")[0] != self._package:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.submodule_search_locations:
            files = list_shuffled(Path(spec.origin).parent, self._seed)
            spec.loader = _Loader(spec.loader, files)
        return spec


class _Loader:
    """Import the files of a folder before the folder's own list does."""

    def __init__(self, loader, files):
        self._loader = loader
        self._files = files

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        for name in self._files:
            importlib.import_module(f"{module.__name__}.{name}")
        self._loader.exec_module(module)


def list_shuffled(folder, seed):
    """Return the names of a folder's files, each after those that define what it inherits."""
    paths = sorted(path for path in folder.glob("*.py") if path.stem != "__init__")
    random.Random(f"{seed} {folder.name}").shuffle(paths)
    waiting = {path.stem: read_models(path) for path in paths}
    ordered = []
    while waiting:
        ordered.append(next(filter(lambda name: _is_free(name, waiting), waiting)))
        del waiting[ordered[-1]]
    return ordered


def _is_free(name, waiting):
    _defined, inherited = waiting[name]
    others = (models for other, (models, _) in waiting.items() if other != name)
    return inherited.isdisjoint(set().union(*others))


def read_models(path):
    """Return the names of the models that a file defines, and of those that it inherits."""
    defined, inherited = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            name, parents = _read_class(node)
            inherited |= parents
            defined |= {name} - parents - {None}
    return defined, inherited


def _read_class(node):
    values = {
        target.id: ast.literal_eval(part.value)
        for part in node.body
        if isinstance(part, ast.Assign)
        for target in part.targets
        if isinstance(target, ast.Name) and target.id in ("_name", "_inherit")
    }
    parents = values.get("_inherit") or []
    return values.get("_name"), {parents} if isinstance(parents, str) else set(parents)
