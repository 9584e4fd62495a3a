"""The page behind the signed link (S30): what it shows, what it lets happen, and attacks on it."""

import html
import re

from freezegun import freeze_time

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..session.common import HALF_HOUR
from .common import SheetCommon

SENT = "2026-03-02 12:00:00"
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


@tagged("post_install", "-at_install")
class TestSheetPage(SheetCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.sheet = self.close_and_send(
            SENT,
            request="The printer is mute & slow",
            report="<p>Driver installed</p>",
            internal_note="<p>Difficult customer</p>",
        )
        self.path = self.sheet._get_sheet_path()

    def get(self, path=None, at="2026-03-03 12:00:00", **options):
        self.env.flush_all()
        with freeze_time(at):
            return self.url_open(path or self.path, **options)

    def post(self, action, at="2026-03-03 12:00:00", path=None, token=None, **data):
        """Answer on the page as a browser does: with the CSRF token of the form."""
        page = self.get(at=at)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        data["csrf_token"] = token if token is not None else found and found[1]
        with freeze_time(at):
            response = self.url_open(f"{path or self.path}/{action}", data=data)
        self.env.invalidate_all()
        return response

    # ----- What it shows -----

    def test_page_shows_the_sheet(self):
        text = self.get().text
        for words in (
            self.sheet.name,
            "The printer is mute &amp; slow",
            "Driver installed",
            "03/07/2026",
            "36.00",
            "I contest this sheet",
            "I confirm this sheet",
        ):
            self.assertIn(words, text)
        for sentence in self.sheet.charge_ids._explain():
            self.assertIn(sentence, html.unescape(text))
        self.assertNotIn("Difficult customer", text)

    def test_page_is_private(self):
        headers = self.get().headers
        self.assertIn("noindex", headers["X-Robots-Tag"])
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", headers["Cache-Control"])
        self.assertEqual(headers["X-Frame-Options"], "DENY")

    def test_page_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        text = self.get().text
        self.assertIn("07/03/2026", text)
        self.assertRegex(text, r"<html[^>]* lang=.fr-FR.")

    def test_looking_changes_nothing(self):
        """Mail scanners and link previews open links: GET and HEAD never answer."""
        for method in ("GET", "HEAD"):
            for path in (self.path, f"{self.path}/confirm", f"{self.path}/contest?text=No"):
                with freeze_time("2026-03-03 12:00:00"):
                    self.url_open(path, method=method)
                self.assertEqual(self.sheet.sheet_state, "sent")

    # ----- Answers -----

    def test_confirm(self):
        text = self.post("confirm").text
        self.assertIn("You have confirmed this sheet", text)
        self.assertNotIn("I contest this sheet", text)
        self.assertEqual(self.state(self.sheet)[:3], ("validated", "ready", False))
        self.assertEqual(self.sheet.sheet_validation, "customer")
        self.assertTrue(self.sheet.sudo().sheet_ip)
        self.assertIn(self.customer, self.sheet.message_ids.author_id)

    def test_contest_escapes_what_is_typed(self):
        text = self.post("contest", text=SCRIPT).text
        self.assertIn("You have contested this sheet", text)
        self.assertNotIn(SCRIPT, text)
        self.assertIn("&lt;script&gt;", text)
        self.assertEqual(self.sheet.contest_text, SCRIPT)
        self.assertEqual(self.state(self.sheet)[:3], ("contested", "on_hold", "contested"))
        for note in self.sheet.activity_ids.mapped("note"):
            self.assertNotIn("<script", note)
            self.assertNotIn("<img", note)

    def test_contest_needs_words(self):
        for text in ("", "   "):
            response = self.post("contest", text=text)
            self.assertIn("what you contest", response.text)
            self.assertEqual(self.sheet.sheet_state, "sent")

    def test_long_words_are_cut(self):
        self.post("contest", text="x" * 6000)
        self.assertEqual(len(self.sheet.contest_text), 5000)

    def test_answered_once(self):
        """A second answer, from another window, changes nothing."""
        token = self.get_token()
        self.post("contest", text="No", token=token)
        response = self.post("confirm", token=token)
        self.assertIn("You have contested this sheet", response.text)
        self.assertEqual(self.sheet.sheet_state, "contested")

    def get_token(self):
        return re.search(r'name="csrf_token" value="([^"]+)"', self.get().text)[1]

    # ----- Time -----

    def test_last_second_of_the_last_day(self):
        """Read-only from midnight on where the customer is."""
        token = self.get_token()
        late = "2026-03-07 23:00:00"
        text = self.get(at=late).text
        self.assertIn("ended on", text)
        self.assertNotIn("I contest this sheet", text)
        self.post("contest", at=late, token=token, text="Late")
        self.assertEqual(self.sheet.sheet_state, "sent")
        self.post("contest", at="2026-03-07 22:59:59", text="In time")
        self.assertEqual(self.sheet.sheet_state, "contested")

    def test_last_second_of_the_last_day_overseas(self):
        """The customer's midnight counts, not that of the company: S13, S30."""
        self.customer.tz = "Indian/Reunion"
        self.sheet = self.close_and_send(SENT)
        self.path = self.sheet._get_sheet_path()
        token = self.get_token()
        self.assertEqual(str(self.sheet.sheet_contest_until), "2026-03-07")
        self.post("contest", at="2026-03-07 20:00:00", token=token, text="Late")
        self.assertEqual(self.sheet.sheet_state, "sent")
        self.post("contest", at="2026-03-07 19:59:59", text="In time")
        self.assertEqual(self.sheet.sheet_state, "contested")

    def test_without_days_it_may_be_confirmed_only(self):
        self.level.contest_days = 0
        self.sheet = self.close_and_send(SENT)
        self.path = self.sheet._get_sheet_path()
        text = self.get().text
        self.assertIn("for your information", text)
        self.assertNotIn("I contest this sheet", text)
        self.post("contest", text="No")
        self.assertEqual(self.sheet.sheet_state, "sent")
        self.post("confirm")
        self.assertEqual(self.sheet.sheet_state, "validated")

    # ----- Links -----

    @mute_logger("odoo.http")
    def test_wrong_links_open_nothing_and_tell_nothing(self):
        other = self.close_and_send(SENT)
        token = self.path.rsplit("/", 1)[1]
        wrong = {
            "another session's token": f"/service/sheet/{other.id}/{token}",
            "changed": self.path[:-1] + ("0" if self.path[-1] != "0" else "1"),
            "short": self.path[:-1],
            "no session": f"/service/sheet/999999999/{token}",
            "too large for the database": f"/service/sheet/{2**31}/{token}",
            "huge": f"/service/sheet/{10**30}/{token}",
            "not ascii": f"/service/sheet/{self.sheet.id}/é",
            "next revision": f"/service/sheet/{self.sheet.id}/{self.sheet._get_sheet_token(1)}",
        }
        for name, path in wrong.items():
            with self.subTest(link=name):
                response = self.get(path)
                self.assertEqual(response.status_code, 404)
                self.assertIn("This link opens nothing", response.text)
                self.assertNotIn(self.sheet.name, response.text)
                self.post("contest", path=path, text="No", token=self.get_token())
        self.assertEqual((self.sheet | other).mapped("sheet_state"), ["sent", "sent"])

    @mute_logger("odoo.http")
    def test_a_wrong_link_speaks_the_visitors_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        with self.assertNoLogs("py.warnings", level="WARNING"):
            response = self.get(
                f"/service/sheet/{self.sheet.id}/forged",
                headers={"Accept-Language": "fr-FR"},
            )
        self.assertIn("Ce lien n'ouvre rien", html.unescape(response.text))

    @mute_logger("odoo.http")
    def test_no_answer_without_the_forms_token(self):
        for token in ("", "x", "0" * 40 + "o1"):
            response = self.post("confirm", token=token)
            self.assertEqual(response.status_code, 400)
            self.assertEqual(self.sheet.sheet_state, "sent")

    def test_withdrawn_links_show_the_new_state(self):
        """Old links say what became of the sheet, and neither price nor buttons."""
        self.sheet.line_ids.service_seconds = HALF_HOUR + 1
        text = self.get().text
        self.assertIn("withdrawn or is being corrected", text)
        for words in ("Driver installed", "I confirm", "36.00", "72.00"):
            self.assertNotIn(words, text)
        self.send(self.sheet, "2026-03-04 12:00:00")
        self.assertIn("link in our newest mail", self.get().text)
        self.post("contest", text="No", token=self.get_other_token())
        self.assertEqual(self.sheet.sheet_state, "sent")
        self.assertIn("72.00", self.get(self.sheet._get_sheet_path()).text)

    def get_other_token(self):
        """Return the token of the same visitor's form on another sheet."""
        other = self.close_and_send(SENT)
        page = self.get(other._get_sheet_path())
        return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    def test_reopened_and_cancelled(self):
        self.sheet.action_reopen()
        self.assertIn("withdrawn or is being corrected", self.get().text)
        self.sheet.action_cancel()
        self.assertIn("was cancelled: nothing is owed", self.get().text)

    def test_contested_and_settled(self):
        self.contest(self.sheet, "I was not there")
        text = self.get().text
        self.assertIn("I was not there", text)
        self.assertIn("Nothing is invoiced until", text)
        self.sheet.with_user(self.user_manager)._settle_sheet("confirm", "You were, at noon")
        text = self.get().text
        self.assertIn("Your objection is settled", text)
        self.assertIn("You were, at noon", text)

    def test_undelivered_sheets_may_still_be_answered(self):
        self.sheet._set_sheet_undelivered("Bounced")
        text = self.get(at="2026-06-01 12:00:00").text
        self.assertIn("I contest this sheet", text)
        self.assertNotIn("Bounced", text)

    def test_colleagues_do_not_answer_for_the_customer(self):
        self.authenticate("service_technician", "service_technician")
        text = self.get().text
        self.assertIn("only the customer answers here", text)
        self.assertNotIn("I confirm this sheet", text)

    def test_replaced_by_on_site(self):
        """S08: the page says that only the visit is billed."""
        self.sheet.replaced_by_id = self.create_session([], done=False, channel="on_site")
        self.send(self.sheet, "2026-03-03 11:00:00")
        text = self.get(self.sheet._get_sheet_path()).text
        self.assertIn("only the visit is billed", text)
