"""Charges are made, not written: people decide by buttons, for a reason, and it leaves a trace."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon

# Nothing of a charge may be written; these are not its own, or the database's.
FREE = set()
REFUSED = "cannot be written|given once"
NOT_ITS_OWN = {"id", "create_uid", "create_date", "write_uid", "write_date"}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestChargeLocks(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.gesture = cls.env.ref("service_contract.service_reason_waive_gesture")
        cls.order = cls.env.ref("service_contract.service_reason_hold_order")

    def make(self, state):
        """Return a charge in a state, as the workflow brings it there."""
        contract = self.create_contract(self.create_customer(state), start="2026-06-01")
        contract._generate_charges(self.day("2026-06-15"))
        charge = contract.charge_ids
        steps = {"on_hold": self.hold, "waived": self.waive}
        if state in steps:
            steps[state](charge)
        if state == "included":
            charge._settle_free()
        if state in ("invoiced", "credited"):
            invoice = self.create_run("2026-06-15").invoice_ids.filtered(
                lambda move: move.partner_id == contract.partner_id
            )
            if state == "credited":
                invoice.action_post()
                invoice._reverse_moves(cancel=True)
        self.assertEqual(charge.state, state)
        return charge

    def get_stored(self, charge):
        """Return the names of what is kept of a charge, each with the value that it has."""
        fields = charge._fields
        names = {name for name, field in fields.items() if field.store and field.column_type}
        names.add("tax_ids")
        names -= NOT_ITS_OWN
        return charge.read(sorted(names), load=False)[0]

    def get_other(self, charge, name, value):
        """Return a value that a field might take instead."""
        field = charge._fields[name]
        if field.type in ("many2one", "many2many"):
            others = self.env[field.comodel_name].with_context(active_test=False)
            other = others.search([("id", "!=", value)], limit=1).id
            return [other] if field.type == "many2many" else other
        if field.type == "selection":
            return next(key for key in field.get_values(self.env) if key != value)
        if field.type == "date":
            return "2026-07-20"
        if field.type in ("integer", "float", "monetary"):
            return (value or 0) + 0.01 if field.type != "integer" else value + 1
        if field.type == "boolean":
            return not value
        return "Other" if field.type != "json" else {"kind": "other"}

    def test_no_field_is_written_in_any_state(self):
        """The accountant, and the manager, try each of them on a charge in each state."""
        count = 0
        for state, _label in self.env["service.charge"]._fields["state"].selection:
            charge = self.make(state)
            before = self.get_stored(charge)
            self.env.flush_all()
            for user in (self.user_accountant, self.user_manager):
                for name in before.keys() - FREE - {"id"}:
                    count += 1
                    value = self.get_other(charge, name, before[name])
                    for given in (value, False):
                        with self.subTest(state=state, user=user.login, name=name):
                            with self.assertRaisesRegex(AccessError, REFUSED):
                                charge.with_user(user).write({name: given})
            self.assertEqual(self.get_stored(charge), before)
        self.assertGreater(count, 6 * 2 * 30)

    def test_other_doors(self):
        """The import, a list's row, what hangs on a contract, contexts."""
        charge = self.make("ready")
        for user in (self.user_accountant, self.user_manager):
            record = charge.with_user(user)
            loaded = record.load([".id", "price_unit"], [[str(charge.id), "0.01"]])
            self.assertFalse(loaded["ids"])
            for vals in (
                {"service_workflow": True},
                {"service_workflow": 1, "default_price_unit": 0.01},
            ):
                with self.assertRaises(AccessError):
                    record.with_context(**vals).price_unit = 0.01
            with self.assertRaises(AccessError):
                record.web_save({"price_unit": 0.01}, {"price_unit": {}})
            with self.assertRaises(AccessError):
                record.contract_id.write({"charge_ids": [(1, charge.id, {"price_unit": 0.01})]})
            with self.assertRaises(AccessError):
                record.write({"mandate_id": False})
        self.assertEqual((charge.price_unit, charge.state), (50, "ready"))

    def test_what_is_billed_stays_whoever_writes(self):
        """Invariant 1: days that were moved away would be charged, and billed, again."""
        charge = self.make("invoiced")
        for vals in ({"date_start": "2026-06-10"}, {"date_end": "2026-07-20"}, {"price_unit": 1}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "is on invoice"):
                charge.sudo().write(vals)

    # ----- Decisions -----

    def test_a_decision_has_a_reason_and_leaves_a_trace(self):
        charge = self.make("ready").with_user(self.user_accountant)
        before = charge.message_ids
        action = charge.action_waive()
        dialogs = charge.env[action["res_model"]].with_context(**action["context"])
        self.assertEqual(charge.state, "ready")
        dialog = dialogs.create({"reason_id": self.gesture.id, "note": "Line was down"})
        dialog.action_confirm()
        self.assertEqual((charge.state, charge.reason_id), ("waived", self.gesture))
        trace = charge.message_ids - before
        self.assertEqual(trace.author_id, self.user_accountant.partner_id)
        for words in ("Waived", "50.00", self.gesture.name, "Line was down"):
            self.assertIn(words, trace.body)
        self.assertIn("Waived", charge.contract_id.message_ids[0].body)
        charge.action_owe()
        self.assertEqual((charge.state, charge.reason_id.id), ("ready", False))
        self.assertIn("Owed again", charge.message_ids[0].body)

    def test_hold_and_release_leave_a_trace(self):
        charges = (self.make("ready") | self.make("ready")).with_user(self.user_accountant)
        self.hold(charges, reason_id=self.order.id)
        self.assertEqual(charges.mapped("state"), ["on_hold", "on_hold"])
        charges.action_release()
        for charge in charges:
            bodies = [message.body for message in charge.message_ids]
            self.assertIn("Released", bodies[0])
            self.assertIn(self.order.name, bodies[1])

    def test_the_last_hold_counts(self):
        """What was held until somebody releases it is held until a day; and the other way round."""
        charge = self.make("ready").with_user(self.user_accountant)
        self.hold(charge)
        self.hold(charge, hold_until="2026-06-20")
        self.assertEqual((charge.state, charge.is_held), ("on_hold", False))
        with freeze_time("2026-06-21"):
            charge.sudo()._release_holds(self.day("2026-06-21"))
            self.assertEqual(charge.state, "ready")
            self.hold(charge, hold_until="2026-06-30")
            self.hold(charge)
        self.assertEqual((charge.is_held, charge.hold_until), (True, False))

    def test_a_dialog_decides_what_it_was_opened_for(self):
        charge = self.make("ready").with_user(self.user_accountant)
        action = charge.action_hold()
        dialogs = charge.env[action["res_model"]].with_context(**action["context"])
        dialog = dialogs.create({"reason_id": self.order.id})
        other = self.make("ready")
        for vals in ({"verb": "waive"}, {"charge_ids": [(6, 0, other.ids)]}):
            with self.subTest(vals), self.assertRaises(AccessError):
                dialog.write(vals)
        billed = self.make("invoiced").with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, "is on invoice"):
            dialogs.create(
                {"charge_ids": [(6, 0, billed.ids)], "reason_id": self.order.id}
            ).action_confirm()
        for user in (self.user_sales, self.user_technician):
            with self.assertRaises(AccessError):
                dialogs.with_user(user).create({"reason_id": self.order.id}).action_confirm()

    def test_making_charges_leaves_no_message(self):
        self.assertFalse(self.make("ready").message_ids)

    def test_what_is_another_companys_is_refused_among_many(self):
        """Many records are asked at once: one among them that names another company's is found."""
        sister = self.setup_other_company(name="Sister")["company"]
        product = self.create_product("Theirs", 10.0)
        contracts = [self.create_contract(start="2026-06-01") for _number in range(3)]
        charges = (
            self.env["service.charge"]
            .sudo()
            .union(*(contract._generate_charges(self.day("2026-06-15")) for contract in contracts))
        )
        charges._check_company()
        product.company_id = sister
        self.store(charges[1], product_id=product)
        with self.assertRaisesRegex(UserError, "belongs to another company"):
            charges._check_company()
        with self.assertRaisesRegex(UserError, "belongs to another company"):
            charges._check_company(["product_id"])
        charges._check_company(["partner_id"])
