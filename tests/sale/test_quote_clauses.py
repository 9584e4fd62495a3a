"""What a quotation says by law, how it is signed, and what ported numbers may cost (L25–L28)."""

import hashlib
from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import ServiceContractCommon

PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestQuoteClauses(ServiceContractCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"service_mediator": "Médiateur de test", "portal_confirmation_sign": True}
        )
        cls.people = {
            regime: cls.create_customer(
                regime, is_company=regime != "consumer", service_regime=regime
            )
            for regime in ("consumer", "non_professional", "professional")
        }
        cls.company.portal_confirmation_pay = True

    def quote(self, regime, *products, **vals):
        products = products or (self.product_support,)
        customer = self.people[regime]
        return self.create_quote(*products, customer=customer, user=self.user_sales, **vals)

    def render(self, order):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )
        return html.decode()

    def open_page(self, order):
        return self.url_open(order.get_portal_url()).text

    def test_what_is_signed_says_what_the_law_wants(self):
        cases = {
            "consumer": (True, True, True),
            "non_professional": (True, False, False),
            "professional": (False, False, False),
        }
        for regime, expected in cases.items():
            order = self.quote(regime)
            for medium in (self.render, self.open_page):
                with self.subTest(regime, medium=medium.__name__):
                    text = medium(order)
                    words = ("Article L241-3", "Médiateur de test", "Rayez la mention inutile")
                    self.assertEqual(tuple(word in text for word in words), expected)

    def test_plain_order_says_none_of_it(self):
        order = self.quote("consumer", self.product_fee)
        self.assertNotIn("Médiateur de test", self.render(order))

    def test_consumers_pay_online_only_by_choice(self):
        """Odoo's button of payments does not say that the order is to be paid (L20)."""
        for regime, is_paid in (
            ("consumer", False),
            ("non_professional", False),
            ("professional", True),
        ):
            with self.subTest(regime):
                order = self.quote(regime)
                self.assertEqual(order.require_payment, is_paid)
                self.assertTrue(order._has_to_be_signed())
        with Form(self.quote("professional")) as form:
            form.service_regime = "non_professional"
        self.assertFalse(form.record.require_payment)

    def test_the_button_says_that_it_orders(self):
        """L20: content, total and conditions first, then words that nobody misunderstands."""
        for regime in ("consumer", "non_professional", "professional"):
            with self.subTest(regime):
                page = self.open_page(self.quote(regime))
                self.assertIn("Order with Obligation to Pay", page)
                self.assertIn("nothing is ordered before you press", " ".join(page.split()))
        plain = self.quote("consumer", self.product_fee)
        self.assertNotIn("Order with Obligation to Pay", self.open_page(plain))

    def sign(self, order, **params):
        token = order._portal_ensure_token()
        params = {"access_token": token, "name": "Jeanne", **params}
        return self.make_jsonrpc_request(f"/my/orders/{order.id}/accept", params)

    def test_a_signature_leaves_its_evidence(self):
        """S37, L20: who, when, from where; hashes of what was printed and of the conditions."""
        conditions = self.product_support.service_family_id.conditions_id
        order = self.quote("consumer")
        answer = self.sign(order, signature=PIXEL)
        self.assertFalse(answer.get("error"))
        self.assertEqual(order.state, "sale")
        note = order.message_ids.filtered(lambda one: "Internet address" in one.body)
        kept = (
            self.env["ir.attachment"]
            .search([("res_model", "=", "sale.order"), ("res_id", "=", order.id)])
            .filtered(lambda one: one.mimetype == "application/pdf")
        )
        for words in (
            "Signed by: Jeanne",
            "Internet address: 127.0.0.1",
            hashlib.sha256(kept[-1].raw).hexdigest(),
            *(hashlib.sha256((one.body or "").encode()).hexdigest() for one in conditions),
        ):
            self.assertIn(words, note.body)
        with self.assertRaises(UserError):
            note.with_user(self.user_sales).body = "Nothing"

    def test_a_refused_signature_leaves_none(self):
        order = self.quote("consumer")
        answer = self.sign(order)
        self.assertTrue(answer["error"])
        self.assertFalse(order.message_ids.filtered(lambda one: "Internet address" in one.body))

    def test_nobody_signs_before_it_is_known_who_signs(self):
        """L02."""
        self.company.service_default_regime = False
        self.people["professional"].service_regime = False
        order = self.quote("professional")
        self.assertFalse(order._has_to_be_signed())
        self.assertFalse(order._has_to_be_paid())
        order.service_regime = "professional"
        self.assertTrue(order._has_to_be_signed())

    def test_consumers_quote_asks_for_the_mediator(self):
        self.assertFalse(self.quote("consumer").service_is_mediator_missing)
        self.company.service_mediator = False
        self.assertTrue(self.quote("consumer").service_is_mediator_missing)
        self.assertFalse(self.quote("professional").service_is_mediator_missing)

    def test_s37_conditions_are_named_and_sent_on_request(self):
        self.family.conditions_id = self.env["service.conditions"].create(
            {"name": "Conditions", "code": "T", "version": "1", "body": "<p>Capped.</p>"}
        )
        self.people["professional"].email = "firm@example.com"
        order = self.quote("professional")
        self.assertIn("Conditions (1)", self.render(order))
        told = order.action_send_service_conditions()
        self.assertIn("firm@example.com", told["params"]["message"])
        self.assertEqual(order.service_conditions_sent_on, date.today())
        with self.assertRaises(AccessError):
            order.with_user(self.user_sales).service_conditions_sent_on = False
        message = order.sudo().message_ids[0]
        self.assertIn(b"Capped.", message.attachment_ids.raw)
        self.assertIn(self.people["professional"], message.notified_partner_ids)

    def test_nobody_is_asked_about_conditions_that_cannot_be_sent(self):
        """Asked first: sent for the first time, again with the day, refused at once."""
        self.family.conditions_id = self.env["service.conditions"].create(
            {"name": "Conditions", "code": "T", "version": "1"}
        )
        order = self.quote("professional")
        self.assertEqual(self.find_questions(order), [None])
        with self.assertRaisesRegex(UserError, "no valid e-mail address"):
            order.action_send_service_conditions()
        self.people["professional"].email = "firm@example.com"
        order.invalidate_recordset()
        (first,) = self.find_questions(order)
        self.assertIn("Send the customer", first)
        order.action_send_service_conditions()
        (again,) = self.find_questions(order)
        self.assertIn("got the general conditions already", again)

    def find_questions(self, order):
        """Return what the buttons ask that the form shows, None where one asks nothing."""
        view = etree.fromstring(order.get_view(view_type="form")["arch"])
        buttons = view.xpath("//button[@name='action_send_service_conditions']")
        names = ("service_has_recurring", "state", "service_has_customer_email")
        values = {name: order[name] for name in (*names, "service_conditions_sent_on")}
        return [
            button.get("confirm")
            for button in buttons
            if not safe_eval(button.get("invisible"), values)
        ]

    def test_l27_ported_numbers_warn(self):
        ported = self.create_product("Ported in", 15)
        ported.service_porting = "in"
        order = self.quote("professional", ported)
        self.assertIn("L44-4", order.service_porting_warning)
        self.assertNotIn("ends its telephony", order.service_porting_warning)
        order.order_line.price_unit = 0
        self.assertFalse(order.service_porting_warning)
        ported.service_porting = "out"
        self.assertIn("ends its telephony contract", order.service_porting_warning)
        self.assertIn("commitment remains", order.service_porting_warning)
        self.assertFalse(self.quote("professional").service_porting_warning)
