"""Late invoices, and the letters about them."""

from freezegun import freeze_time

from odoo import Command

from ..sepa.common import SepaCommon

CRON = "service_contract.service_reminder_cron"


class ReminderCommon(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "billing@example.com"
        cls.customer.email = "customer@example.com"
        cls.letters = cls.env["service.reminder"].with_user(cls.user_accountant)

    @classmethod
    def create_late(cls, customer=None, price=100.0, due="2026-05-31", tax=None, **vals):
        """Return a posted invoice that no run has made and that is late."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (customer or cls.customer).id,
                "invoice_date": min("2026-05-01", due),
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "A switch",
                            "price_unit": price,
                            "tax_ids": [Command.set((tax or cls.tax_excluded).ids)],
                        }
                    )
                ],
                **vals,
            }
        )
        move.action_post()
        return move

    def prepare(self, day="2026-06-15"):
        """Press “Prepare Reminders” on a day; return the drafts."""
        with freeze_time(f"{day} 12:00:00"):
            self.letters.action_prepare()
        return self.letters.search([("state", "=", "draft")])

    def send_letters(self, letters, day="2026-06-15"):
        """Press “Send” on letters, and let the background job work."""
        with freeze_time(f"{day} 12:00:00"):
            letters.action_send()
            self.run_cron(CRON)

    def remind(self, day):
        """Prepare and send all that is late on a day; return the letters."""
        letters = self.prepare(day)
        if letters:
            self.send_letters(letters, day)
        return letters

    def get_mails(self, letters):
        """Return the mails that the customers of letters got."""
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", "service.reminder"), ("res_id", "in", letters.ids)])
        )
