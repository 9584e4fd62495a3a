"""What becomes of a declaration: matched, recorded with the day of its sending, answered."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CRON, EMAIL, NOW, DeclarationCommon


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestDeclarations(DeclarationCommon):
    # ----- Which contract -----

    def test_number_and_address_match_by_themselves(self):
        declaration = self.declare(reference=f" {self.contract.name.lower()} ", email=EMAIL.upper())
        self.assertFalse(declaration.contract_id, "the request itself looks nothing up")
        self.take_in()
        self.assertEqual(declaration.state, "matched")
        self.assertEqual(declaration.contract_id, self.contract)
        self.assertFalse(declaration.matched_by_id)
        self.assertEqual(declaration.partner_id, self.consumer)
        matter = self.get_matters(declaration)
        self.assertIn(self.contract.name, matter.detail)
        self.assertEqual(matter.cause_id.code, "declaration")

    def test_the_address_of_a_contact_is_the_customers(self):
        self.env["res.partner"].create(
            {"name": "Her", "parent_id": self.consumer.id, "email": "her@example.com"}
        )
        declaration = self.declare(email="her@example.com")
        self.take_in()
        self.assertEqual(declaration.contract_id, self.contract)

    def test_anything_else_is_matched_by_a_person(self):
        cases = (
            {"email": "other@example.com"},
            {"reference": "SC99999"},
            {"reference": self.contract.name[:-1] + "_"},
            {"reference": "%"},
            {"reference": False, "line_number": "0123456789"},
        )
        for vals in cases:
            with self.subTest(vals):
                declaration = self.declare(**vals)
                self.take_in()
                self.assertEqual(declaration.state, "received")
                self.assertTrue(self.get_matters(declaration))

    def test_another_companys_number_is_not_matched(self):
        sister = self.setup_other_company(name="Sister")["company"]
        declaration = self.declare(company=sister)
        self.take_in()
        self.assertEqual(declaration.state, "received")

    def test_candidates_say_what_speaks_for_them(self):
        other = self.create_contract(self.create_customer("Jean Client"))
        declaration = self.declare(reference=self.contract.name, email="x@example.com")
        action = declaration.with_user(self.user_sales).action_match()
        match = self.env[action["res_model"]].with_user(self.user_sales).browse(action["res_id"])
        rows = {row.contract_id: row.why for row in match.candidate_ids}
        self.assertEqual(
            rows,
            {self.contract: f"number “{self.contract.name}”", other: "name “Jean Client”"},
        )
        match.candidate_ids.filtered(lambda row: row.contract_id == other).action_choose()
        self.assertEqual((declaration.state, declaration.contract_id), ("matched", other))
        self.assertEqual(declaration.matched_by_id, self.user_sales)

    def test_who_reads_no_orders_matches_contracts(self):
        """Managers of services need not sell."""
        self.quote()
        declaration = self.declare(email="x@example.com", sender_name="Consumer")
        action = declaration.with_user(self.user_manager).action_match()
        match = self.env[action["res_model"]].with_user(self.user_manager).browse(action["res_id"])
        self.assertEqual(match.candidate_ids.contract_id, self.contract)
        match.candidate_ids.action_choose()
        self.assertIn("By right", declaration.with_user(self.user_manager).right_note)

    def test_an_order_is_cancelled_by_who_sells(self):
        order = self.quote(signed_on="2026-06-14 08:00:00")
        declaration = self.declare("withdrawal", reference=order.name)
        self.take_in()
        self.assertTrue(declaration.with_user(self.user_sales).can_cancel_sale)
        mine = declaration.with_user(self.user_manager)
        self.assertFalse(mine.can_cancel_sale)
        self.assertIn("By right", mine.right_note)
        Form(mine)
        with self.assertRaises(AccessError):
            mine.action_cancel_sale()
        self.assertNotEqual(order.state, "cancel")

    def test_a_person_chooses_anew(self):
        other = self.create_contract(self.consumer)
        declaration = self.declare()
        self.take_in()
        action = declaration.with_user(self.user_sales).action_match()
        match = self.env[action["res_model"]].with_user(self.user_sales).browse(action["res_id"])
        with Form(match) as form:
            form.contract_id = other
        match.action_match()
        self.assertEqual(declaration.contract_id, other)

    def test_nothing_of_another_company_is_chosen(self):
        sister = self.setup_other_company(name="Sister")["company"]
        contract = self.create_contract()
        declaration = self.declare(company=sister).with_user(self.env.user)
        match = self.env["service.declaration.match"].create({"declaration_id": declaration.id})
        match.contract_id = contract
        with self.assertRaisesRegex(UserError, "another company"):
            match.action_match()

    def test_what_is_sent_twice_is_one(self):
        first = self.declare()
        again = self.declare(at="2026-06-15 10:20:00")
        corrected = self.declare(wished_date="2026-12-31")
        self.take_in()
        self.assertEqual((again.state, again.original_id), ("repeated", first))
        self.assertFalse(self.get_matters(again))
        self.assertEqual(corrected.state, "matched")

    def test_a_form_is_kept_once(self):
        first = self.declare(key="a" * 43)
        self.assertEqual(self.declare(key="a" * 43, at="2026-06-15 10:20:00"), first)
        self.assertEqual(first.sent_at.isoformat(), "2026-06-15T10:03:12")

    # ----- What was sent stays -----

    def test_what_was_sent_is_changed_by_nobody(self):
        declaration = self.declare()
        self.assertTrue(declaration.is_intact)
        changes = (
            {"email": "x@example.com"},
            {"sent_at": "2026-01-01 10:00:00"},
            {"reference": "SC99999"},
            {"kind": "withdrawal"},
            {"said_sha256": "0" * 64},
            {"wished_date": "2026-07-01"},
        )
        for user in (self.user_manager, self.user_sales):
            for vals in changes:
                with self.subTest(vals, user=user.login), self.assertRaises(UserError):
                    declaration.with_user(user).write(vals)
        for vals in changes:
            with self.subTest(vals, user="sudo"), self.assertRaises(UserError):
                declaration.sudo().write(vals)

    def test_a_changed_database_shows(self):
        declaration = self.declare()
        self.env.cr.execute(
            "UPDATE service_declaration SET reference = 'SC99999' WHERE id = %s", declaration.ids
        )
        declaration.invalidate_recordset()
        self.assertFalse(declaration.is_intact)

    def test_nobody_makes_one_by_hand(self):
        vals = {"kind": "termination", "sender_name": "X", "email": EMAIL, "sent_at": NOW}
        for user in (self.user_manager, self.user_portal, self.env.ref("base.public_user")):
            with self.subTest(user.id), self.assertRaises(AccessError):
                self.env["service.declaration"].with_user(user).create(
                    {**vals, "company_id": self.company.id}
                )

    def test_customers_read_none(self):
        declaration = self.declare()
        for user in (self.user_portal, self.env.ref("base.public_user")):
            with self.subTest(user.id), self.assertRaises(AccessError):
                declaration.with_user(user).read(["email"])

    # ----- The day that counts -----

    def test_the_day_of_sending_is_the_customers(self):
        """At 22:30 UTC it is the next day in Paris."""
        declaration = self.declare(at="2026-06-14 22:30:00")
        self.take_in()
        self.assertEqual(declaration._get_sent_day(), date(2026, 6, 15))
        self.assertIn("06/15/2026 at 00:30:00 (Europe/Paris)", declaration._get_sent_words())

    def test_it_is_recorded_by_the_simulator_with_that_day(self):
        declaration = self.declare(at="2026-05-20 10:00:00", wished_date="2027-02-28")
        self.take_in()
        action = declaration.with_user(self.user_manager).action_record()
        wizards = self.env[action["res_model"]].with_user(self.user_manager)
        with Form(wizards.with_context(**action["context"])) as form:
            self.assertEqual(form.received_date, date(2026, 5, 20))
            self.assertEqual(form.wished_date, date(2027, 2, 28))
            form.reason_id = self.reason
        form.record.action_confirm()
        termination = self.contract.termination_ids
        self.assertEqual(termination.declaration_id, declaration)
        self.assertEqual(termination.received_date, date(2026, 5, 20))
        self.assertEqual(declaration.state, "recorded")
        self.assertFalse(self.get_matters(declaration))
        told = self.get_outcomes(declaration)
        self.assertIn("02/28/2027", told.body)
        self.assertEqual(told.email_to, EMAIL)

    def test_a_termination_taken_back_waits_again(self):
        declaration = self.declare(wished_date="2027-02-28")
        self.take_in()
        self.record(declaration)
        self.contract.termination_ids.with_user(self.user_manager).action_withdraw()
        self.assertEqual(declaration.state, "matched")
        self.assertTrue(self.get_matters(declaration))
        self.assertFalse(declaration.termination_id)
        self.record(declaration)
        self.assertEqual(declaration.state, "recorded")

    def get_outcomes(self, declaration, words="ends on"):
        mails = self.get_mails(declaration)
        return mails.filtered(lambda mail: words in (mail.body or ""))

    def record(self, declaration, user=None):
        context = declaration.with_user(user or self.user_manager).action_record()["context"]
        wizards = self.env["service.exit.simulation"].with_user(user or self.user_manager)
        wizard = wizards.with_context(**context).create({"reason_id": self.reason.id})
        wizard.action_confirm()

    def test_a_salesperson_asks_a_manager(self):
        declaration = self.declare()
        self.take_in()
        self.record(declaration, self.user_sales)
        self.assertEqual(self.contract.termination_id.state, "waiting")
        self.assertEqual(declaration.state, "recorded")
        self.assertFalse(self.get_outcomes(declaration))
        self.contract.termination_id.with_user(self.user_manager).action_confirm()
        self.assertTrue(self.get_outcomes(declaration))

    def test_a_simulation_of_another_contract_takes_no_declaration(self):
        declaration = self.declare()
        self.take_in()
        other = self.create_contract()
        wizard = self.simulate(other, declaration_id=declaration.id)
        with self.assertRaisesRegex(UserError, "is not matched to"):
            wizard.action_confirm()

    def test_the_outcome_goes_to_the_customers_own_address(self):
        """Who knows a number and a name learns nothing of the contract by a typed address."""
        declaration = self.declare(email="thief@example.com")
        self.take_in()
        declaration._set_matched(self.contract, self.env["sale.order"], self.user_manager)
        self.record(declaration)
        told = self.get_outcomes(declaration)
        self.assertEqual(told.mapped("email_to"), [EMAIL])

    # ----- Withdrawing -----

    def test_a_withdrawal_sent_on_the_last_day_counts(self):
        contract = self.confirm(self.quote(start="2026-07-15"))
        self.assertEqual(contract.withdrawal_until, date(2026, 6, 29))
        late = "2026-06-29 21:59:00"
        declaration = self.declare("withdrawal", at=late, reference=contract.sale_order_id.name)
        with freeze_time("2026-07-03"):
            self.take_in("2026-07-03")
            self.assertEqual(declaration.contract_id, contract)
            self.assertIn("By right: sent on 06/29/2026", declaration.right_note)
        after = self.declare("withdrawal", at="2026-06-29 22:01:00", reference=contract.name)
        with freeze_time("2026-07-03"):
            self.take_in("2026-07-03")
            self.assertIn("Too late: sent on 06/30/2026", after.right_note)

    def test_what_has_not_begun_is_taken_back(self):
        contract = self.confirm(self.quote(start="2026-07-15"))
        contract = contract.sudo()
        self.assertEqual(contract.state, "active")
        draft = self.confirm(self.quote())
        self.assertEqual(draft.state, "draft")
        declaration = self.declare("withdrawal", reference=draft.name)
        self.take_in()
        self.assertFalse(declaration.can_record)
        declaration.with_user(self.user_sales).action_cancel_sale()
        self.assertEqual((draft.state, declaration.state), ("cancelled", "recorded"))
        told = self.get_outcomes(declaration, "taken back")
        self.assertIn("within 14 days", told.body)

    def test_a_signed_quotation_without_contract_is_taken_back(self):
        order = self.quote(signed_on="2026-06-14 08:00:00")
        declaration = self.declare("withdrawal", reference=order.name)
        self.take_in()
        self.assertEqual((declaration.order_id, declaration.state), (order, "matched"))
        self.assertIn("By right", declaration.right_note)
        declaration.with_user(self.user_sales).action_cancel_sale()
        self.assertEqual(order.state, "cancel")

    def test_what_has_begun_is_simulated(self):
        contract = self.confirm(self.quote(service_is_start_requested=True))
        self.assertEqual(contract.state, "active")
        declaration = self.declare("withdrawal", reference=contract.name)
        self.take_in()
        with self.assertRaisesRegex(UserError, "simulate the end"):
            declaration.with_user(self.user_manager).action_cancel_sale()
        self.record(declaration)
        self.assertEqual(contract.termination_ids.kind, "withdrawal")

    # ----- Who may -----

    def test_the_law_gives_it_to_some(self):
        firm = self.create_customer("Firm", email="firm@example.com")
        contract = self.create_contract(firm)
        cases = (
            ("termination", self.contract, EMAIL, "By right: consumers"),
            ("termination", contract, "firm@example.com", "A request: the law gives profess"),
            ("withdrawal", contract, "firm@example.com", "A request: neither a consumer"),
        )
        for kind, found, email, words in cases:
            declaration = self.declare(kind, reference=found.name, email=email)
            self.take_in()
            with self.subTest(kind, words=words):
                self.assertEqual(declaration.contract_id, found)
                self.assertIn(words, declaration.right_note)

    def test_technicians_read_only(self):
        declaration = self.declare().with_user(self.user_technician)
        self.assertEqual(declaration.sender_name, "Jean Client")
        with self.assertRaises(AccessError):
            declaration.action_match()

    # ----- Answering -----

    def test_an_answer_is_written_and_sent(self):
        declaration = self.declare(email="x@example.com")
        self.take_in()
        mine = declaration.with_user(self.user_sales)
        with self.assertRaisesRegex(UserError, "Write the answer"):
            mine.action_close()
        mine.answer_text = "There is no such contract <b>here</b>."
        mine.action_close()
        self.assertEqual(declaration.state, "closed")
        self.assertFalse(self.get_matters(declaration))
        mail = self.get_outcomes(declaration, "Nothing follows")
        self.assertIn("&lt;b&gt;here", mail.body)
        with self.assertRaises(UserError):
            mine.answer_text = "Something else"
        mine.action_reopen()
        self.assertEqual(declaration.state, "received")
        self.assertTrue(self.get_matters(declaration))

    # ----- The receipt -----

    def test_a_receipt_is_mailed_at_once(self):
        declaration = self.declare(wished_date="2026-12-31", sender_name="<b>Jean</b>")
        self.take_in()
        mail = declaration.receipt_mail_id
        self.assertEqual((mail.email_to, mail.state), (EMAIL, "outgoing"))
        for words in (
            declaration.name,
            self.contract.name,
            "06/15/2026 at 12:03:12 (Europe/Paris)",
            "12/31/2026",
            "&lt;b&gt;Jean&lt;/b&gt;",
            declaration.said_sha256,
        ):
            self.assertIn(words, mail.body)
        self.take_in()
        self.assertEqual(len(self.get_mails(declaration)), 1)

    def test_a_receipt_that_comes_back_is_told_once(self):
        declaration = self.declare()
        self.take_in()
        self.assertFalse(declaration.receipt_failure)
        declaration.receipt_mail_id.write({"state": "exception", "failure_reason": "Mailbox full"})
        self.assertIn("Mailbox full", declaration.receipt_failure)
        self.run_cron(CRON)
        self.assertIn("Mailbox full", self.get_matters(declaration, "declaration_lost").detail)

    def test_a_deleted_template_loses_no_declaration(self):
        self.env.ref("service_contract.service_declaration_receipt_mail_template").unlink()
        declaration = self.declare()
        self.run_cron(CRON)
        self.assertEqual(declaration.state, "matched")
        told = self.get_matters(declaration, "declaration_receipts").detail
        self.assertIn("The e-mail template of declarations is missing", told)
