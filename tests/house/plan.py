"""The plan of the house, read from the code: which room defines a name, and which uses it."""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

MODELS = Path(__file__).resolve().parents[2] / "models"


@dataclass(frozen=True)
class Extension:
    """A class of a model: what its file, in its room, adds to it."""

    room: str
    path: Path
    model: str
    has_name: bool
    node: ast.ClassDef = field(repr=False)

    @property
    def methods(self):
        """Return ``{name: node}`` of the methods."""
        nodes = (node for node in self.node.body if isinstance(node, ast.FunctionDef))
        return {node.name: node for node in nodes}

    @property
    def names(self):
        """Return the names of the methods and of the fields."""
        assigned = (node.targets[0] for node in self.node.body if isinstance(node, ast.Assign))
        found = {target.id for target in assigned if isinstance(target, ast.Name)}
        return self.methods.keys() | {name for name in found if not name.startswith("_")}


@cache
def get_rooms():
    """Return the names of the rooms, in their order."""
    plan = ast.parse((MODELS / "__init__.py").read_text(encoding="utf-8"))
    imports = (node for node in plan.body if isinstance(node, ast.ImportFrom))
    return [alias.name for node in imports for alias in node.names]


def get_paths():
    """Yield the files of all rooms with their room."""
    for room in get_rooms():
        for path in sorted((MODELS / room).glob("*.py")):
            if path.name != "__init__.py":
                yield room, path


@cache
def get_extensions():
    """Return every class of a model, in the order of the rooms."""
    return [
        extension
        for room, path in get_paths()
        for node in _parse(path).body
        if isinstance(node, ast.ClassDef) and (extension := _read_class(room, path, node))
    ]


@cache
def _parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _read_class(room, path, node):
    values = {
        item.targets[0].id: ast.literal_eval(item.value)
        for item in node.body
        if isinstance(item, ast.Assign) and item.targets[0].id in ("_name", "_inherit")
    }
    inherited = values.get("_inherit")
    model = values.get("_name") or (inherited if isinstance(inherited, str) else None)
    is_new = "_name" in values and model not in (inherited or ())
    return Extension(room, path, model, is_new, node) if model else None


@cache
def get_defining_rooms():
    """Return ``{name: {room}}`` of what the rooms define on models."""
    rooms = defaultdict(set)
    for extension in get_extensions():
        for name in extension.names:
            rooms[name].add(extension.room)
    return rooms


def get_models():
    """Return ``{model: room}`` of the models that the add-on makes."""
    return {item.model: item.room for item in get_extensions() if item.has_name}


def get_used_names(path):
    """Return ``{name: line}`` of what the code of a file reads, calls or writes on records.

    Attributes, and names in strings and their dotted paths: dependencies, domains, values.
    """
    tree = _parse(path)
    used = {node.attr: node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for part in node.value.split("."):
                if part.isidentifier():
                    used.setdefault(part, node.lineno)
    return used


def get_used_models(path):
    """Return ``{model: line}`` of the models that the code of a file asks the environment for."""
    return {
        node.slice.value: node.lineno
        for node in ast.walk(_parse(path))
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "env"
        and isinstance(node.slice, ast.Constant)
    }


def get_imported_rooms(path):
    """Return the rooms that a file imports from."""
    return {
        node.module.split(".")[0]
        for node in ast.walk(_parse(path))
        if isinstance(node, ast.ImportFrom) and node.level == 2 and node.module
    }


def calls_super(node):
    """Tell whether a method calls ``super()``."""
    return any(
        isinstance(item, ast.Call) and getattr(item.func, "id", "") == "super"
        for item in ast.walk(node)
    )
