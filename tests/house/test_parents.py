"""What belongs to a contract or an order stays there: nobody moves it, from whichever side."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..amendment.common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestParents(AmendmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.create_contract(start="2026-06-01")
        cls.other = cls.create_contract(start="2026-06-01")
        cls.draft_contract = cls.create_contract(activate=False)
        cls.second_draft = cls.create_contract(activate=False)

    def check_stays(self, record, name, user, *parents):
        """Move a record by a write, and by the commands and the import of each parent."""
        before = record[name]
        record = record.with_user(user)
        for parent in parents:
            with self.subTest(parent=parent.display_name), self.cr.savepoint():
                with self.assertRaises(UserError), self.cr.savepoint():
                    record.write({name: parent.id})
                answer = record.load([".id", f"{name}/.id"], [[str(record.id), str(parent.id)]])
                self.assertFalse(answer["ids"])
        self.env.invalidate_all()
        self.assertEqual(record.sudo()[name], before)

    def check_not_taken(self, parent, name, record, user):
        """Take a record by the commands of another parent, when that is written or created."""
        parent = parent.with_user(user)
        commands = ([Command.link(record.id)], [Command.set(record.ids)])
        for command in commands:
            with self.subTest(command), self.assertRaises(UserError):
                with self.cr.savepoint():
                    parent.write({name: command})
        answer = parent.load([".id", f"{name}/.id"], [[str(parent.id), str(record.id)]])
        self.assertFalse(answer["ids"])

    def test_lines_of_contracts(self):
        """A salesperson moved a line out of a commitment: 50.00 a month became 0.00."""
        parents = (self.contract, self.other, self.draft_contract, self.second_draft)
        for contract in (self.contract, self.draft_contract):
            line = contract.line_ids
            for user in (self.user_sales, self.user_manager):
                targets = [parent for parent in parents if parent != contract]
                self.check_stays(line, "contract_id", user, *targets)
                self.check_not_taken(self.second_draft, "line_ids", line, user)
                vals = self.second_draft.copy_data()[0]
                for command in (Command.link(line.id), Command.set(line.ids)):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        self.second_draft.with_user(user).create({**vals, "line_ids": [command]})
            self.assertEqual(contract.mrr if contract.state == "active" else 50.0, 50.0)

    def test_lines_of_another_company(self):
        """39 PLN of another company's: nothing enters what its users may not write."""
        sister = self.setup_other_company(name="Sister")["company"]
        stranger = self.create_contract(activate=False)
        line = self.draft_contract.line_ids
        self.env.cr.execute(
            "UPDATE service_contract SET company_id = %s WHERE id = %s", [sister.id, stranger.id]
        )
        self.env.invalidate_all()
        self.check_stays(line, "contract_id", self.user_sales, stranger)
        with self.assertRaises(AccessError), self.cr.savepoint():
            line.with_user(self.user_sales).create(
                {"contract_id": stranger.id, "product_id": self.product_support.id}
            )

    def test_lines_of_what_is_over(self):
        """Not even managers add to what is over, or change or take out what was charged."""
        ended = self.create_contract(start="2026-01-01")
        ended._set_ended(self.day("2026-05-31"))
        line = ended.line_ids.with_user(self.user_manager)
        for change in (
            lambda: line.write({"quantity": 3}),
            lambda: line.unlink(),
            lambda: line.create({"contract_id": ended.id, "product_id": line.product_id.id}),
        ):
            with self.assertRaisesRegex(UserError, "can no longer change"), self.cr.savepoint():
                change()
        cancelled = self.draft_contract
        cancelled.action_cancel()
        with self.assertRaisesRegex(UserError, "can no longer change"):
            cancelled.line_ids.with_user(self.user_sales).quantity = 3

    def test_amendments_and_their_rows(self):
        amendment = self.draft(self.contract, level_id=self.level_gold.id)
        amendment.line_ids.unlink()
        row = self.draft(self.contract).line_ids
        for user in (self.user_sales, self.user_manager):
            self.check_stays(amendment, "contract_id", user, self.other, self.draft_contract)
            self.check_not_taken(self.other, "amendment_ids", amendment, user)
            self.check_stays(row, "amendment_id", user, amendment)
            self.check_not_taken(amendment, "line_ids", row, user)
            self.check_stays(row, "contract_line_id", user, self.other.line_ids)

    def test_what_else_belongs_to_contracts(self):
        reason = self.env["service.reason"].search([("usage", "=", "suspend")], limit=1)
        suspension = self.env["service.suspension"].create(
            {"contract_id": self.contract.id, "date_start": "2026-07-01", "reason_id": reason.id}
        )
        term = self.contract.commitment_ids
        self.assertTrue(term)
        for record, name in ((suspension, "suspension_ids"), (term, "commitment_ids")):
            self.check_stays(record, "contract_id", self.user_manager, self.other)
            self.check_not_taken(self.other, name, record, self.user_manager)
        vals = term._prepare_commitment_vals(self.contract, 1)
        with self.assertRaisesRegex(AccessError, "cannot be created by hand"):
            term.with_user(self.user_manager).create(vals)
        with self.assertRaisesRegex(AccessError, "cannot be created by hand"):
            self.contract.with_user(self.user_manager).commitment_ids = [Command.create(vals)]

    def test_orders(self):
        """A confirmed order amends what it amended, and keeps the lines that a contract has."""
        order = self.create_quote(self.product_support, user=self.user_sales)
        order.action_confirm()
        second = self.create_quote(self.product_support, user=self.user_sales)
        with self.assertRaisesRegex(UserError, "is confirmed"):
            order.service_amended_contract_id = self.contract
        self.check_stays(order.order_line, "order_id", self.user_sales, second)
        self.check_not_taken(second, "order_line", order.order_line, self.user_sales)
        contract = order.service_contract_ids
        self.check_not_taken(second, "service_contract_ids", contract, self.user_sales)
        line = contract.sudo().line_ids
        self.check_not_taken(second.order_line, "service_contract_line_ids", line, self.user_sales)
