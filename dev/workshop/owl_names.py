"""Refuse names in OWL templates that nothing gives them.

A template knows the members of its component and what it sets itself; JavaScript's own ``Number``
or ``parseInt`` is `undefined` there, and breaks only when somebody touches the control.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

# What OWL itself leaves alone, but for what no template should reach: console, window, eval.
LANGUAGE = set(
    "true false null undefined NaN in instanceof new typeof void return function "
    "and or gt gte lt lte Math Array Object Date RegExp this".split()
)
COMPONENT = {"props", "env", "__comp__"}
# What the web client gives the cards of a view.
CARD = {"context", "JSON", "luxon", "record", "selection_mode", "widget", "__comp__"}
EXPRESSIONS = {
    *("t-if", "t-elif", "t-foreach", "t-key", "t-out", "t-esc", "t-value", "t-model", "t-att"),
    *("t-props", "t-tag", "t-component", "t-call-context"),
}
TEXTS = {"t-ref", "t-call", "t-slot"}
LOOP = ("", "_index", "_first", "_last", "_value")

CLASS = re.compile(r"\bclass (\w+) extends [\w.]+ \{")
MEMBER = re.compile(r"^    (?:static |async |get |set )*#?(\w+)(?=\(| = )", re.MULTILINE)
ASSIGNED = re.compile(r"\bthis\.(\w+) = |\bthis, \{ (\w+)")
TEMPLATE = re.compile(r'static template = "([\w.]+)"')
STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
LITERAL = re.compile(r"`((?:\\.|[^`\\])*)`")
INSERTED = re.compile(r"\$\{(.*?)\}")
FORMATTED = re.compile(r"\{\{(.*?)\}\}|#\{(.*?)\}")
PARAMETERS = re.compile(r"\(([^()]*)\)\s*=>|(\w+)\s*=>")
NAME = re.compile(r"[A-Za-z_$][\w$]*")


def free_names(expression: str, known: set[str]) -> list[str]:
    """Return the names of an expression that are not known, in their order.

    >>> free_names("(ev) => (this.state.id = Number(ev.target.value))", set())
    ['Number']
    >>> free_names("state.rows.map((row, index) => ({ id: row.id, index }))", {"state"})
    []
    >>> free_names("isOpen ? 'a Number' : `${other} Number`", {"isOpen"})
    ['other']
    >>> free_names("a?.b and Math.max(c, 1e3)", {"a"})
    ['c']
    """
    text = STRING.sub("''", LITERAL.sub(_inserted, expression))
    known = known | LANGUAGE | _parameters(text)
    return [
        found.group()
        for found in NAME.finditer(text)
        if found.group() not in known and not _is_part(text, found)
    ]


def _inserted(literal):
    return " + ".join(f"({name})" for name in INSERTED.findall(literal.group(1))) or "''"


def _parameters(text):
    groups = (one or other for one, other in PARAMETERS.findall(text))
    return {name for group in groups for name in NAME.findall(group)}


def _is_part(text, found):
    """Tell whether a name is a property, the key of an object or part of a number."""
    before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
    if before.endswith(".") or text[: found.start()][-1:].isdigit():
        return True
    return after.startswith(":") and before.endswith(("{", ","))


def components(source: str) -> dict[str, set[str]]:
    """Return what the components of a JavaScript file give their templates.

    >>> source = '''class Desk extends Component {
    ...     static template = "x.Desk";
    ...     setup() {
    ...         this.orm = useService("orm");
    ...     }
    ...     get hits() {
    ...         return [];
    ...     }
    ... }'''
    >>> sorted(components(source)["x.Desk"] - COMPONENT)
    ['hits', 'orm', 'setup', 'template']
    """
    starts = [found.start() for found in CLASS.finditer(source)] or [0]
    found = {}
    for start, end in zip(starts, [*starts[1:], len(source)], strict=True):
        body = source[start:end]
        if name := TEMPLATE.search(body):
            assigned = {one or other for one, other in ASSIGNED.findall(body)}
            found[name.group(1)] = COMPONENT | assigned | set(MEMBER.findall(body))
    return found


class Template:
    """One template: the names that it sets, those that it gives to others, its expressions."""

    def __init__(self, element):
        self.element = element
        self.set = {node.get("t-set") for node in element.iter() if node.get("t-set")}

    def calls(self):
        """Yield the templates that this one calls, each with the names that it sets for it."""
        for node in self.element.iter():
            if name := node.get("t-call"):
                yield name, {child.get("t-set") for child in node.iter() if child.get("t-set")}

    def problems(self, known):
        """Yield each expression that has free names, with these."""
        return self._problems(self.element, known | self.set)

    def _problems(self, node, known):
        loop = {f"{node.get('t-as')}{end}" for end in LOOP} if node.get("t-as") else set()
        scope = {node.get("t-slot-scope")} if node.get("t-slot-scope") else set()
        known = known | loop | scope
        for expression in _expressions(node):
            if names := free_names(expression, known):
                yield expression, names
        for child in node:
            yield from self._problems(child, known)


def _expressions(node):
    is_component = node.tag[:1].isupper() or node.get("t-component")
    for name, value in node.attrib.items():
        if name.startswith("t-attf-") or name in TEXTS:
            yield from (one or other for one, other in FORMATTED.findall(value))
        elif name in EXPRESSIONS or name.startswith(("t-att-", "t-on-", "t-model.")):
            yield value
        elif is_component and not name.startswith("t-") and not name.endswith(".translate"):
            yield value


def check(sources: list[str], documents: dict[str, str]) -> list[str]:
    """Return what is free in templates, in words. ``documents``: XML texts by their file's name.

    >>> check([], {"a.xml": "<templates><t t-name='x.A'><b t-if='Number(1)'/></t></templates>"})
    ['a.xml: template x.A: nothing is called Number in “Number(1)”']
    """
    given = {}
    for source in sources:
        given.update(components(source))
    templates = {
        node.get("t-name"): (name, Template(node))
        for name, document in documents.items()
        for node in ElementTree.fromstring(document).iter("t")
        if node.get("t-name")
    }
    _give_to_called(given, templates)
    return [
        problem
        for name, (file, template) in templates.items()
        for problem in _say(f"{file}: template {name}", template, given.get(name, set()))
    ]


def check_cards(documents: dict[str, str]) -> list[str]:
    """Return what is free in the cards of views, in words.

    >>> card = "<t t-name='card'><b t-if='{}'/></t>"
    >>> view = "<odoo><kanban><templates>" + card + "</templates></kanban></odoo>"
    >>> check_cards({"a.xml": view.format("record.id.raw_value")})
    []
    >>> check_cards({"a.xml": view.format("id > parseInt(1)")})
    ['a.xml: card: nothing is called id, parseInt in “id > parseInt(1)”']
    """
    return [
        problem
        for name, document in documents.items()
        for node in ElementTree.fromstring(document).iterfind(".//templates//t[@t-name]")
        for problem in _say(f"{name}: {node.get('t-name')}", Template(node), CARD)
    ]


def _say(place, template, known):
    for expression, names in template.problems(known):
        yield f"{place}: nothing is called {', '.join(names)} in “{expression}”"


def _give_to_called(given, templates):
    """A template that is called knows what its callers know, and what they set for it."""
    for _depth in range(3):
        inherited = defaultdict(set)
        for name, (_file, template) in templates.items():
            for called, names in template.calls():
                inherited[called] |= names | given.get(name, set()) | template.set
        for called, names in inherited.items():
            given[called] = given.get(called, set()) | names


def main(root: Path) -> int:
    """Check what the web client draws; say what is wrong and return 1 if something is."""
    sources = [path.read_text() for path in sorted((root / "static" / "src").rglob("*.js"))]
    problems = check(sources, _read(root, "static/src"))
    problems += check_cards({**_read(root, "views"), **_read(root, "wizards")})
    print("\n".join(problems))
    return 1 if problems else 0


def _read(root, folder):
    paths = sorted((root / folder).rglob("*.xml"))
    return {str(path.relative_to(root)): path.read_text() for path in paths}


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[2]))
