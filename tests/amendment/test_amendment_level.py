"""Level and product go together; what is apart is a manager's to allow (S05, S09)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestLevelAndProduct(AmendmentCommon):
    """50.00 a month at the level “Unlimited”; “Gold” has a product of its own at 90.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_gold = cls.create_product(
            "Gold", 90.0, recurring=cls.family, level=cls.level_gold
        )

    def test_a_higher_level_at_the_lower_ones_price_is_a_managers(self):
        contract = self.create_contract()
        amendment = self.draft(contract, "2026-07-01", level_id=self.level_gold.id)
        self.assertFalse(amendment.lost_amount)
        self.assertIn("“Gold”, but the products are sold for “Unlimited”", amendment.loss_warning)
        self.assertEqual((amendment.can_confirm, amendment.can_ask), (False, True))
        with self.assertRaisesRegex(UserError, "sold for “Unlimited”.*\n.*Ask a Manager"):
            amendment.action_confirm()
        with self.assertRaisesRegex(UserError, "Give a reason"):
            amendment.action_ask()
        amendment.reason_id = self.exit_reason
        amendment.action_ask()
        note = contract.activity_ids.note
        self.assertIn("Gold", note)
        theirs = amendment.with_user(self.user_manager)
        theirs.reason_id = False
        with self.assertRaisesRegex(UserError, "Give a reason"):
            theirs.action_confirm()
        theirs.reason_id = self.exit_reason
        theirs.action_confirm()
        self.assertEqual(contract._get_level_on(self.day("2026-07-01")), self.level_gold)
        self.assertFalse(contract.activity_ids)

    def test_what_goes_together_and_what_does_not(self):
        gold, plain, cheap = self.product_gold, self.product_backup, self.product_support
        cases = [
            ("level and product", self.level_gold, gold, False),
            ("the product alone", self.level_unlimited, gold, True),
            ("a product without level", self.level_gold, plain, True),
            ("a product without level, the same level", self.level_unlimited, plain, False),
            ("no level named", self.env["service.level"], cheap, False),
            ("no level named, another product", self.env["service.level"], gold, True),
        ]
        for name, level, product, is_apart in cases:
            with self.subTest(name):
                amendment = self.draft(
                    self.create_contract(),
                    "2026-07-01",
                    level_id=level.id,
                    line={"product_id": product.id, "price_unit": 90.0},
                )
                self.assertEqual(bool(amendment.level_warning), is_apart)

    def test_what_a_manager_allowed_once_is_not_asked_again(self):
        contract = self.create_contract()
        self.amend(contract, "2026-06-15", level_id=self.level_gold.id, **self.allow())
        self.amend(contract, "2026-07-01", line={"quantity": 2})
        self.assertEqual(contract.level_id, self.level_gold)

    def test_a_form_lets_both_go_together(self):
        contract = self.create_contract()
        views = "service_contract.service_amendment_view_form"
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        form = Form(amendments.with_context(default_contract_id=contract.id), view=views)
        form.level_id = self.level_gold
        with form.line_ids.edit(0) as row:
            self.assertEqual((row.product_id, row.price_unit), (self.product_gold, 90))
        form.save().action_confirm()
        self.assertEqual(contract.level_id, self.level_gold)
        form = Form(amendments.with_context(default_contract_id=contract.id), view=views)
        with form.line_ids.edit(0) as row:
            row.product_id = self.product_support
        self.assertEqual(form.level_id, self.level_unlimited)

    def test_a_contract_made_by_hand_goes_by_the_same_rule(self):
        contract = self.create_contract(activate=False, level_id=self.level_gold.id)
        contract = contract.with_user(self.user_sales)
        self.assertIn("sold for “Unlimited”", contract.activation_issues)
        with self.assertRaisesRegex(UserError, "have a manager activate"):
            contract.action_activate()
        theirs = contract.with_user(self.user_manager)
        self.assertFalse(theirs.activation_issues)
        theirs.action_activate()
        self.assertEqual(contract.state, "active")

    def test_a_quotation_takes_the_level_of_its_product(self):
        contract = self.create_contract()
        order = self.create_quote(
            self.product_gold,
            user=self.user_sales,
            start="2026-07-01",
            service_amended_contract_id=contract.id,
        )
        self.assertFalse(order.service_loss_warning)
        order.action_confirm()
        self.assertEqual(contract._get_level_on(self.day("2026-07-01")), self.level_gold)
