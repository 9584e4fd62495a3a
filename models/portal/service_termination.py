from odoo import fields, models
from odoo.tools.misc import format_date, format_datetime


class ServiceTermination(models.Model):
    """The refusal of a renewal that a customer sent from their pages, and its evidence (L01)."""

    _inherit = "service.termination"

    sent_by_id = fields.Many2one(
        "res.partner",
        string="Sent by",
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
        help="Who of the customer's people refused the renewal in their pages.",
        lock="workflow",
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True, copy=False, lock="workflow")
    sent_ip = fields.Char(
        string="Sent from",
        readonly=True,
        copy=False,
        groups="service_contract.service_contract_group_manager",
        help="Internet address; evidence, kept with the refusal.",
        lock="workflow",
    )

    def _format_sent(self):
        """Return when it was sent, on the customer's clock, to the second."""
        self.ensure_one()
        tz = self.contract_id.tz
        return f"{format_datetime(self.env, self.sent_at, tz=tz)} ({tz})"

    def _describe_end(self):
        self.ensure_one()
        day = format_date(self.env, self.effective_date)
        return self.env._("This contract ends on %(day)s.", day=day)

    def _describe_sending(self):
        """Return who refused what when, and when the contract ends."""
        self.ensure_one()
        return self.env._(
            "%(name)s refused the renewal of %(contract)s on %(time)s. The contract ends on "
            "%(day)s.",
            name=self.sent_by_id.name,
            contract=self.contract_id.name,
            time=self._format_sent(),
            day=format_date(self.env, self.effective_date),
        )

    def _describe_receipt(self):
        """Return the sentences of the receipt (L01)."""
        self.ensure_one()
        return [
            self._describe_sending(),
            self.env._("Nothing is claimed. Until that day, the contract goes on as agreed."),
            self.env._("Keep this message: it proves what you sent, and when."),
        ]
