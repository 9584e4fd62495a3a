from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ...tools.periods import add_months
from ...tools.refunds import CONTEST_MONTHS, REFUND_WEEKS, contest_day, refund_day
from ..bank.account_payment_lot import AT_BANK


class AccountPaymentLot(models.Model):
    """Until when the debits of a lot may come back (L14)."""

    _inherit = "account.payment.lot"

    service_refund_until = fields.Date(
        string="Refundable until",
        compute="_compute_service_risk",
        search="_search_service_refund_until",
        help="For 8 weeks a customer has a CORE debit back without saying why. The bank's return "
        "may come some days later. Debits by B2B are not refunded.",
    )
    service_contest_until = fields.Date(
        string="Contestable until",
        compute="_compute_service_risk",
        search="_search_service_contest_until",
        help="For 13 months a customer has a CORE debit back that he did not authorise: the proof "
        "of the mandate is asked for within 7 banking days.",
    )

    @api.depends("date", "state", "payment_type")
    def _compute_service_risk(self):
        refundable = self._filter_refundable()
        for lot in self:
            is_risk = lot.date and lot in refundable
            lot.service_refund_until = refund_day(lot.date) if is_risk else False
            lot.service_contest_until = contest_day(lot.date) if is_risk else False

    def _filter_refundable(self):
        """Return the lots whose debits customers may have back: by CORE, and at the bank.

        All debits of an order are of one scheme (L10): one of each is looked at.
        """
        lots = self.filtered(
            lambda lot: lot.payment_type == "inbound" and lot.state in ("uploading", "uploaded")
        )
        lines = self.env["account.payment.line"].sudo()
        groups = lines._read_group(
            [("order_id", "in", lots.order_id.ids)], ["order_id"], ["id:max"]
        )
        samples = lines.browse([line_id for _order, line_id in groups])
        core = samples.filtered(lambda line: line.mandate_id.format == "sepa_core").order_id
        return lots.filtered(lambda lot: lot.order_id.id in core._ids)

    def _describe_risk(self):
        """Say until when debits may come back, empty where they may no more."""
        today = fields.Date.context_today(self)
        refund, contest = self.service_refund_until, self.service_contest_until
        if not contest or contest < today:
            return ""
        if refund < today:
            return self.env._(
                "When unauthorised, until %(contest)s.", contest=format_date(self.env, contest)
            )
        return self.env._(
            "Without a reason until %(refund)s, when unauthorised until %(contest)s.",
            refund=format_date(self.env, refund),
            contest=format_date(self.env, contest),
        )

    def _search_service_refund_until(self, operator, value):
        return self._search_risk(operator, value, lambda day: day - timedelta(weeks=REFUND_WEEKS))

    def _search_service_contest_until(self, operator, value):
        return self._search_risk(operator, value, _get_first_contested)

    def _search_risk(self, operator, value, get_first):
        """Find lots that are at risk on a day, or no more.

        :param get_first: function that returns the first day of a debit that is so on a day
        """
        if operator not in (">=", "<") or not value:
            return NotImplemented
        at_bank = Domain(
            [
                ("payment_type", "=", "inbound"),
                ("state", "in", AT_BANK),
                ("order_id.payment_line_ids.mandate_id.format", "=", "sepa_core"),
            ]
        )
        return at_bank & Domain("date", operator, get_first(fields.Date.to_date(value)))


def _get_first_contested(day):
    """Return the first day of a debit that may be contested on a day: months are not equal."""
    first = add_months(day, -CONTEST_MONTHS)
    while contest_day(first - timedelta(days=1)) >= day:
        first -= timedelta(days=1)
    while contest_day(first) < day:
        first += timedelta(days=1)
    return first
