"""Import the files of each folder of models in a random order, which must not matter."""

import ast
import importlib
import importlib.machinery
import random
import sys
from pathlib import Path


def shuffle_imports(package, seed):
    """Let the folders of a package import their files in an order that the seed decides.

    A file that defines a model comes before those that extend it, as everywhere in Odoo.
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
    """Return the names of a folder's files: first those that define a model."""
    paths = sorted(path for path in folder.glob("*.py") if path.stem != "__init__")
    random.Random(f"{seed} {folder.name}").shuffle(paths)
    return [path.stem for path in sorted(paths, key=lambda path: not defines_model(path))]


def defines_model(path):
    """Tell whether a class of the file gives a name to a model that it does not inherit."""
    tree = ast.parse(path.read_text())
    return any(_gives_name(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _gives_name(node):
    values = {
        target.id: ast.literal_eval(part.value)
        for part in node.body
        if isinstance(part, ast.Assign)
        for target in part.targets
        if isinstance(target, ast.Name) and target.id in ("_name", "_inherit")
    }
    inherited = values.get("_inherit", [])
    inherited = [inherited] if isinstance(inherited, str) else inherited
    return bool(values.get("_name")) and values["_name"] not in inherited
