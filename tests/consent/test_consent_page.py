"""The consent page: what it shows, that it works as a browser uses it, and attacks on it (S24)."""

import gzip
import re

from freezegun import freeze_time
from lxml.html import fromstring

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ASKED, CHROME, SOON, ConsentCommon

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"
PAGE = "/service/consent"
MAX_BYTES = 300 * 1024


@tagged("post_install", "-at_install")
class TestConsentPage(ConsentCommon, HttpCase):
    def get(self, path=PAGE, at=SOON, **options):
        self.env.flush_all()
        with freeze_time(at):
            return self.url_open(path, **options)

    def post(self, path, page, at=SOON, **data):
        """Post a form of a page as a browser does: with all that the page carries hidden."""
        inputs = fromstring(page.text.encode()).xpath("//input[@type='hidden']")
        hidden = {field.get("name"): field.get("value") for field in inputs}
        self.env.flush_all()
        with freeze_time(at):
            response = self.url_open(path, data={**hidden, **data}, headers={"User-Agent": CHROME})
        self.env.invalidate_all()
        return response

    def enter(self, code, **options):
        return self.post(PAGE, self.get(), code=code, **options)

    def tick(self, page):
        return dict.fromkeys(re.findall(r'name="(declaration_\d+)"', page.text), "1")

    def path(self, page, step):
        return re.search(rf'action="({PAGE}/\d+/[0-9a-f]+/{step})"', page.text)[1]

    def walk(self, code, **values):
        """Return the pages of the whole walk, as a customer goes it."""
        declare = self.enter(code)
        summary = self.post(self.path(declare, "check"), declare, **self.tick(declare), **values)
        done = self.post(self.path(summary, "confirm"), summary)
        return declare, summary, done

    # ----- The walk -----

    def test_three_clicks_after_the_code(self):
        session, consent, code = self.ask(customer=self.person)
        declare, summary, done = self.walk(f" {code[:4]}-{code[4:]} ", reservations="No mailbox")
        for words in (
            "Camille Person",
            self.user_technician.name,
            "The printer is mute",
            "36.00",
            "incl. tax",
            "127.0.0.1",
            "Chrome 130.0",
            "Windows 10",
            "Deletion of data",
            "I have backups",
            "14 days",
            "Every started half-hour is due.",
            "desk@example.com",
            "10 years",
        ):
            self.assertIn(words, declare.text)
        self.assertIn("Order with obligation to pay", summary.text)
        self.assertIn("No mailbox", summary.text)
        self.assertEqual(done.status_code, 200)
        self.assertIn("can take over now", done.text)
        self.assertEqual(consent.state, "given")
        self.assertEqual(consent.ip_address, "127.0.0.1")
        self.assertEqual(consent.operating_system, "Windows 10")
        self.assertEqual(consent.reservations, "No mailbox")
        with freeze_time(SOON):
            self.assertEqual(session.consent_state, "given")

    def test_correct_keeps_what_was_typed(self):
        _session, consent, code = self.ask()
        declare = self.enter(code)
        ticks = self.tick(declare)
        summary = self.post(self.path(declare, "check"), declare, **ticks, reservations="Not X")
        again = self.post(self.path(summary, "confirm").replace("confirm", "correct"), summary)
        self.assertIn("Not X", again.text)
        self.assertEqual(again.text.count('checked="checked"'), len(ticks))
        self.assertEqual(consent.state, "waiting")

    def test_what_is_missing_is_said_at_its_field(self):
        """L23: an error names its field, and the field its error."""
        _session, consent, code = self.ask()
        declare = self.enter(code)
        page = self.post(self.path(declare, "check"), declare, declaration_0="1")
        self.assertIn('href="#declaration_1"', page.text)
        self.assertIn('aria-describedby="declaration_1_error"', page.text)
        self.assertIn('id="declaration_1_error"', page.text)
        self.assertNotIn("declaration_0_error", page.text)
        self.assertIn("<title>Error: ", page.text)
        self.assertEqual(consent.state, "waiting")

    # ----- Attacks -----

    def test_looking_orders_nothing(self):
        _session, consent, code = self.ask()
        declare = self.enter(code)
        for step in ("check", "confirm", "correct"):
            path = self.path(declare, "check").replace("check", step)
            for method in ("GET", "HEAD"):
                with freeze_time(SOON):
                    self.url_open(path, method=method)
        self.env.invalidate_all()
        self.assertEqual(consent.state, "waiting")

    @mute_logger("odoo.http")
    def test_no_order_without_the_csrf_token_or_the_summary(self):
        _session, consent, code = self.ask()
        declare = self.enter(code)
        summary = self.post(self.path(declare, "check"), declare, **self.tick(declare))
        path = self.path(summary, "confirm")
        self.post(path, summary, csrf_token="0")
        self.assertEqual(consent.state, "waiting")
        self.post(path, declare, **self.tick(declare))
        self.assertEqual(consent.state, "waiting")
        self.assertEqual(self.post(path.replace("confirm", "check"), summary).status_code, 200)

    def test_replay(self):
        session, consent, code = self.ask()
        _declare, summary, _done = self.walk(code)
        given = consent.accepted_at
        again = self.post(self.path(summary, "confirm"), summary, at="2026-06-15 09:07:00")
        self.assertEqual(consent.accepted_at, given)
        self.assertIn("can take over now", again.text)
        self.assertIn("This code opens nothing", self.enter(code).text)
        self.assertEqual(len(session.consent_ids), 1)

    def test_another_session_is_not_opened(self):
        _session, consent, code = self.ask()
        _session, other, _code = self.ask(customer=self.create_customer("Secret Customer"))
        declare = self.enter(code)
        path = self.path(declare, "check").replace(f"/{consent.id}/", f"/{other.id}/")
        page = self.post(path, declare, **self.tick(declare))
        self.assertNotIn("Secret Customer", page.text)
        self.post(path.replace("check", "confirm"), declare, **self.tick(declare))
        self.assertEqual(other.state, "waiting")

    def test_wrong_late_and_used_codes_look_alike(self):
        _session, _consent, code = self.ask()
        _session, _consent, late = self.ask()
        pages = [self.enter("00000000"), self.enter("abc")]
        self.walk(code)
        pages += [self.enter(code), self.enter(late, at="2026-06-15 10:00:00")]
        texts = {re.sub(r'name="csrf_token" value="[^"]+"', "", page.text) for page in pages}
        self.assertEqual(len(texts), 1)
        self.assertEqual({page.status_code for page in pages}, {200})

    def test_hostile_text_is_text(self):
        """In what the customer types, what the technician noted, names and the browser's words."""
        customer = self.create_customer(SCRIPT, email="x@example.com")
        session = self.prepare(customer=customer)
        session.request = SCRIPT
        session, consent, code = self.ask(session)
        declare, summary, done = self.walk(code, reservations=SCRIPT)
        for page in (declare, summary, done, self.get(f"{PAGE}?lang={SCRIPT}")):
            self.assertNotIn("<script>alert", page.text)
            self.assertNotIn("<img src=x", page.text)
        self.assertIn("&lt;script&gt;", summary.text)
        self.assertEqual(consent.reservations, SCRIPT)
        for message in session.sudo().message_ids:
            self.assertNotIn("<script", message.body or "")
            self.assertNotIn("<img src", message.body or "")

    def test_headers(self):
        _session, _consent, code = self.ask()
        for page in (self.get(), self.enter(code)):
            self.assertIn("noindex", page.headers["X-Robots-Tag"])
            self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
            self.assertIn("no-store", page.headers["Cache-Control"])
            self.assertEqual(page.headers["X-Frame-Options"], "DENY")
            self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
            self.assertIn("Sec-CH-UA-Platform-Version", page.headers["Accept-CH"])

    # ----- Light and readable -----

    def test_all_pages_are_light(self):
        """The whole walk is far below 300 KB, pictures and styles included, and has no script."""
        _session, _consent, code = self.ask()
        pages = [self.get(), *self.walk(code)]
        parts = [page.content for page in pages]
        for path in set(
            re.findall(r'(?:src|href)="(/[^"?#]+[^"]*)"', "".join(p.text for p in pages))
        ):
            if not path.startswith(PAGE):
                parts.append(self.get(path).content)
        self.assertGreater(len(parts), 4)
        self.assertLess(sum(len(gzip.compress(part)) for part in parts), MAX_BYTES)
        for page in pages:
            self.assertNotIn("<script", page.text)

    def test_each_page_says_its_language_and_labels_its_fields(self):
        """L23."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        _session, consent, code = self.ask()
        declare, summary, done = self.walk(code)
        for page in (declare, summary, done):
            self.assertRegex(page.text, r'<html[^>]* lang="fr-FR"')
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', declare.text))
        fields = re.findall(
            r'<(?:input|textarea)(?![^>]*type="hidden")[^>]* id="([^"]+)"', declare.text
        )
        self.assertEqual(labels, set(fields))
        self.assertTrue(fields)
        self.assertEqual(consent.lang, "fr_FR")
        self.assertRegex(self.get(f"{PAGE}?lang=en_US").text, r'<html[^>]* lang="en-US"')

    def test_the_receipt_is_shown_for_a_day(self):
        _session, consent, code = self.ask()
        self.walk(code)
        path = f"{PAGE}/{consent.id}/{consent._sign_page()}"
        self.assertIn("Deletion of data", self.get(path, at="2026-06-16 09:00:00").text)
        self.assertNotIn("Deletion of data", self.get(path, at="2026-06-16 09:05:01").text)
        self.assertEqual(str(consent.asked_at), ASKED)
