"""What all screens have in common: sums that mean something, dates, questions, titles, colons."""

import re
from pathlib import Path

from lxml import etree

from odoo.tests import tagged

from odoo.addons.service_contract.models.common.words import format_number, say_of

from ..common import ServiceContractCommon

ROOT = Path(__file__).resolve().parents[2]
# What reads the same of an amount and of what has it.
ALIKE = {"Returned", "To Be Credited"}
RATE = re.compile(r"(^|_)(price|unit|percent|rate|coefficient|discount|value)$")
# A colon after an element or an expression: French and Polish could not put their space there.
BARE_COLON = re.compile(r"(/>|</(t|strong|span|b|field)>)\s*:")
JOINED = re.compile(r"""f["'][^"']*\}: \{""")


@tagged("post_install", "-at_install")
class TestWords(ServiceContractCommon):
    def get_own_models(self):
        return [model for name, model in self.env.items() if name.startswith("service.")]

    def test_rates_are_not_summed(self):
        """Nobody wants the sum of unit prices, percentages or index values under a group."""
        summed = [
            f"{model._name}.{name}"
            for model in self.get_own_models()
            if not model._transient
            for name, field in model._fields.items()
            if field.store and RATE.search(name) and getattr(field, "aggregator", None) == "sum"
        ]
        self.assertEqual(summed, [])

    def get_amount_labels(self):
        """Return the English labels of amounts: of the fields, and of their columns in views."""
        labels, names = set(), set()
        for model in self.get_own_models():
            for name, field in model._fields.items():
                if field.type == "monetary":
                    labels.add(field.string)
                    names.add(name)
        for _path, tree in self.get_archs():
            labels |= {
                one.get("string")
                for one in tree.iter("field")
                if one.get("name") in names | {"amount_residual"}
            }
        return labels - {None}

    def test_amounts_and_states_have_labels_of_their_own(self):
        """French has one translation of a word: “open” is no amount where it is a state."""
        words = {
            label
            for model in self.get_own_models()
            for field in model._fields.values()
            if field.type == "selection" and isinstance(field.selection, list)
            for _value, label in field.selection
        }
        for _path, tree in self.get_archs():
            words |= {one.get("string") for tag in ("filter", "button") for one in tree.iter(tag)}
        self.assertEqual(self.get_amount_labels() & words, ALIKE)

    def get_archs(self):
        """Yield the views of files in views/ and wizards/, with their path."""
        for folder in ("views", "wizards"):
            for path in sorted((ROOT / folder).rglob("*.xml")):
                yield path, etree.parse(path)

    def test_questions_are_answered_in_their_own_words(self):
        """“Cancel this contract?” is not answered by “Ok” or “Cancel”."""
        bare = [
            f"{path.name}: {button.get('name')}"
            for path, tree in self.get_archs()
            for button in tree.iter("button")
            if button.get("confirm")
            and not (button.get("confirm-label") and button.get("cancel-label"))
        ]
        self.assertEqual(bare, [])

    def test_colons_can_be_spaced(self):
        """A colon belongs to a text that is translated: French puts a space before it."""
        found = [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for folder in ("views", "wizards", "reports", "static/src")
            for path in sorted((ROOT / folder).rglob("*.xml"))
            for match in BARE_COLON.finditer(path.read_text(encoding="utf-8"))
            if "sale_order_views" not in path.name
        ]
        found += [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for folder in ("models", "wizards", "reports")
            for path in sorted((ROOT / folder).rglob("*.py"))
            for match in JOINED.finditer(path.read_text(encoding="utf-8"))
        ]
        self.assertEqual(found, [])

    def test_new_records_have_no_title(self):
        """A form shows no “/” before the record has its number."""
        numbered = [
            model
            for model in self.get_own_models()
            if not (model._abstract or model._transient)
            and model.default_get(["name"]).get("name") == "/"
        ]
        self.assertTrue(numbered)
        for model in numbered:
            tree = etree.fromstring(model.get_view(view_type="form")["arch"])
            for field in tree.xpath("//h1//field[@name='name']"):
                shown = field.xpath("ancestor-or-self::*[@invisible]")
                self.assertTrue(shown, model._name)
            self.assertNotIn(model.new({"name": "/"}).display_name, ("/", False), model._name)

    def test_dates_are_in_figures(self):
        """Lists and forms write dates as sentences do, at whatever depth the field stands."""
        for name, kind in (("service.contract", "form"), ("service.charge", "list")):
            model = self.env[name]
            tree = etree.fromstring(model.get_view(view_type=kind)["arch"])
            fields = [
                node
                for node in tree.iter("field")
                if node.get("name") in model._fields
                and model._fields[node.get("name")].type == "date"
                and not any(parent.tag == "field" for parent in node.iterancestors())
            ]
            self.assertTrue(fields)
            for node in fields:
                self.assertIn("numeric", node.get("options", ""), node.get("name"))
        partner = etree.fromstring(self.env["res.partner"].get_view(view_type="form")["arch"])
        self.assertFalse(partner.xpath("//field[contains(@options, 'numeric')]"))

    def test_numbers_are_the_readers(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.env(context={"lang": "fr_FR"})
        for number, text in ((8.5, "8,5"), (20, "20"), (100, "100"), ("2.043", "2,043")):
            self.assertEqual(format_number(french, number), text)
        self.assertEqual(format_number(self.env(context={"lang": "en_US"}), 8.5), "8.5")
        self.assertEqual(say_of(self.env, "A", "b"), "A: b")

    def test_what_is_created_has_no_gender(self):
        """The chatter does not say “Intervention créé”."""
        for name in ("service.session", "service.contract", "service.conditions"):
            self.assertEqual(self.env[name]._creation_message(), "Created", name)

    def test_hours_are_not_said_where_they_decide_nothing(self):
        """No green “Covered at any time” beside the price of work billed at any hour."""
        contract = self.create_contract(level_id=self.level.id)
        session = self.create_session([], done=False, contract_id=contract.id)
        self.level.kind = "per_intervention"
        session.invalidate_recordset(["coverage_now"])
        self.assertFalse(session.coverage_now)
