from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import ServiceContractCommon

NOON = datetime(2026, 3, 2, 11)


@tagged("post_install", "-at_install")
class TestLevelWithoutContract(ServiceContractCommon):
    """No technician makes a session free by a level that no contract pays for (S09)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.unlimited = cls.level.copy({"name": "Unlimited", "kind": "unlimited"})
        cls.unlimited.tariff_ids = (
            [Command.create(tariff.copy_data()[0]) for tariff in cls.level.tariff_ids]
            if not cls.unlimited.tariff_ids
            else []
        )
        cls.reason = cls.env["service.reason"].create({"name": "Goodwill", "usage": "price"})
        cls.session = cls.create_session([(NOON, 1800, "PC")], done=False)

    def test_a_technician_closes_nothing_free(self):
        session = self.session
        self.assertEqual(session.env.user, self.user_technician)
        session.level_id = self.unlimited
        with self.assertRaisesRegex(UserError, "no contract pays for it"):
            session.action_done()
        with self.assertRaises(AccessError):
            session.level_reason_id = self.reason
        with self.assertRaises(AccessError):
            self.create_session([], done=False, level_reason_id=self.reason.id)
        session.level_id = self.level
        session.action_done()
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_a_manager_says_why(self):
        session = self.session.with_user(self.user_manager)
        session.write({"level_id": self.unlimited.id, "level_reason_id": self.reason.id})
        session.action_done()
        self.assertEqual(session.billing_state, "included")
        self.assertIn("Given by us (Goodwill)", session.price_explanation)
        self.assertNotIn("Included in the contract", session.price_explanation)

    def test_nothing_is_promised_before_somebody_says_why(self):
        self.session.level_id = self.unlimited
        self.assertIn("no contract pays for it", self.session.price_explanation)
        self.assertNotIn("Included in the contract", self.session.price_explanation)

    def test_the_reason_is_of_one_level(self):
        other = self.unlimited.copy({"name": "Other", "kind": "managed"})
        managed = self.session.with_user(self.user_manager)
        managed.write({"level_id": self.unlimited.id, "level_reason_id": self.reason.id})
        self.session.level_id = other
        self.assertFalse(self.session.level_reason_id)
        with self.assertRaisesRegex(UserError, "no contract pays for it"):
            self.session.action_done()

    def test_a_manager_corrects_no_closed_session_without_a_reason(self):
        self.session.action_done()
        session = self.session.with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "no contract pays for it"):
            session.level_id = self.unlimited
        session.write({"level_id": self.unlimited.id, "level_reason_id": self.reason.id})
        self.assertEqual(session.billing_state, "included")

    def test_what_the_company_gives_to_all_needs_no_reason(self):
        self.company.service_default_level_id = self.unlimited
        session = self.create_session([(NOON, 1800, "PC 2")])
        self.assertEqual(session.billing_state, "included")

    def test_a_contracts_level_needs_no_reason(self):
        contract = self.create_contract(level_id=self.unlimited.id)
        session = self.create_session([(NOON, 1800, "PC 3")], contract_id=contract.id)
        self.assertEqual(session.level_id, self.unlimited)

    def test_the_form_asks_managers(self):
        form = Form(self.session.with_user(self.user_manager))
        form.level_id = self.unlimited
        self.assertTrue(form.is_level_reason_asked)
        with self.assertRaises(AssertionError):
            form.save()
        form.level_reason_id = self.reason
        form.save()
        self.assertFalse(Form(self.session).is_any_level_offered)

    def test_a_cancelled_visit_replaces_nothing(self):
        """Else the remote session is owed nothing, and so is the visit (S08)."""
        visit = self.create_session([], done=False, channel="on_site")
        visit._set_cancelled()
        with self.assertRaisesRegex(ValidationError, "bills nothing"):
            self.session.replaced_by_id = visit
