"""Who prepares debits, who approves them and who says that they are at the bank: three rights."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import SepaCommon

GROUPS = "account.group_account_invoice,account_payment_batch_oca.group_account_payment"
STEPS = ("prepare", "approve", "upload")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestDebitRights(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payments = cls.env.ref("account_payment_batch_oca.group_account_payment")
        cls.people = {step: cls.create_person(step) for step in STEPS}

    @classmethod
    def create_person(cls, step):
        """Return who manages payments, and has one of the three rights."""
        user = new_test_user(
            cls.env,
            login=f"debit_{step}",
            groups=GROUPS,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        user.group_ids += cls.get_right(step)
        return user

    @classmethod
    def get_right(cls, step):
        return cls.env.ref(f"service_contract.service_contract_group_debit_{step}")

    def setUp(self):
        super().setUp()
        self.create_debited_contract()
        self.billed = self.bill()

    def share_out(self):
        """Take the three rights out of the group of all who manage payments."""
        self.payments.implied_ids = [Command.unlink(self.get_right(step).id) for step in STEPS]

    def as_who(self, step, record):
        return record.with_user(self.people[step])

    def prepare(self):
        self.as_who("prepare", self.billed).action_collect()
        return self.billed.order_ids

    def test_who_manages_payments_has_all_three(self):
        for step in STEPS:
            with self.subTest(step):
                self.assertIn(self.get_right(step), self.payments.implied_ids)
        order = self.collect(self.as_who("upload", self.billed))
        order.generated2uploaded()
        self.assertEqual(order.state, "uploaded")

    def test_each_takes_his_step(self):
        self.share_out()
        order = self.prepare()
        self.assertEqual(order.state, "draft", "who prepares makes no file")
        approver = self.as_who("approve", order)
        self.assertTrue(approver.service_can_approve and not approver.service_can_upload)
        approver.action_confirm_debits()
        approver.open2generated()
        self.assertEqual(order.state, "generated")
        uploader = self.as_who("upload", order)
        self.assertTrue(uploader.service_can_upload and not uploader.service_can_approve)
        uploader.generated2uploaded()
        self.assertEqual(order.state, "uploaded")

    def assertRefused(self, call):
        self.env.flush_all()
        with self.assertRaisesRegex(AccessError, "Direct Debits"), self.env.cr.savepoint():
            call()
        self.env.invalidate_all()

    def test_who_has_another_right_does_not_prepare(self):
        self.share_out()
        invoice = self.billed.invoice_ids
        for step in ("approve", "upload"):
            for call in (
                self.as_who(step, self.billed).action_collect,
                self.as_who(step, invoice).create_account_payment_line,
            ):
                with self.subTest(step, call=call.__name__):
                    self.assertRefused(call)

    def test_who_has_another_right_does_not_approve(self):
        self.share_out()
        order = self.prepare()
        for step in ("prepare", "upload"):
            for name in ("draft2open", "action_confirm_debits"):
                with self.subTest(step, name=name):
                    self.assertRefused(getattr(self.as_who(step, order), name))
        self.as_who("approve", order).draft2open()
        for step in ("prepare", "upload"):
            with self.subTest(step):
                self.assertRefused(self.as_who(step, order).open2generated)

    def test_who_has_another_right_does_not_upload(self):
        self.share_out()
        order = self.prepare()
        approver = self.as_who("approve", order)
        approver.draft2open()
        approver.open2generated()
        for step in ("prepare", "approve"):
            with self.subTest(step):
                self.assertRefused(self.as_who(step, order).generated2uploaded)

    def test_nobody_puts_a_debit_into_anothers_order(self):
        """By the list of an order, or by RPC."""
        self.share_out()
        order = self.prepare()
        vals = order.payment_line_ids.copy_data()[0]
        lines = self.as_who("approve", order.payment_line_ids)
        self.assertRefused(lambda: lines.create(vals))
