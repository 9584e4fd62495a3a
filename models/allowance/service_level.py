from odoo import fields, models

from ...tools import allowances


class ServiceLevel(models.Model):
    """How much time a level includes per period, beside work that is included anyway."""

    _inherit = "service.level"

    allowance_quantity = fields.Float(
        string="Included Time",
        help="Granted to each contract for each period; billable blocks are drawn from it before "
        "they are billed. 0 for none.",
    )
    allowance_unit = fields.Selection(
        [("hours", "hours"), ("blocks", "blocks")], default="hours", required=True
    )
    allowance_period = fields.Selection(
        [("1", "per month"), ("3", "per quarter"), ("12", "per year")],
        default="1",
        required=True,
        help="Periods are counted from where the contract's billing periods are.",
    )
    allowance_carry = fields.Selection(
        [
            (allowances.Carry.NONE.value, "lapses at the end of the period"),
            (allowances.Carry.NEXT.value, "may be drawn in the next period"),
            (allowances.Carry.UNLIMITED.value, "is kept without limit"),
        ],
        string="What is Left",
        default=allowances.Carry.NONE.value,
        required=True,
    )

    _allowance_positive = models.Constraint(
        "CHECK (allowance_quantity >= 0)", "Included time is zero or more."
    )

    def _get_allowance_seconds(self, served):
        """Return the seconds granted for a period, None where no tariff says what a block is.

        Blocks are those of the tariff in force when the period begins, else of the first one that
        comes into force within it.
        """
        self.ensure_one()
        if self.allowance_unit == "hours":
            return round(self.allowance_quantity * 3600)
        starts = self.tariff_ids.mapped("date_from")
        days = [served.start, *sorted(day for day in starts if served.start < day < served.end)]
        tariffs = (self._get_tariff(day, "remote") for day in days)
        tariff = next(filter(None, tariffs), None)
        return tariff and round(self.allowance_quantity * tariff.block_minutes * 60)
