"""The public pages (L19, L21): three clicks, no account, no word of what is known."""

import html
import re

from freezegun import freeze_time

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import EMAIL, NOW, PageCommon

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


@tagged("post_install", "-at_install")
class TestDeclarationPage(PageCommon, HttpCase):
    # ----- The way -----

    def test_three_clicks_from_the_link_to_the_receipt(self):
        page = self.get()
        self.assertIn("Terminate your contract", page.text)
        summary = self.post(
            "summary", page, **self.fill_in(line_number="0472000000", wished_date="2026-12-31")
        )
        self.assertIn("Nothing is sent yet", summary.text)
        self.assertIn("0472000000", summary.text)
        self.assertIn("Notification of the termination", summary.text)
        self.assertFalse(self.get_sent(), "nothing is kept before the last click")
        answer = self.post("send", summary)
        self.assertEqual(answer.status_code, 303)
        receipt = self.get(answer.headers["Location"])
        for words in (
            "Receipt of your termination",
            "06/15/2026 at 12:03:12 (Europe/Paris)",
            "12/31/2026",
            self.contract.name,
            EMAIL,
        ):
            self.assertIn(words, receipt.text)
        sent = self.get_sent()
        self.assertEqual(sent.sent_at, self.instant())
        self.assertEqual((sent.reference, sent.email), (self.contract.name, EMAIL))
        self.assertEqual(sent.ip_address, "127.0.0.1")
        self.assertTrue(sent.is_intact)

    def test_a_withdrawal_asks_for_nothing_but_who_and_what(self):
        page = self.get(self.withdrawal_path)
        self.assertIn("Withdraw from the contract here", page.text)
        for name in ("reason", "wished_date", "line_number"):
            self.assertNotIn(f'name="{name}"', page.text)
        answer = self.send(self.withdrawal_path, reason="Changed my mind", wished_date="2026-12-31")
        self.assertEqual(answer.status_code, 303)
        sent = self.get_sent()
        self.assertEqual((sent.kind, sent.reason, sent.wished_date), ("withdrawal", False, False))

    def test_what_was_typed_is_corrected(self):
        summary = self.post("summary", self.get(), **self.fill_in(reason="We move\nabroad"))
        form = self.post("correct", summary)
        self.assertIn('value="Jean Client"', form.text)
        self.assertIn("We move\nabroad</textarea>", form.text)
        self.assertFalse(self.get_sent())

    def test_the_same_summary_sent_twice_is_one(self):
        summary = self.post("summary", self.get(), **self.fill_in())
        first = self.post("send", summary)
        second = self.post("send", summary, at="2026-06-15 11:00:00")
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(self.declarations.search_count([]), 1)

    def test_the_page_of_any_company_leads_to_ours(self):
        answer = self.get("/service/terminate", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertRegex(answer.headers["Location"], r"/service/[\w-]+-\d+/terminate$")

    def test_a_company_is_found_by_its_number(self):
        self.assertEqual(self.get(f"/service/{self.company.id}/terminate").status_code, 200)
        for text in ("0", "999999", "x", f"{self.company.id}x"):
            self.assertEqual(self.get(f"/service/{text}/terminate").status_code, 404, text)

    # ----- What is wrong is said at its field -----

    def test_mistakes_are_tied_to_their_fields(self):
        cases = (
            ("sender_name", " "),
            ("email", "nobody"),
            ("email", "a@b.fr, c@d.fr"),
            ("reference", ""),
            ("wished_date", "2026-06-14"),
            ("wished_date", "yesterday"),
        )
        page = self.get()
        for name, value in cases:
            with self.subTest(name, value=value):
                answer = self.post("summary", page, **self.fill_in(**{name: value}))
                self.assertEqual(answer.status_code, 422)
                self.assertIn(f'href="#{name}"', answer.text)
                self.assertIn(f'id="{name}_error"', answer.text)
                self.assertRegex(answer.text, rf'id="{name}"[^>]*aria-invalid="true"')
                self.assertRegex(answer.text, rf'aria-describedby="[^"]*{name}_error"')
                self.assertIn("Error:", re.search(r"<title>(.*?)</title>", answer.text, re.S)[1])

    def test_every_field_has_a_label(self):
        for path in (self.path, self.withdrawal_path):
            text = self.get(path).text
            shown = re.findall(r'<(?:input|textarea)(?![^>]*type="hidden")[^>]*id="(\w+)"', text)
            self.assertGreaterEqual(len(shown), 3)
            for name in shown:
                self.assertIn(f'for="{name}"', text)

    def test_the_page_speaks_the_visitors_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        text = self.get(headers={"Accept-Language": "fr-CH, en;q=0.5"}).text
        self.assertRegex(text, r"<html[^>]* lang=.fr-FR.")
        text = self.get(headers={"Accept-Language": "en-GB"}).text
        self.assertRegex(text, r"<html[^>]* lang=.en-US.")
        self.company.partner_id.lang = "fr_FR"
        text = self.get(headers={"Accept-Language": "ja"}).text
        self.assertRegex(text, r"<html[^>]* lang=.fr-FR.")
        text = self.get(f"{self.path}?lang=en_US", headers={"Accept-Language": "fr"}).text
        self.assertRegex(text, r"<html[^>]* lang=.en-US.")

    # ----- Nothing is told -----

    def test_no_answer_tells_what_is_known(self):
        """Known or not, the pages are the same but for what was typed, and ask the same."""
        pages, queries = {}, {}
        for reference in (self.contract.name, "SC99999"):
            summary = self.post("summary", self.get(), **self.fill_in(reference=reference))
            answer = self.post("send", summary)
            receipt = self.get(answer.headers["Location"]).text
            sent = self.get_sent()
            for text in (reference, sent.name, sent.said_sha256, sent.form_key):
                receipt = receipt.replace(text, "X")
            pages[reference] = re.sub(r'csrf_token[^,>]*|"[\w/-]{20,}"', "", receipt)
            queries[reference] = sent.state
        self.assertEqual(*pages.values())
        self.assertEqual(set(queries.values()), {"received"})

    def test_a_receipt_opens_by_its_link_only(self):
        location = self.send().headers["Location"]
        path, token = location.rsplit("/", 1)
        for wrong in (f"{path}/{'0' * 64}", f"{path}/{token[:-1]}", f"{path}9/{token}"):
            answer = self.get(wrong)
            self.assertEqual(answer.status_code, 404)
            self.assertNotIn(EMAIL, answer.text)

    def test_pages_are_private(self):
        summary = self.post("summary", self.get(), **self.fill_in())
        receipt = self.get(self.post("send", summary).headers["Location"])
        for page in (self.get(), summary, receipt):
            self.assertIn("noindex", page.headers["X-Robots-Tag"])
            self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
            self.assertIn("no-store", page.headers["Cache-Control"])
            self.assertEqual(page.headers["X-Frame-Options"], "DENY")
            self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])

    # ----- Attacks -----

    @mute_logger("odoo.http")
    def test_nothing_is_sent_without_the_token_of_the_form(self):
        for token in ("", "0" * 40):
            answer = self.post("send", self.get(), **self.fill_in(csrf_token=token))
            self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.get_sent())

    def test_looking_sends_nothing(self):
        for step in ("send", "summary", "correct"):
            self.assertIn(self.get(f"{self.path}/{step}").status_code, (404, 405))
        self.assertFalse(self.get_sent())

    def test_hostile_text_stays_text(self):
        typed = {name: SCRIPT for name in ("sender_name", "reference", "line_number", "reason")}
        summary = self.post("summary", self.get(), **self.fill_in(**typed))
        receipt = self.get(self.post("send", summary).headers["Location"])
        for page in (summary, receipt, self.post("correct", summary)):
            self.assertNotIn("<script>alert", page.text)
            self.assertNotIn("<img src=x", page.text)
            self.assertIn(html.escape("<script>alert"), page.text)

    def test_no_header_is_smuggled_into_the_receipt(self):
        self.send(sender_name="Jean\r\nBcc: all@example.com", reference="1\r\nX: y")
        self.take_in()
        sent = self.get_sent()
        self.assertEqual(sent.sender_name, "Jean Bcc: all@example.com")
        self.assertEqual(sent.receipt_mail_id.email_to, EMAIL)

    def test_what_is_no_field_of_the_form_is_not_taken(self):
        self.send(state="recorded", contract_id=str(self.contract.id), sent_at="2020-01-01")
        sent = self.get_sent()
        self.assertEqual((sent.state, sent.sent_at), ("received", self.instant()))
        self.assertFalse(sent.contract_id)

    def test_files_in_place_of_texts_are_nothing(self):
        summary = self.post("summary", self.get(), **self.fill_in())
        files = {"sender_name": ("x", b"x"), "form_key": ("x", b"x"), "proof": ("", b"")}
        answer = self.post("send", summary, files=files)
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(self.get_sent())

    # ----- Proofs -----

    def test_a_proof_is_kept_with_it(self):
        files = {"proof": ("letter.exe", b"%PDF-1.7 letter", "text/html")}
        self.assertEqual(self.send(reason="We move", files=files).status_code, 303)
        sent = self.get_sent()
        self.assertEqual(sent.proof_name, "letter.pdf")
        self.assertTrue(sent.is_intact)
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", sent._name),
                ("res_id", "=", sent.id),
                ("res_field", "=", "proof_file"),
            ]
        )
        self.assertEqual(attachment.raw, b"%PDF-1.7 letter")
        self.assertFalse(attachment.public)

    def test_other_files_are_refused_in_words(self):
        cases = (b"<html><script>x</script>", b"MZ\x90", b"%PDF-1.7" + b"0" * 5 * 2**20)
        for content in cases:
            files = {"proof": ("letter.pdf", content, "application/pdf")}
            answer = self.send(reason="We move", files=files)
            with self.subTest(content[:9]):
                self.assertEqual(answer.status_code, 422)
                self.assertIn("must be a PDF, PNG or JPEG file", answer.text)
        self.assertFalse(self.get_sent())

    # ----- Logged in -----

    def login(self, customer=None):
        user = new_test_user(self.env, login="service_declaring", groups="base.group_portal")
        user.partner_id.write({"parent_id": (customer or self.consumer).id, "email": EMAIL})
        self.authenticate(user.login, user.login)
        return user

    def test_a_customers_own_page_comes_filled_in(self):
        user = self.login()
        path = self.contract._get_declaration_urls()["termination"]
        page = self.get(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn(f'value="{user.name}"', page.text)
        self.assertIn(f'value="{self.contract.name}"', page.text)
        self.assertIn("If you send it today", page.text)
        self.assertIn("02/28/2027", page.text)
        summary = self.post("summary", page, path=path, **self.fill_in(wished_date="2026-09-30"))
        self.assertIn("At most claimed for the rest, without tax", summary.text)
        self.assertIn("250.00", summary.text)
        answer = self.post("send", summary, path=path)
        self.assertEqual(answer.status_code, 303)
        sent = self.get_sent()
        self.assertEqual((sent.state, sent.contract_id), ("matched", self.contract))
        self.assertTrue(sent.is_from_portal)

    def test_nobody_declares_of_anothers_contract(self):
        self.login(self.customer)
        path = f"/my/contracts/{self.contract.id}/terminate"
        self.assertEqual(self.get(path).status_code, 404)
        own = self.get()
        for step in ("summary", "correct", "send"):
            answer = self.post(step, own, path=path, **self.fill_in())
            self.assertEqual(answer.status_code, 404, step)
            self.assertNotIn("250.00", answer.text)
        self.assertFalse(self.get_sent())

    def test_the_own_page_tells_of_its_own_contract_alone(self):
        other = self.create_contract()
        self.login()
        path = self.contract._get_declaration_urls()["termination"]
        summary = self.post("summary", self.get(path), path=path, reference=other.name)
        self.assertIn(self.contract.name, summary.text)
        self.assertNotIn(other.name, summary.text)

    def test_who_is_not_logged_in_is_asked_to(self):
        answer = self.get(f"/my/contracts/{self.contract.id}/terminate", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_what_is_over_is_not_declared(self):
        self.login()
        with freeze_time(NOW):
            self.leave(self.contract, wished="2027-02-28")
        self.assertEqual(self.get(f"/my/contracts/{self.contract.id}/terminate").status_code, 404)

    # ----- Links -----

    def test_an_order_leads_to_both_pages(self):
        with freeze_time(NOW):
            order = self.quote(start="2026-07-15")
            self.assertEqual(order._get_declaration_urls(), {})
            self.confirm(order)
        page = self.get(order.get_portal_url(), at=NOW)
        self.assertIn(f"{self.withdrawal_path}?reference={order.name}", page.text)
        self.assertIn(f"{self.path}?reference={order.name}", page.text)
        form = self.get(f"{self.withdrawal_path}?reference={order.name}")
        self.assertIn(f'value="{order.name}"', form.text)
        page = self.get(order.get_portal_url(), at="2026-07-02 10:00:00")
        self.assertNotIn(f"{self.withdrawal_path}?reference", page.text)
