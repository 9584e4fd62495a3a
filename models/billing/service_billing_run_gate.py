from odoo import fields, models
from odoo.tools.misc import formatLang

from .run_names import GATE_JOB


class ServiceBillingRun(models.Model):
    """A gate that who bills may type: about so much is expected, and nothing else is invoiced."""

    _inherit = "service.billing.run"

    expected_amount = fields.Monetary(
        string="Expected, without Tax",
        copy=False,
        lock="open",
        help="What the run should bill in all, credits and backlog included. Where it would bill "
        "something else, it stops before the first invoice. Empty: it never stops.",
    )
    expected_percent = fields.Float(
        string="Stop beyond",
        default=5.0,
        aggregator=None,
        lock="open",
        help="How many percent more or less than expected the run may bill.",
    )

    _expected_positive = models.Constraint(
        "CHECK (expected_amount >= 0 AND expected_percent >= 0)",
        "What is expected of a run, and by how much it may differ, is zero or more.",
    )

    def _passes_gate(self):
        """Tell whether the run bills about what is expected; else put it into the inbox."""
        self.ensure_one()
        if not self.expected_amount:
            return True
        inbox = self.env["service.exception"]
        amount = self._get_gate_amount()
        if self._is_expected(amount):
            inbox._settle(self, "billing", GATE_JOB)
            return True
        inbox._report(self, "billing", self._describe_gate(amount), GATE_JOB, run_id=self.id)
        return False

    def _is_expected(self, amount):
        """Tell whether an amount lies within the percents of what is expected."""
        most = abs(self.expected_amount) * self.expected_percent / 100
        distance = abs(amount - self.expected_amount)
        return self.currency_id.compare_amounts(distance, most) <= 0

    def _get_gate_amount(self):
        """Return what the run has billed and will bill, in the company's currency, without tax."""
        self.ensure_one()
        charges = self.env["service.charge"]
        rows = charges._read_group(self._get_charge_domain(), ["currency_id"], ["amount_left:sum"])
        rows += [(charge.currency_id, -charge.amount_left) for charge in self._foresee_waiting()]
        own, day = self.currency_id, self.invoice_date
        left = sum(
            currency._convert(amount, own, self.company_id, day) for currency, amount in rows
        )
        return self.amount_untaxed + left

    def _foresee_waiting(self):
        """Return what the invoices of the run cannot take of what is to be given back (L08c)."""
        charges = self.env["service.charge"]
        credits = charges.search([*self._get_charge_domain(), ("amount_total", "<", 0)])
        payers = [("partner_invoice_id", "in", credits.partner_invoice_id.ids)]
        due = charges.search([*self._get_charge_domain(), *payers]).sorted(self._get_line_order)
        groups = due.grouped(self._get_grouping_key).values()
        return charges.union(*(self._share_out(group).waiting for group in groups))

    def _describe_gate(self, amount):
        def show(value):
            return formatLang(self.env, value, currency_obj=self.currency_id)

        return self.env._(
            "%(run)s stopped before its first invoice: it would bill %(amount)s without tax, "
            "expected were %(expected)s (± %(percent)s %%). Look at its preview, then correct what "
            "is wrong, or what is expected, and press “Bill What Was Put Aside”.",
            run=self.name,
            amount=show(amount),
            expected=show(self.expected_amount),
            percent=f"{self.expected_percent:g}",
        )
