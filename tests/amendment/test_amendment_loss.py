"""What an amendment may not take out of a commitment, and drafts behind their contract (L06)."""

from freezegun import freeze_time

from odoo import Command, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from ..commitment.common import ExitCommon
from .common import AmendmentCommon, QuoteLossCommon

# An image of one pixel, in base64.
PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestLoss(AmendmentCommon, ExitCommon):
    """50.00 a month, committed until 31 December 2026."""

    def assertLoss(self, amendment, amount, until="2026-12-31"):
        self.assertEqual((amendment.lost_amount, str(amendment.lost_until)), (amount, until))

    # ----- Everything -----

    def test_l06_taking_everything_out_is_an_exit(self):
        """Whoever asks, with or without a commitment, at once or one after the other."""
        for user in (self.user_sales, self.user_manager):
            for months in (0, 12):
                contract = self.create_contract(initial_months=months, tacit_months=months)
                vals = {"user": user, "reason_id": self.exit_reason.id}
                amendment = self.draft(contract, "2026-07-01", line={"is_removed": True}, **vals)
                with self.subTest(user.login, months=months):
                    with self.assertRaisesRegex(UserError, "that is an exit. Press “Terminate…”"):
                        amendment.action_confirm()

    def test_l06_the_last_product_is_an_exit_too(self):
        for first, second in (("2026-07-01", "2026-08-01"), ("2026-08-01", "2026-07-01")):
            with self.subTest(first):
                contract = self.create_contract()
                contract.line_ids.copy({"contract_id": contract.id})
                self.amend(contract, first, line={"is_removed": True}, **self.allow())
                last = self.draft(contract, second, **self.allow())
                row = last.line_ids.filtered(lambda row: not row.contract_line_id.date_end)
                row.is_removed = True
                with self.assertRaisesRegex(UserError, "that is an exit"):
                    last.action_confirm()

    def test_replacing_everything_is_no_exit(self):
        contract = self.create_contract()
        amendment = self.draft(contract, "2026-07-01")
        amendment.line_ids.is_removed = True
        amendment.line_ids = [
            Command.create({"product_id": self.product_support.id, "price_unit": 60.0})
        ]
        amendment.action_confirm()
        self.assertEqual(amendment.state, "done")

    # ----- Less -----

    def test_l06_a_loss_is_what_an_exit_would_claim(self):
        """Cheaper, fewer, shorter: the rest of the commitment, less what is still owed."""
        cases = [
            ("half the price", {"price_unit": 25.0}, {}, 150),
            ("fewer", {"quantity": 0.5}, {}, 150),
            ("discount", {"discount": 10.0}, {}, 30),
            ("nothing", {"price_unit": 0.0}, {}, 300),
            ("by year", {"price_period": "12"}, {}, 275),
            ("more", {"quantity": 2}, {}, 0),
            ("same", {"name": "Renamed"}, {}, 0),
            ("for longer", {"price_unit": 25.0}, {"months": 24}, 0),
            ("shorter", {}, {"months": 3}, 150),
            ("cheaper and hardly longer", {"price_unit": 25.0}, {"months": 7}, 125),
        ]
        for name, line, commitment, lost in cases:
            with self.subTest(name):
                vals = commitment and {
                    "is_new_commitment": True,
                    "commitment_months": commitment["months"],
                }
                contract = self.create_contract()
                amendment = self.draft(contract, "2026-07-01", line=line, **vals)
                self.assertEqual(amendment.lost_amount, lost)
                self.assertEqual(bool(amendment.loss_warning), bool(lost))
        claimed = self.simulate(contract, wished="2026-06-30").claimed_amount
        self.assertEqual(claimed, 300)

    def test_l06_from_the_day_on_which_the_customer_may_leave_nothing_is_lost(self):
        contract = self.create_contract()
        self.assertLoss(self.draft(contract, "2026-12-01", line={"price_unit": 25.0}), 25)
        later = self.draft(contract, "2027-01-01", line={"price_unit": 25.0})
        self.assertFalse(later.lost_amount)
        later.action_confirm()
        free = self.create_contract(initial_months=0, tacit_months=0)
        self.amend(free, "2026-07-01", line={"price_unit": 25.0})

    def test_l03_what_the_law_frees_is_not_lost(self):
        self.family.is_telecom = True
        contract = self.create_contract(
            start="2025-01-01", regime="consumer", initial_months=24, date_end="2026-12-31"
        )
        amendment = self.draft(contract, "2026-06-20", line={"price_unit": 25.0})
        self.assertLoss(amendment, 5, "2026-06-25")

    def test_l19_who_may_still_withdraw_loses_nothing(self):
        contract = self.create_contract(
            start="2026-06-10",
            regime="consumer",
            concluded_on="2026-06-10",
            is_start_requested=True,
        )
        amendment = self.draft(contract, "2026-07-01", line={"price_unit": 25.0})
        self.assertFalse(amendment.lost_amount)

    def test_l06_days_that_are_not_billed_are_not_lost(self):
        contract = self.create_contract()
        self.env["service.suspension"].with_user(self.user_manager).create(
            {"contract_id": contract.id, "date_start": "2026-08-01", "date_end": "2026-10-31"}
        )
        self.assertLoss(self.draft(contract, "2026-07-01", line={"price_unit": 25.0}), 75)

    def test_l06_a_manager_decides_with_a_reason(self):
        contract = self.create_contract()
        amendment = self.draft(contract, "2026-07-01", line={"price_unit": 25.0})
        self.assertEqual((amendment.can_confirm, amendment.can_ask), (False, True))
        with self.assertRaisesRegex(UserError, "150.00.*less.*\n.*Ask a Manager"):
            amendment.action_confirm()
        with self.assertRaisesRegex(UserError, "150.00.*less.*\nGive a reason"):
            amendment.action_ask()
        self.assertFalse(contract.activity_ids)
        amendment.reason_id = self.exit_reason
        amendment.action_ask()
        amendment.invalidate_recordset()
        self.assertFalse(amendment.can_ask)
        self.assertTrue(contract.activity_ids.user_id._is_service_manager())
        theirs = amendment.with_user(self.user_manager)
        self.assertTrue(theirs.can_confirm)
        theirs.reason_id = False
        with self.assertRaisesRegex(UserError, "Give a reason"):
            theirs.action_confirm()
        theirs.reason_id = self.exit_reason
        theirs.action_confirm()
        self.assertEqual((amendment.state, amendment.lost_amount), ("done", 0))
        self.assertFalse(contract.activity_ids)

    def test_l06_what_is_in_force_is_changed_by_amendments(self):
        """Else lines could be lowered past the rule; managers correct them directly."""
        contract = self.create_contract().with_user(self.user_sales)
        line = contract.line_ids
        refused = [
            lambda: line.write({"price_unit": 1.0}),
            lambda: line.write({"date_end": "2026-06-30"}),
            lambda: line.unlink(),
            lambda: line.copy({"contract_id": contract.id}),
        ]
        for change in refused:
            with self.assertRaisesRegex(UserError, "press “Amend”"), self.env.cr.savepoint():
                change()
        self.assertFalse(contract.can_change_lines)
        line.write({"sequence": 3, "price_unit": line.price_unit})
        line.with_user(self.user_manager).price_unit = 49.0
        draft = self.create_contract(activate=False).with_user(self.user_sales)
        draft.line_ids.price_unit = 45.0

    def test_the_form_warns(self):
        contract = self.create_contract().with_user(self.user_sales)
        action = contract.action_amend()
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        with Form(amendments.with_context(**action["context"])) as form:
            form.effective_date = "2026-07-01"
            with form.line_ids.edit(0) as row:
                row.price_unit = 25.0
            self.assertIn("150.00", form.loss_warning)
            self.assertFalse(form.can_confirm)
        self.assertEqual(form.record.lost_amount, 150)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestQuoteLoss(QuoteLossCommon, HttpCase):
    def test_l06_allowed_before_it_is_sent(self):
        contract = self.create_contract()
        order = self.quote(contract, 25.0)
        self.assertIn("150.00", order.service_loss_warning)
        with self.assertRaisesRegex(UserError, f"{order.name}\n.*150.00"), self.env.cr.savepoint():
            order.action_confirm()
        with self.assertRaises(AccessError):
            order.action_allow_loss()
        with self.assertRaises(AccessError):
            order.service_loss_allowed = 150
        with self.assertRaisesRegex(UserError, f"{order.name}\n.*150.00.*\n.*Ask a Manager"):
            order.action_quotation_send()
        theirs = order.sudo().with_user(self.env.user)
        with self.assertRaisesRegex(UserError, "reason of the amendment"):
            theirs.action_allow_loss()
        order.service_amendment_reason_id = self.exit_reason
        theirs.action_allow_loss()
        order.invalidate_recordset()
        self.assertIn("It was allowed", order.service_loss_warning)
        order.action_quotation_send()
        order.action_confirm()
        amendment = order.sudo().service_amendment_ids
        self.assertEqual((amendment.state, amendment.reason_id), ("done", self.exit_reason))

    def test_a_new_quote_that_is_not_saved_names_its_contract(self):
        contract = self.create_contract()
        with Form(self.env["sale.order"].with_user(self.user_sales)) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.product_support
            form.service_amended_contract_id = contract
            form.service_start_date = "2026-07-01"
        self.assertEqual(form.record.service_amended_contract_id, contract)

    def test_a_quote_without_a_day_loses_from_today_on(self):
        """16 of June's 30 days, and six months, at half the price."""
        order = self.quote(self.create_contract(), 25.0)
        order.service_start_date = False
        self.assertEqual(order.service_lost_amount, 163.34)
        Form(order)

    def test_managers_open_amending_quotes_of_others(self):
        self.user_manager.group_ids += self.env.ref("sales_team.group_sale_salesman")
        order = self.quote(self.create_contract(), 25.0)
        other = self.create_quote(self.product_support, user=self.user_sales)
        (order + other).user_id = self.user_sales
        self.env.flush_all()
        self.env.invalidate_all()
        theirs = order.with_user(self.user_manager)
        self.assertTrue(theirs.service_can_allow_loss)
        self.assertEqual(theirs.order_line.price_unit, 25.0)
        order.service_amendment_reason_id = self.exit_reason
        for change in (
            lambda: theirs.write({"note": "Theirs"}),
            lambda: theirs.order_line.write({"price_unit": 20.0}),
            lambda: theirs.order_line.unlink(),
            lambda: theirs.unlink(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                change()
        theirs.action_allow_loss()
        self.assertFalse(theirs.service_can_allow_loss)
        with self.assertRaises(AccessError):
            other.with_user(self.user_manager).read(["name"])
        order.action_confirm()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            theirs.read(["name"])

    # ----- Asking -----

    def test_l06_who_asks_gives_the_reason_that_the_manager_needs(self):
        """Nobody is asked what nobody can allow: the manager would be refused for want of it."""
        order = self.quote(self.create_contract(), 25.0)
        with self.assertRaisesRegex(UserError, "reason of the amendment"):
            order.action_ask_loss()
        contract = order.service_amended_contract_id
        self.assertFalse(order.sudo().service_amendment_ids or contract.activity_ids)

    def test_l06_who_asks_hears_what_the_manager_would_be_refused(self):
        contract = self.create_contract()
        amendment = self.draft(
            contract,
            "2026-07-01",
            line={"is_removed": True},
            user=self.user_sales,
            reason_id=self.exit_reason.id,
        )
        with self.assertRaisesRegex(UserError, "that is an exit"):
            amendment.action_ask()
        self.assertFalse(contract.activity_ids)

    def ask(self, price=25.0, **vals):
        vals = {"service_amendment_reason_id": self.exit_reason.id, **vals}
        order = self.quote(self.create_contract(), price, **vals)
        order.action_ask_loss()
        self.env.flush_all()
        self.env.invalidate_all()
        return order, order.sudo().service_amendment_ids.with_user(self.user_manager)

    def test_l06_a_manager_who_does_not_sell_sees_and_allows(self):
        """On the amendment as it is quoted: the quotation itself stays closed to who sells not."""
        order, amendment = self.ask()
        contract = amendment.contract_id
        with self.assertRaises(AccessError):
            order.with_user(self.user_manager).read(["name"])
        activity = contract.activity_ids
        self.assertTrue(activity.user_id._is_service_manager())
        self.assertIn(order.name, activity.summary)
        self.assertIn("150.00", activity.note)
        self.assertIn(
            f'data-oe-model="service.amendment" data-oe-id="{amendment.id}"', activity.note
        )
        with Form(amendment) as form:
            self.assertIn("150.00", form.loss_warning)
            self.assertEqual(form.sale_order_name, order.name)
            self.assertEqual(amendment.line_ids.mapped("price_unit"), [25.0])
        amendment.reason_id = False
        with self.assertRaisesRegex(UserError, "reason of the amendment"):
            amendment.action_allow_loss()
        amendment.reason_id = self.exit_reason
        amendment.action_allow_loss()
        self.env.invalidate_all()
        self.assertTrue(amendment.is_loss_allowed)
        self.assertFalse(contract.activity_ids)
        self.assertFalse(order.service_is_loss_open)
        self.assertEqual(order.service_amendment_reason_id, self.exit_reason)
        name = amendment.name
        order.action_confirm()
        self.assertEqual(contract.amendment_ids, amendment)
        self.assertEqual((amendment.state, amendment.name), ("done", name))

    def test_what_is_quoted_is_not_put_in_force_or_changed_there(self):
        order, amendment = self.ask()
        amendment.action_allow_loss()
        for user in (self.user_sales, self.user_manager):
            theirs = amendment.with_user(user)
            self.assertFalse(theirs.can_confirm)
            for change in (
                theirs.action_confirm,
                theirs.action_cancel,
                lambda rows=theirs.line_ids: rows.write({"price_unit": 1.0}),
                lambda quoted=theirs: quoted.write({"effective_date": "2026-12-01"}),
            ):
                with self.assertRaisesRegex(UserError, "Quoted"), self.env.cr.savepoint():
                    change()
        with self.assertRaises(AccessError):
            amendment.with_user(self.user_sales).action_allow_loss()
        self.assertEqual(order.state, "draft")

    def test_what_was_asked_goes_with_a_quotation_that_amends_nothing_in_the_end(self):
        order, amendment = self.ask()
        contract = order.service_amended_contract_id
        order.order_line.unlink()
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(amendment.exists() or contract.activity_ids)

    def get_activities(self, contract):
        """Return what was asked about a contract, done or not."""
        activities = self.env["mail.activity"].with_context(active_test=False)
        return activities.search([("res_model", "=", contract._name), ("res_id", "=", contract.id)])

    def test_asked_once_for_one_loss(self):
        order, amendment = self.ask()
        messages = amendment.contract_id.message_ids
        self.assertTrue(order.service_is_loss_asked)
        with self.assertRaisesRegex(UserError, "has been asked"):
            order.action_quotation_send()
        order.order_line.price_unit = 20.0
        self.assertFalse(order.service_is_loss_asked)
        order.action_ask_loss()
        contract = order.service_amended_contract_id
        self.assertEqual(contract.amendment_ids, amendment)
        self.assertEqual((amendment.state, amendment.lost_amount), ("quoted", 180))
        self.assertEqual(amendment.line_ids.mapped("price_unit"), [20.0])
        activity = self.get_activities(contract)
        self.assertEqual((contract.activity_ids, amendment.activity_id), (activity, activity))
        self.assertIn("180.00", activity.note)
        self.assertEqual(contract.message_ids, messages)
        order.order_line.price_unit = 60.0
        with self.assertRaisesRegex(UserError, "nothing has to be allowed"):
            order.action_ask_loss()

    def test_asked_again_is_asked_of_the_contract_as_it_is_then(self):
        order, amendment = self.ask()
        contract = amendment.contract_id
        self.amend(contract, "2026-06-20", line={"price_unit": 60.0})
        order.action_ask_loss()
        self.assertEqual(amendment.lost_amount, 210)
        amendment.action_allow_loss()
        order.action_confirm()
        self.assertEqual(amendment.state, "done")

    def test_a_manager_allows_what_the_manager_has_seen(self):
        order, amendment = self.ask()
        order.order_line.price_unit = 20.0
        amendment.action_allow_loss()
        self.assertTrue(order.service_is_loss_open)

    def test_what_was_asked_goes_with_its_quotation(self):
        for end in ("action_cancel", "unlink"):
            with self.subTest(end):
                order, amendment = self.ask()
                contract = amendment.contract_id
                messages = contract.message_ids
                getattr(order.sudo().with_user(self.env.user), end)()
                self.assertFalse(amendment.exists())
                self.assertFalse(self.get_activities(contract))
                self.assertEqual(contract.message_ids, messages)

    def test_what_was_allowed_of_one_contract_is_not_of_another(self):
        order, amendment = self.ask()
        amendment.action_allow_loss()
        order.service_amended_contract_id = self.create_contract()
        self.assertTrue(order.service_is_loss_open)
        self.assertFalse(amendment.exists())

    def test_who_has_no_manager_is_told(self):
        reason = self.exit_reason.id
        order = self.quote(self.create_contract(), 25.0, service_amendment_reason_id=reason)
        draft = self.draft(
            self.create_contract(), "2026-07-01", line={"price_unit": 25.0}, reason_id=reason
        )
        managers = self.company._get_service_managers()
        managers.group_ids -= self.env.ref("service_contract.service_contract_group_manager")
        managers -= self.company._get_service_managers()
        self.company._get_service_managers().active = False
        for ask in (order.action_ask_loss, draft.action_ask):
            with self.assertRaisesRegex(UserError, "no manager of service contracts"):
                ask()

    # ----- The customer -----

    def sign(self, order):
        url = f"/my/orders/{order.id}/accept"
        params = {"access_token": order._portal_ensure_token(), "name": "Me", "signature": PIXEL}
        return self.make_jsonrpc_request(url, params)

    def test_l06_the_customer_signs_and_pays_once_it_is_allowed(self):
        order = self.quote(self.create_contract(), 55.0, require_payment=True)
        order.order_line = [Command.create({"product_id": self.product_fee.id})]
        order.action_quotation_sent()
        self.assertTrue(order._has_to_be_signed() and order._has_to_be_paid())
        order.order_line[0].price_unit = 25.0
        self.assertFalse(order._has_to_be_signed() or order._has_to_be_paid())
        with self.assertRaisesRegex(UserError, "Ask a Manager"):
            order._get_default_payment_link_values()
        order.require_payment = False
        self.assertIn("error", self.sign(order))
        page = self.url_open(order.get_portal_url()).text
        self.assertIn("is being reviewed", page)
        self.assertNotIn("150.00", page)
        order.sudo().with_user(self.user_manager).sudo()._allow_loss(150, self.exit_reason)
        self.assertNotIn("is being reviewed", self.url_open(order.get_portal_url()).text)
        self.assertNotIn("error", self.sign(order))
        self.assertEqual(order.state, "sale")

    def test_the_customer_declines_at_any_time(self):
        order = self.quote(self.create_contract(), 55.0)
        order.action_quotation_sent()
        order.order_line.price_unit = 25.0
        self.authenticate(None, None)
        self.assertIn("Reject</a>", self.url_open(order.get_portal_url()).text)
        self.url_open(
            f"/my/orders/{order.id}/decline",
            data={
                "access_token": order._portal_ensure_token(),
                "decline_message": "Too little",
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assertEqual(order.state, "cancel")
        self.assertIn("<span>Too little</span>", order.message_ids.mapped("body"))
        self.assertNotIn("Reject</a>", self.url_open(order.get_portal_url()).text)

    def test_a_customer_reads_no_internal_words(self):
        order = self.quote(self.create_contract(), 25.0)
        order.partner_id = self.user_portal.partner_id
        theirs = order.with_user(self.user_portal)
        for name in ("service_loss_warning", "service_lost_amount", "service_amendment_reason_id"):
            with self.assertRaises(AccessError):
                theirs.read([name])
        for step in ("action_confirm", "action_quotation_sent"):
            with (
                self.assertRaisesRegex(UserError, "^This quotation cannot be signed as it is"),
                self.env.cr.savepoint(),
            ):
                getattr(theirs.sudo(), step)()

    def test_l06_not_sent_by_its_mail(self):
        order = self.quote(self.create_contract(), 25.0)
        with self.assertRaisesRegex(UserError, "Ask a Manager"):
            order.with_context(mark_so_as_sent=True).message_post(body=order.name)
        with self.assertRaisesRegex(UserError, "Ask a Manager"):
            order.action_quotation_sent()

    def test_l06_allowed_up_to_its_amount(self):
        contract = self.create_contract()
        order = self.quote(contract, 25.0, service_amendment_reason_id=self.exit_reason.id)
        order.sudo().with_user(self.env.user).action_allow_loss()
        order.order_line.price_unit = 20.0
        self.assertEqual(order.service_lost_amount, 180)
        with self.assertRaisesRegex(UserError, "180.00"):
            order.action_confirm()

    def test_l06_another_contracts_allowance_is_not_borrowed(self):
        order = self.quote(self.create_contract(), 25.0)
        order.sudo().service_loss_allowed = 1000
        draft = self.draft(self.create_contract(), "2026-07-01", line={"price_unit": 25.0})
        draft.sudo().sale_order_id = order
        with self.assertRaisesRegex(UserError, "150.00"):
            draft.action_confirm()

    def test_a_quote_for_more_just_amends(self):
        contract = self.create_contract()
        order = self.quote(contract, 55.0)
        self.assertFalse(order.service_loss_warning)
        order.action_confirm()
        self.assertEqual(order.sudo().service_amendment_ids.state, "done")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestOutdatedDraft(AmendmentCommon):
    def set_up(self, day="2026-07-01", **vals):
        contract = self.create_contract(**vals)
        contract.line_ids.copy({"contract_id": contract.id, "product_id": self.product_backup.id})
        return contract, self.draft(contract, day)

    def check_refused(self, draft):
        draft.invalidate_recordset()
        self.assertTrue(draft.is_outdated)
        with self.assertRaisesRegex(UserError, "Press “Bring up to Date”"):
            draft.action_confirm()

    def test_own_changes_stay_and_others_are_taken_over(self):
        contract, draft = self.set_up()
        draft.line_ids[0].quantity = 4
        self.assertFalse(draft.is_outdated)
        self.amend(contract, "2026-06-20", line={"price_unit": 60.0})
        self.check_refused(draft)
        draft.action_bring_up_to_date()
        self.assertFalse(draft.is_outdated)
        row = draft.line_ids[0]
        self.assertEqual((row.quantity, row.price_unit, row.change), (4, 60.0, "change"))
        draft.action_confirm()
        last = contract.line_ids.sorted("id")[-1]
        self.assertEqual((last.quantity, last.price_unit), (4, 60.0))

    def test_a_change_in_place_is_not_taken_back_unseen(self):
        """Both from the first day: the line takes the values itself and keeps its record."""
        contract, draft = self.set_up("2026-07-01", start="2026-07-01")
        draft.line_ids[0].quantity = 4
        self.amend(contract, "2026-07-01", line={"price_unit": 60.0})
        self.check_refused(draft)
        draft.action_bring_up_to_date()
        draft.action_confirm()
        line = contract.line_ids[0]
        self.assertEqual((line.quantity, line.price_unit), (4, 60.0))

    def test_a_level_is_not_taken_back_unseen(self):
        contract, draft = self.set_up()
        draft.line_ids[0].quantity = 4
        self.amend(contract, "2026-06-20", level_id=self.level_gold.id, **self.allow())
        self.check_refused(draft)
        draft.action_bring_up_to_date()
        self.assertEqual(draft.level_id, self.level_gold)
        draft.action_confirm()
        self.assertEqual(contract._get_level_on(self.day("2026-07-01")), self.level_gold)

    def test_what_was_taken_out_and_added_meanwhile(self):
        contract, draft = self.set_up()
        draft.line_ids[1].quantity = 3
        other = self.draft(contract, "2026-06-20", **self.allow())
        other.line_ids[1].is_removed = True
        other.line_ids = [Command.create({"product_id": self.product_support.id, "quantity": 5})]
        other.action_confirm()
        self.check_refused(draft)
        action = draft.action_bring_up_to_date()
        self.assertIn("left out: Backup", action["params"]["message"])
        self.assertEqual(draft.line_ids.mapped("quantity"), [1, 5])
        self.assertFalse(draft.is_outdated)

    def test_a_removal_stays_one(self):
        contract, draft = self.set_up()
        draft.write({"reason_id": self.exit_reason.id})
        draft.line_ids[0].is_removed = True
        self.amend(contract, "2026-06-20", line={"price_unit": 60.0})
        draft.action_bring_up_to_date()
        self.assertEqual(draft.line_ids.mapped("change"), ["remove", "keep"])
        draft.with_user(self.user_manager).action_confirm()
        self.assertEqual(
            contract.line_ids.filtered(lambda line: not line.date_end).product_id,
            self.product_backup,
        )

    def test_another_order_of_lines_is_no_change(self):
        contract, draft = self.set_up()
        contract.line_ids[1].with_user(self.user_sales).sequence = 1
        contract.invalidate_recordset()
        draft.invalidate_recordset()
        self.assertFalse(draft.is_outdated)

    def test_a_row_that_was_deleted_is_not_missed(self):
        contract, draft = self.set_up()
        draft.line_ids[1].unlink()
        draft.line_ids[0].quantity = 2
        self.assertFalse(draft.is_outdated)
        draft.action_confirm()
        self.assertEqual(len(contract.line_ids.filtered(lambda line: not line.date_end)), 2)

    def test_taken_back_meanwhile(self):
        """The line that the draft began with is gone: its own change is left out, in words."""
        contract, _draft = self.set_up()
        first = self.amend(contract, "2026-06-20", line={"price_unit": 60.0})
        draft = self.draft(contract, "2026-07-01", line={"quantity": 2})
        first.action_cancel()
        self.check_refused(draft)
        draft.action_bring_up_to_date()
        self.assertFalse(draft.is_outdated)
        draft.line_ids[0].quantity = 2
        draft.action_confirm()
        self.assertEqual(draft.state, "done")
