from odoo import fields, models

from .service_charge import LIVING

ARCHIVED_JOB = "archived"


class ResPartner(models.Model):
    """Who is debited: his address in the file (L15), and whether he still may be (L15c)."""

    _inherit = "res.partner"

    service_insolvent_on = fields.Date(
        string="Insolvency Proceedings from",
        copy=False,
        tracking=True,
        groups="account.group_account_invoice,account.group_account_readonly",
        help="The day of the judgment that opened them. What was owed before is no longer debited "
        "(Code de commerce L622-13): declare it to the administrator.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            self._report_archived_payers()
        return result

    def _report_archived_payers(self):
        """Put in the inbox the contracts that go on debiting who was archived."""
        contracts = self.env["service.contract"].sudo()
        contracts.search(
            [
                ("state", "=", "active"),
                ("mandate_id.partner_id", "in", self.ids),
                ("mandate_id.state", "in", LIVING),
            ]
        )._report_archived_payer()

    def _has_debtor_address(self):
        """Tell whether a bank takes the address: by the scheme it has a town and a country."""
        self.ensure_one()
        return bool(self.city and self.country_id)

    def _generate_address_block(self, parent_node, gen_args):
        """Leave an address out of a debit's file rather than write half of it (L15)."""
        if gen_args.get("payment_method") == "DD" and not self._has_debtor_address():
            return None
        return super()._generate_address_block(parent_node, gen_args)
