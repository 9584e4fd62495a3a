"""What a chatter tells of a decision or of the customer's word is rewritten by nobody."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ServiceContractCommon

WORDS = "I do not agree"


@tagged("post_install", "-at_install")
class TestTraces(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.create_contract(start="2026-06-01")
        cls.contract._generate_charges(cls.day("2026-06-15"))
        cls.charge = cls.contract.charge_ids
        cls.waive(cls.charge.with_user(cls.user_accountant))

    def refuse(self, message):
        for user in (self.user_accountant, self.user_manager, self.user_technician):
            mine = message.with_user(user)
            for vals in (
                {"body": "Nothing was decided"},
                {"author_id": user.partner_id.id},
                {"res_id": self.contract.id, "model": self.contract._name},
            ):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                    mine.write(vals)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                mine.unlink()

    def test_decisions_stay(self):
        message = self.charge.message_ids[0]
        self.assertIn("Waived", message.body)
        self.refuse(message)

    def test_what_a_customer_wrote_stays(self):
        message = self.contract.message_post(
            body=WORDS,
            author_id=self.customer.id,
            message_type="comment",
        )
        self.refuse(message)

    def test_own_comments_may_change(self):
        contract = self.contract.with_user(self.user_manager)
        message = contract.message_post(body=WORDS, message_type="comment")
        message.body = "Called"
        message.unlink()
        self.assertFalse(message.exists())

    def test_other_records_are_odoos(self):
        order = self.env["sale.order"].with_user(self.user_sales)
        order = order.create({"partner_id": self.customer.id})
        note = order._message_log(body="Draft")
        note.body = "Draft again"
        note.unlink()
        self.assertFalse(note.exists())
