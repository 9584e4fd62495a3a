"""Which fields of a record the screens offer a user to edit: what the sweep holds writes against.

Read from the views as ``odoo.tests.Form`` opens them for that user: groups, ``readonly``,
``invisible`` and rights are applied by Odoo; nothing here knows of a lock.
"""

import ast
import logging
from collections import defaultdict

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form
from odoo.tests.form import Dotter, UpdateDict
from odoo.tools.safe_eval import safe_eval

_logger = logging.getLogger(__name__)

# Widgets that write although the rest of a list or a card is not being edited.
INLINE = {
    "boolean_favorite",
    "boolean_toggle",
    "color",
    "handle",
    "kanban_color_picker",
    "many2one_avatar_user",
    "priority",
    "state_selection",
}
# Widgets that show a value and take none.
SHOWING = {"badge", "label_selection", "progressbar", "statinfo", "list_activity"}
KINDS = ("form", "list", "kanban", "calendar")
OFF = ("0", "false", "False")


class View(Form):
    """A view of any kind with the values of a record, opened as a form is."""

    def __init__(self, record, view_id, kind):
        if kind == "form":
            super().__init__(record, view_id)
            return
        views = record.get_views([(view_id, kind)])
        tree = etree.fromstring(views["views"][kind]["arch"])
        for heading in list(tree.iter("groupby")):  # its fields are of another model
            heading.clear()
        vars(self).update(_record=record, _env=record.env, _models_info=views["models"])
        vars(self).update(_view=self._process_view(tree, record), _values=UpdateDict())
        self._init_from_record()

    def get_offered(self, kind):
        """Return the names of the fields that may be edited on the record itself."""
        return find_editable(
            self._view["tree"], self._view["fields"], self._get_eval_context(), kind
        )

    def _is_closed_list(self, name):
        """Tell whether a list within neither edits its lines nor opens them."""
        lists = self._view["tree"].xpath(f".//field[@name='{name}']/list")
        return bool(lists) and all(
            each.get("edit") in OFF or (each.get("no_open") and not each.get("editable"))
            for each in lists
        )

    def get_offered_line(self, name, record):
        """Return the same of a line that the view edits in its own field."""
        subview = self._view["fields"][name]["edition_view"]
        lines = self._values[name]
        if record.id not in lines or self._is_closed_list(name):
            return set()
        values = {
            **self._get_eval_context(lines.get_vals(record.id)),
            "id": record.id,
            "parent": Dotter(self._get_eval_context()),
        }
        tree = subview["tree"]
        return find_editable(tree, subview["fields"], values, tree.tag)


def find_editable(tree, infos, values, kind):
    """Return the names of the fields of a view that a user can change, given its values.

    Also of what only other fields hide which the same view lets the user change first.
    """
    if tree.get("edit") in OFF:
        return set()
    if kind == "calendar":
        return _find_dragged(tree, infos)
    nodes = _find_nodes(tree, kind)
    found, before = set(), None
    while found != before:
        before = set(found)
        for node in nodes:
            if _is_offered(node, tree, infos.get(node.get("name")) or {}, values, before):
                found |= {node.get("name"), *_get_ends(node)}
    if kind == "kanban" and tree.get("records_draggable") not in OFF:
        grouped = tree.get("default_group_by")
        found |= {grouped} if grouped and not (infos.get(grouped) or {}).get("readonly") else set()
    return found


def _find_dragged(tree, infos):
    """Return the dates that dragging a record in a calendar changes."""
    names = {tree.get("date_start"), tree.get("date_stop")} - {None}
    start = infos.get(tree.get("date_start")) or {}
    return set() if start.get("readonly") else names


def _find_nodes(tree, kind):
    """Return the fields' nodes of a view itself, not of views within, that could be edited."""
    level = tree.xpath("count(ancestor::field)")
    nodes = tree.xpath(f".//field[count(ancestor::field) = {level}]")
    is_row = kind == "list" and not (tree.get("editable") or tree.get("multi_edit"))
    if is_row or kind == "kanban":
        nodes = [node for node in nodes if node.get("widget") in INLINE]
    return [node for node in nodes if not _is_showing(node)]


def _is_offered(node, tree, info, values, changeable):
    readonly = node.get("readonly") or str(bool(info.get("readonly")))
    conditions = [readonly, node.get("column_invisible"), node.get("invisible")]
    while node is not tree:
        node = node.getparent()
        conditions.append(node.get("invisible"))
    return not any(_holds(condition, values, changeable) for condition in conditions)


def _holds(condition, values, changeable):
    """Tell whether a condition holds that the user cannot change."""
    if not _evaluate(condition, values):
        return False
    names = {node.id for node in ast.walk(ast.parse(condition)) if isinstance(node, ast.Name)}
    return not names or not names <= changeable


def _is_showing(node):
    widget = node.get("widget")
    options = _get_options(node)
    if widget == "statusbar":
        return not options.get("clickable")
    return widget in SHOWING and not options.get("editable")


def _get_ends(node):
    """Return the other field of a range of dates, which one widget edits."""
    if node.get("widget") != "daterange":
        return ()
    options = _get_options(node)
    return [options[key] for key in ("start_date_field", "end_date_field") if key in options]


def _get_options(node):
    return safe_eval(node.get("options") or "{}", {"true": True, "false": False})


def _evaluate(expression, values):
    if not expression or expression in ("False", "0"):
        return False
    return expression in ("True", "1") or bool(safe_eval(expression, values))


class Offers:
    """What the views offer to users, each view read once for a user and a record."""

    def __init__(self, env, own_names):
        self.env = env
        self.own_names = own_names
        self._names = {}
        self._views = {}
        self._opened = {}
        self._parents = self._find_parents()

    def _find_parents(self):
        """Return ``{model of a line: [(parent model, its field, the line's field)]}``."""
        parents = defaultdict(list)
        for model in self.env.registry.values():
            if model._abstract or model._transient:
                continue
            for field in model._fields.values():
                if field.type == "one2many" and field.inverse_name and not field.inherited:
                    parents[field.comodel_name].append(
                        (model._name, field.name, field.inverse_name)
                    )
        return parents

    def forget(self):
        self._opened.clear()

    def get(self, record):
        """Return ``{field: where}`` of what the user of a record may edit on it."""
        if not record.has_access("write"):
            return {}
        found = {}
        for view in self._get_views(record):
            if opened := self._open(record, view):
                for name in opened.get_offered(view.type):
                    found.setdefault(name, view.xml_id)
            if view.type == "list" and "active" in record._fields:
                found.setdefault("active", "Archive")
        for model, name, inverse in self._parents[record._name]:
            for field, where in self._get_from_parent(record, model, name, inverse).items():
                found.setdefault(field, where)
        return found

    def _get_from_parent(self, record, model, name, inverse):
        parent = record.sudo()[inverse].with_env(record.env)
        if not parent or parent._name != model or not parent.has_access("write"):
            return {}
        found = {}
        for view in self._get_views(parent):
            if view.type != "form" or not self._shows(view, name):
                continue
            opened = self._open(parent, view)
            if opened and name in opened.get_offered("form"):
                for field in opened.get_offered_line(name, record):
                    found.setdefault(field, f"{view.xml_id}/{name}")
        return found

    def _get_views(self, record):
        """Return the views of a record's model that the user may get, ours or extended by us."""
        key = record._name, record.env.uid
        if key not in self._views:
            views = (
                self.env["ir.ui.view"]
                .sudo()
                .search(
                    [("model", "=", record._name), ("mode", "=", "primary"), ("type", "in", KINDS)]
                )
            )
            groups = record.env.user.all_group_ids
            self._views[key] = [
                view
                for view in views
                if (not view.group_ids or view.group_ids & groups) and self._is_ours(view)
            ]
        return self._views[key]

    def _is_ours(self, view):
        """Tell whether a view shows a field that the add-on made."""
        return not self.own_names.isdisjoint(self._get_names(view))

    def _get_names(self, view):
        if view.id not in self._names:
            arch = etree.fromstring(view.get_combined_arch())
            self._names[view.id] = frozenset(arch.xpath("//field/@name"))
        return self._names[view.id]

    def _shows(self, view, name):
        return name in self._get_names(view)

    def _open(self, record, view):
        key = record, record.env.uid, view.id
        if key not in self._opened:
            try:
                self._opened[key] = View(record, view.id, view.type)
            except AccessError as error:
                _logger.info("%s cannot open %s: %s", record.env.user.login, view.xml_id, error)
                self._opened[key] = None
        return self._opened[key]
