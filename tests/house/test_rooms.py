"""The walls of the house: what a room may know, and where a thing may stand."""

from collections import Counter, defaultdict

from lxml import etree

from odoo.modules.module import Manifest
from odoo.tests import TransactionCase, tagged

from . import plan

MAX_LINES = 500
# Names that stand for too much to be one room's.
GENERIC = {
    "count",
    "date",
    "method",
    "name",
    "note",
    "number",
    "percent",
    "refusal",
    "report",
    "state",
    "text",
}
# {(room, name it uses of a later room): why}
UPWARD = {}


@tagged("post_install", "-at_install")
class TestRooms(TransactionCase):
    maxDiff = None

    def test_a_room_uses_earlier_rooms_only(self):
        rooms = plan.get_rooms()
        others = self._get_names_of_others()
        found = {}
        for room, path in plan.get_paths():
            later = set(rooms[rooms.index(room) + 1 :])
            for name, line in plan.get_used_names(path).items():
                defining = plan.get_defining_rooms().get(name)
                if defining and defining <= later and name not in others:
                    found[room, name] = f"{path.parent.name}/{path.name}:{line} {sorted(defining)}"
        self.assertEqual({key: found[key] for key in sorted(found.keys() - UPWARD.keys())}, {})
        self.assertFalse(UPWARD.keys() - found.keys(), "these exceptions are not needed any more")

    def test_a_room_asks_for_models_of_earlier_rooms_only(self):
        rooms, models = plan.get_rooms(), plan.get_models()
        found = [
            f"{path.parent.name}/{path.name}:{line} {name}"
            for room, path in plan.get_paths()
            for name, line in plan.get_used_models(path).items()
            if rooms.index(models.get(name, room)) > rooms.index(room)
        ]
        self.assertEqual(found, [])

    def test_imports_lead_down(self):
        rooms = plan.get_rooms()
        found = [
            f"{room}/{path.name} imports from {other}"
            for room, path in plan.get_paths()
            for other in plan.get_imported_rooms(path)
            if rooms.index(other) >= rooms.index(room)
        ]
        self.assertEqual(found, [])

    def _get_names_of_others(self):
        """Return the names that other add-ons define on some model."""
        return GENERIC.union(
            *(
                base.__dict__.keys()
                for model in self.registry.values()
                for base in model.__mro__
                if getattr(base, "_module", None) != "service_contract"
            )
        )

    # ----- Inside a room -----

    def test_no_method_stands_twice_in_a_room(self):
        places = defaultdict(list)
        for item in plan.get_extensions():
            for name in item.methods:
                places[item.room, item.model, name].append(item.path.name)
        self.assertEqual({key: files for key, files in places.items() if len(files) > 1}, {})

    def test_a_later_room_adds_to_an_earlier_one(self):
        """Who defines a method again calls ``super()``: no room takes another's place."""
        seen, found = set(), []
        for item in plan.get_extensions():
            for name, node in item.methods.items():
                if (item.model, name) in seen and not plan.calls_super(node):
                    found.append(f"{item.room}/{item.path.name} {name}")
                seen.add((item.model, name))
        self.assertEqual(found, [])

    def test_a_file_is_named_after_its_model(self):
        found = [
            f"{item.room}/{item.path.name} {item.model}"
            for item in plan.get_extensions()
            if not f"{item.path.stem}_".startswith(f"{item.model.replace('.', '_')}_")
        ]
        self.assertEqual(found, [])

    def test_one_model_a_file(self):
        counts = Counter(item.path for item in plan.get_extensions())
        found = [f"{path.parent.name}/{path.name}" for path in counts if counts[path] > 1]
        self.assertEqual(found, [])

    def test_several_files_of_a_model_only_where_one_would_be_too_long(self):
        files = defaultdict(set)
        for item in plan.get_extensions():
            files[item.room, item.model].add(item.path)
        found = {
            key: sorted(path.name for path in paths)
            for key, paths in files.items()
            if len(paths) > 1 and sum(map(_count_lines, paths)) <= MAX_LINES
        }
        self.assertEqual(found, {})

    def test_files_are_short(self):
        found = [
            f"{room}/{path.name}"
            for room, path in plan.get_paths()
            if _count_lines(path) > MAX_LINES
        ]
        self.assertEqual(found, [])

    def test_the_plan_names_every_room_with_a_sentence(self):
        text = (plan.MODELS / "__init__.py").read_text(encoding="utf-8")
        folders = {path.parent.name for path in plan.MODELS.glob("*/__init__.py")}
        self.assertEqual(folders, set(plan.get_rooms()))
        for room in folders:
            with self.subTest(room):
                self.assertRegex(text, rf"(?m)^from \. import {room}  # \w.*\.$")

    def test_no_record_is_defined_twice(self):
        """The file that is loaded last would take the place of the other, without a word."""
        manifest, places = Manifest.for_addon("service_contract"), defaultdict(list)
        for name in {*manifest["data"], *manifest["demo"]}:
            path = plan.MODELS.parent / name
            for node in etree.parse(path).iter() if path.suffix == ".xml" else ():
                if node.tag in ("record", "template", "menuitem"):
                    places[node.get("id")].append(name)
        self.assertEqual({key: files for key, files in places.items() if len(files) > 1}, {})


def _count_lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())
