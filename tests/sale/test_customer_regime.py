from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
class TestCustomerRegime(ServiceContractCommon):
    """The regime and the small firm are recorded on the customer, and asked once (L02)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_regime = False
        cls.quick = cls.env["res.partner"].create({"name": "Quickly Created"})
        cls.association = cls.create_customer("Association", service_regime="non_professional")

    def quote(self, customer, *products, **vals):
        products = products or (self.product_support,)
        return self.create_quote(*products, customer=customer, user=self.user_sales, **vals)

    def confirm(self, order):
        order.action_confirm()
        return order.sudo().service_contract_ids

    def test_association_is_what_was_recorded(self):
        order = self.quote(self.association)
        self.assertEqual(order.service_regime, "non_professional")
        self.assertEqual(self.confirm(order).regime, "non_professional")

    def test_nothing_is_guessed_of_who_was_created_quickly(self):
        order = self.quote(self.quick)
        self.assertFalse(order.service_regime)
        with self.assertRaisesRegex(UserError, "customer regime"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_who_said_nothing_is_protected_as_a_consumer(self):
        """L03: the commitment is limited on the same quotation that has a consumer's clauses."""
        order = self.quote(self.quick, self.product_fibre)
        self.assertTrue(order.service_is_telecom_capped)
        self.assertEqual(order.service_term_ids.capped_note, "24 months, not 36")
        self.assertEqual(order._prepare_customer_vals(self.family_sepa)["regime"], "consumer")

    def test_company_default_counts_for_who_was_created_quickly(self):
        self.company.service_default_regime = "professional"
        contract = self.confirm(self.quote(self.quick))
        self.assertEqual((contract.regime, contract.state), ("professional", "active"))
        self.assertFalse(contract.withdrawal_until)
        self.assertFalse(self.quick.service_regime, "a default is nothing that was said")

    def test_regime_is_asked_once(self):
        with Form(self.quote(self.quick)) as form:
            form.service_regime = "consumer"
        self.assertEqual(self.quick.service_regime, "consumer")
        self.assertEqual(self.quote(self.quick).service_regime, "consumer")

    def test_small_firm_is_remembered(self):
        """L03: ticked on one quotation, ticked on the next."""
        self.quote(self.customer, service_is_small_firm=True)
        self.assertTrue(self.customer.service_is_small_firm)
        contract = self.confirm(self.quote(self.customer, self.product_fibre))
        self.assertTrue(contract.is_small_firm)
        self.assertEqual(contract.initial_months, 24)
        by_hand = self.create_contract(activate=False)
        self.assertTrue(by_hand.is_small_firm)

    def test_what_is_recorded_outlives_one_quotation(self):
        order = self.quote(self.association, service_regime="consumer")
        self.assertEqual(order.service_regime, "consumer")
        self.assertEqual(self.association.service_regime, "non_professional")

    def test_contact_is_what_its_company_is(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.association.id}
        )
        order = self.quote(contact)
        self.assertEqual(order.service_regime, "non_professional")
        other = self.env["res.partner"].create({"name": "Contact", "parent_id": self.quick.id})
        self.quote(other, service_regime="non_professional")
        self.assertEqual(self.quick.service_regime, "non_professional")

    def test_amendment_says_nothing_new_of_the_customer(self):
        contract = self.create_contract(customer=self.association, regime="professional")
        self.association.service_is_small_firm = True
        self.quote(self.association, service_amended_contract_id=contract.id)
        self.assertTrue(self.association.service_is_small_firm)

    def test_plain_order_asks_and_keeps_nothing(self):
        order = self.quote(self.quick, self.product_fee, service_regime="consumer")
        self.assertFalse(self.quick.service_regime)
        order.service_regime = False
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_contract_made_by_hand_asks_and_keeps(self):
        contract = self.create_contract(
            customer=self.quick, regime="non_professional", activate=False
        )
        self.assertEqual(self.quick.service_regime, "non_professional")
        contract.is_small_firm = True
        self.assertFalse(self.quick.service_is_small_firm)

    def test_contract_of_nobody_in_particular_is_refused(self):
        unknown = self.env["res.partner"].create({"name": "Unknown"})
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.create_contract(customer=unknown, activate=False)
