import html
import re
from datetime import datetime

from freezegun import freeze_time

from ..commitment.common import WithdrawalCommon

NOW = "2026-06-15 10:03:12"
EMAIL = "consumer@example.com"
CRON = "service_contract.service_declaration_cron"


class DeclarationCommon(WithdrawalCommon):
    """A consumer under contract, and what he sends on the public pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "desk@example.com"
        cls.company.partner_id.tz = "Europe/Paris"
        cls.contract = cls.create_contract(
            cls.consumer, start="2026-03-01", user_id=cls.user_sales.id
        )
        cls.declarations = cls.env["service.declaration"].sudo()

    def declare(self, kind="termination", at=NOW, key=None, company=None, **vals):
        """Return what a visitor sent, not looked at yet."""
        self.count = getattr(self, "count", 0) + 1
        with freeze_time(at):
            return self.declarations._receive(
                company or self.company,
                key or f"{self.count:043}",
                {
                    "kind": kind,
                    "sender_name": "Jean Client",
                    "email": EMAIL,
                    "reference": self.contract.name,
                    "lang": "en_US",
                    **vals,
                },
                {"ip_address": "192.0.2.7", "browser": "Firefox/140"},
            )

    def take_in(self, at=NOW):
        """Do what the job does, without its commits."""
        with freeze_time(at):
            fresh = self.declarations.search([("is_taken_in", "=", False)], order="id")
            fresh.filtered(lambda row: not row.is_receipt_held)._send_receipts()
            for declaration in fresh:
                declaration._take_in()

    def get_matters(self, record, job="declaration"):
        return self.env["service.exception"]._get_open(record, "contract", job)

    def get_mails(self, declaration):
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", declaration._name), ("res_id", "=", declaration.id)])
        )


class PageCommon(DeclarationCommon):
    """The public pages as a browser without JavaScript meets them."""

    def setUp(self):
        super().setUp()
        self.path = self.company._get_declaration_path("termination")
        self.withdrawal_path = self.company._get_declaration_path("withdrawal")

    def get(self, path=None, at=NOW, **options):
        self.env.flush_all()
        with freeze_time(at):
            return self.url_open(path or self.path, **options)

    def post(self, step, page, at=NOW, path=None, files=None, headers=None, **typed):
        """Send the form of a page with what it carries hidden, and what is typed."""
        data = {**self.read_hidden(page.text), **typed}
        self.env.flush_all()
        with freeze_time(at):
            return self.url_open(
                f"{path or self.path}/{step}",
                data=data,
                files=files,
                headers=headers,
                allow_redirects=False,
            )

    def read_hidden(self, text):
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in found}

    def fill_in(self, **typed):
        return {
            "sender_name": "Jean Client",
            "email": EMAIL,
            "reference": self.contract.name,
            **typed,
        }

    def send(self, path=None, at=NOW, files=None, headers=None, **typed):
        """Go the whole way; return the answer to the last click."""
        page = self.get(path, at=at, headers=headers)
        options = {"path": path, "at": at, "headers": headers}
        summary = self.post("summary", page, **options, **self.fill_in(**typed))
        return self.post("send", summary, files=files, **options)

    def get_sent(self):
        self.env.invalidate_all()
        return self.declarations.search([], order="id desc", limit=1)

    def instant(self, text=NOW):
        return datetime.fromisoformat(text)
