"""The pages of contracts: what their customer reads there, and nothing of anybody else."""

import base64

from freezegun import freeze_time
from lxml import html

from odoo.tests import tagged

from ..common import IBANS
from .common import NOW, PagesCommon

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


@tagged("post_install", "-at_install")
class TestContractPages(PagesCommon):
    # ----- The list -----

    def test_home_has_its_entry(self):
        self.assertIn('href="/my/contracts"', self.get("/my").text)

    def test_list_shows_ones_own(self):
        page = self.get("/my/contracts")
        self.assertRegex(page.text, r"<html[^>]* lang=.en-US.")
        self.assertIn("no-store", page.headers["Cache-Control"])
        words = self.words(page)
        self.assertIn(f"{self.contract.name} Maintenance · Managed", words)
        self.assertIn("12/31/2026", words)
        self.assertIn("11/30/2026", words)
        self.assertNotIn(self.foreign.name, words)

    def test_drafts_are_nobodys_yet(self):
        draft = self.create_contract(
            self.customer_managed, self.product_managed, start="2026-03-01", activate=False
        )
        self.assertNotIn(draft.name, self.get_words("/my/contracts"))
        page = self.get(f"/my/contracts/{draft.id}")
        self.assertTrue(page.url.endswith("/my/contracts"))

    def test_who_has_none_is_told(self):
        self.create_portal_user("service_nobody", self.create_customer("Nobody"))
        self.assertIn(
            "You have no contract", self.get_words("/my/contracts", login="service_nobody")
        )

    def test_status_in_the_customers_words(self):
        later = self.create_contract(
            self.customer_managed, self.product_managed, start="2026-07-01"
        )
        with freeze_time(NOW):
            self.assertEqual(self.contract._get_portal_status(), "Active")
            self.assertEqual(later._get_portal_status(), "Begins on 07/01/2026")
            self.contract._as_workflow().date_end = "2026-12-31"
            self.assertEqual(self.contract._get_portal_status(), "Ends on 12/31/2026")
            self.contract._set_ended(self.contract.date_end)
            self.assertEqual(self.contract._get_portal_status(), "Ended")

    def test_a_longer_list_costs_no_query_more(self):
        self.create_many(2)
        self.get("/my/contracts")
        few = self.count_list_queries()
        self.create_many(27)
        self.assertEqual(self.count_list_queries(), few)

    def count_list_queries(self):
        """Return how many statements a page of the list takes, with a user's cold cache."""
        contracts = self.env["service.contract"].with_user(self.user_customer)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        own = contracts.sudo().search(contracts._get_customer_domain(), limit=30)
        for contract, _term in own._get_portal_rows():
            contract._get_portal_title()
            contract._get_portal_status()
            contract.mapped("commitment_end")
        return self.cr.sql_log_count - before

    # ----- One contract -----

    def test_page_of_a_contract(self):
        words = self.get_words()
        for part in (
            "Maintenance · Managed",
            self.contract.name,
            "You may refuse the renewal of this contract until 11/30/2026 inclusive.",
            "it is renewed after 12/31/2026 for 12 months",
            "Price excl. tax",
            "$ 90.00" if self.company.currency_id.name == "USD" else "90.00",
            "01/01/2026 – 12/31/2026",
            "Nobody named yet",
            "Ask for an Intervention",
        ):
            self.assertIn(part, words)

    def test_consumers_read_prices_with_tax(self):
        """L20: 90.00 and 20 % of tax; the notice window of who must be informed (L01)."""
        self.contract.regime = "consumer"
        words = self.get_words()
        self.assertIn("Price incl. tax", words)
        self.assertIn("108.00", words)
        self.assertNotIn("90.00", words)
        self.assertIn("between 08/30/2026 and 10/30/2026", words)

    def test_no_renewal_is_refused_after_its_last_day(self):
        self.assertIn("You may refuse", self.get_words(at="2026-11-30 12:00:00"))
        self.assertNotIn("You may refuse", self.get_words(at="2026-12-01 12:00:00"))

    def test_the_last_day_ends_where_the_customer_is(self):
        """At 21:00 UTC it is the next day in Réunion."""
        self.contract.tz = "Indian/Reunion"
        self.assertIn("You may refuse", self.get_words(at="2026-11-30 19:00:00"))
        self.assertNotIn("You may refuse", self.get_words(at="2026-11-30 21:00:00"))

    def test_what_is_left_of_the_time(self):
        self.env["service.allowance"].sudo().create(
            {
                "partner_id": self.customer_managed.id,
                "company_id": self.company.id,
                "kind": "prepaid",
                "date": "2026-01-01",
                "seconds": 5400,
            }
        )
        self.assertIn("0:00:00 included, 1:30:00 prepaid", self.get_words())

    def test_the_referent(self):
        self.contract.referent_id = self.create_customer(
            "Rita", parent_id=self.customer_managed.id, is_company=False, email="rita@x.example"
        )
        words = self.get_words()
        self.assertIn("Rita", words)
        self.assertIn("rita@x.example", words)

    def test_hostile_words_stay_words(self):
        self.contract.line_ids.sudo().name = SCRIPT
        self.customer_managed.name = SCRIPT
        page = self.get()
        self.assertNotIn("<script>alert(", page.text)
        self.assertNotIn("<img src=x", page.text)

    def test_nothing_internal_is_shown(self):
        self.contract.note = "<p>Pays late</p>"
        written = {"Do not renew": "mail.mt_note", "What about them?": "mail.mt_comment"}
        for words, subtype in written.items():
            self.contract.message_post(body=words, subtype_xmlid=subtype)
        text = self.get().text
        for secret in ("Pays late", *written):
            self.assertNotIn(secret, text)

    def test_messages_meant_for_the_customer(self):
        written = {"Your prices change": "mail.mt_comment", "Our secret": "mail.mt_note"}
        for words, subtype in written.items():
            self.contract.message_post(
                body=words,
                partner_ids=self.user_customer.partner_id.ids,
                subtype_xmlid=subtype,
            )
        words = self.get_words()
        self.assertIn("Your prices change", words)
        self.assertNotIn("Our secret", words)

    def test_pages_speak_the_users_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_customer.lang = "fr_FR"
        page = self.get()
        self.assertRegex(page.text, r"<html[^>]* lang=.fr-FR.")
        self.assertIn("30/11/2026", page.text)

    # ----- Debits -----

    def test_next_debits(self):
        """The day, the amount, the mandate, the creditor; the account is masked (L12)."""
        payer = self.create_customer("Payer", iban=IBANS[0], email="payer@example.com")
        self.create_portal_user("service_payer", payer)
        with freeze_time(NOW):
            contract = self.create_contract(payer, self.product_fibre, start="2026-06-01")
            run = self.create_run("2026-06-15", user=self.user_accountant, is_auto_post=True)
        invoice = run.invoice_ids.filtered(lambda move: move.partner_id == payer)
        page = self.get(f"/my/contracts/{contract.id}", login="service_payer")
        words = self.words(page)
        for part in (
            invoice.name,
            "46.80",
            contract.mandate_id.unique_mandate_reference,
            "FR78ZZZ424242",
        ):
            self.assertIn(part, words)
        for number in (IBANS[0], "30006000011234567890189"):
            self.assertNotIn(number, page.text.replace(" ", ""))

    # ----- Documents -----

    def test_documents(self):
        with freeze_time(NOW):
            self.contract.action_make_document()
        self.contract.signed_copy = base64.b64encode(b"%PDF signed")
        page = self.get()
        links = html.fromstring(page.text).xpath("//a[contains(@href, '/documents/')]/@href")
        self.assertEqual(len(links), 2)
        kept = self.contract.document_id.raw
        for link, content in zip(links, (kept, b"%PDF signed"), strict=True):
            file = self.get(link)
            self.assertEqual(file.content, content)
            self.assertIn("attachment", file.headers["Content-Disposition"])
            self.assertIn("no-store", file.headers["Cache-Control"])
            stranger = self.get(link, login="service_stranger")
            self.assertNotIn(content, stranger.content)

    def test_notices_that_were_sent(self):
        """L01: the letter as it was sent."""
        self.contract.regime = "consumer"
        self.customer_managed.email = "managed@example.com"
        with freeze_time("2026-09-15 12:00:00"):
            self.contract.commitment_ids.action_send_notice()
        letter = self.contract.commitment_ids.notice_letter_ids
        self.assertIn(letter.name, self.get_words(at="2026-09-16 12:00:00"))
        file = self.get(f"{self.path}/documents/notice-{letter.id}", at="2026-09-16 12:00:00")
        self.assertEqual(file.content, letter.raw)

    def test_no_other_file_of_the_contract_is_given(self):
        attachments = self.env["ir.attachment"]
        secret = attachments.create(
            {
                "name": "margin.txt",
                "raw": b"secret",
                "res_model": "service.contract",
                "res_id": self.contract.id,
            }
        )
        for path in (
            f"{self.path}/documents/notice-{secret.id}",
            f"{self.path}/documents/{secret.id}",
            f"/web/content/{secret.id}",
            f"/web/content/service.contract/{self.contract.id}/signed_copy",
        ):
            with self.subTest(path):
                self.assertNotIn(b"secret", self.get(path).content)

    def test_general_conditions(self):
        self.contract._as_workflow().conditions_snapshot = "<p>As signed</p>"
        self.assertIn("General Conditions", self.get_words())
        self.assertIn("As signed", self.get_words(f"{self.path}/conditions"))
        stranger = self.get(f"{self.path}/conditions", login="service_stranger")
        self.assertNotIn("As signed", stranger.text)
