"""Two clicks at once on the last button: one declaration, one receipt (L19, L21)."""

from freezegun import freeze_time

from odoo.tests import tagged

from ..transactions import TransactionsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestDeclarationsAtOnce(TransactionsCommon):
    def send(self, env):
        declaration = env["service.declaration"]._receive(
            env["res.company"].sudo().browse(self.company.id),
            "k" * 43,
            {
                "kind": "termination",
                "sender_name": "Jean Client",
                "email": "jean@example.com",
                "reference": "CTR/2026/00001",
            },
        )
        self.receipts.append(declaration._get_receipt_path())

    def test_one_form_sent_twice_at_once_is_one(self):
        self.receipts = []
        visitor = self.env.ref("base.public_user")
        self.assertEqual(self.race((visitor, self.send), (visitor, self.send)), ["", ""])
        self.assertEqual(self.env["service.declaration"].sudo().search_count([]), 1)
        self.assertEqual(len(set(self.receipts)), 1)
