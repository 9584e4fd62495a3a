"""Duplicates are merged by SQL: mandates and their accounts go on as they were signed."""

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import IBANS
from .test_mandate_life import MandateCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestMandateMerge(MandateCommon):
    def setUp(self):
        super().setUp()
        self.kept = self.create_customer("Payer Ltd")
        self.contract = self.create_debited_contract()

    @mute_logger("odoo.addons.base.wizard.base_partner_merge")
    def merge(self, kept=None, gone=None):
        kept, gone = kept or self.kept, gone or self.payer
        self.env.flush_all()
        wizards = self.env["base.partner.merge.automatic.wizard"]
        wizards._merge([kept.id, gone.id], kept)
        self.env.invalidate_all()

    def assertAlive(self, holder=None):
        mandate = self.mandate
        self.assertEqual(mandate.state, "valid")
        self.assertEqual(mandate.partner_id, holder or self.kept)
        self.assertEqual(mandate.partner_bank_id.partner_id, holder or self.kept)
        self.assertTrue(mandate.partner_bank_id.active)
        self.assertEqual(self.contract.mandate_id, mandate)
        self.assertFalse(mandate._get_account_trouble())
        self.assertFalse(self.get_matters(self.contract))

    def test_mandate_and_account_move(self):
        self.merge()
        self.assertAlive()
        self.assertIn("Payer was merged with Payer Ltd", self.mandate.message_ids[:1].body)
        self.assertEqual(self.kept.valid_mandate_id, self.mandate)
        order = self.collect(self.bill())
        self.assertEqual(order.payment_line_ids.partner_id, self.kept)

    def test_both_have_the_number(self):
        self.env["res.partner.bank"].create({"acc_number": IBANS[0], "partner_id": self.kept.id})
        self.merge()
        self.assertAlive()
        self.assertEqual(len(self.kept.bank_ids), 1)

    def test_the_one_that_stays_has_archived_the_number(self):
        """Odoo alone fails: the number would stand with the contact twice."""
        self.env["res.partner.bank"].create(
            {"acc_number": IBANS[0], "partner_id": self.kept.id, "active": False}
        )
        self.merge()
        self.assertAlive()

    def test_the_one_that_goes_has_archived_the_number(self):
        """Odoo alone deletes it, which mandates stand on."""
        mandate = self.create_mandate(self.customer, IBANS[1])
        mandate.partner_bank_id.action_archive()
        self.assertEqual(mandate.state, "suspended")
        self.env["res.partner.bank"].create({"acc_number": IBANS[1], "partner_id": self.kept.id})
        self.merge(gone=self.customer)
        self.assertEqual(mandate.partner_id, self.kept)
        self.assertTrue(mandate.partner_bank_id.active)
        mandate.with_user(self.user_accountant).action_resume()
        self.assertEqual(mandate.state, "valid")

    def test_what_was_suspended_stays_so(self):
        self.get_account().action_archive()
        self.merge()
        self.assertEqual((self.mandate.state, self.mandate.partner_id), ("suspended", self.kept))

    def test_into_the_payer(self):
        self.merge(kept=self.payer, gone=self.kept)
        self.assertAlive(self.payer)

    def test_contacts_without_mandates(self):
        first, second = self.create_customer("First"), self.create_customer("Second")
        self.merge(kept=first, gone=second)
        self.assertFalse(second.exists())
