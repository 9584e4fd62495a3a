from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..charge.service_charge import OPEN_CHARGE_STATES


class ServiceContractLine(models.Model):
    """How a contract's line changes from a day on: it ends, and another one starts.

    What was charged before that day never changes, and no day is charged by both.
    """

    _inherit = "service.contract.line"

    previous_line_id = fields.Many2one(
        "service.contract.line",
        string="Replaces",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )

    def _get_settled_domain(self):
        """Return the domain of the recurring charges that no change of the line makes anew."""
        return [
            ("contract_line_id", "in", self.ids),
            ("kind", "=", "period"),
            "|",
            "|",
            ("state", "not in", OPEN_CHARGE_STATES),
            ("is_waived", "=", True),
            ("move_line_ids.parent_state", "!=", "cancel"),
        ]

    def _get_settled_until(self, over=None):
        """Return ``{line: first day that is still open}`` of lines with settled charges.

        Settled is what was billed, what was decided to be free, and what waits for a decision;
        with ``over`` only periods that are over on that day count.
        """
        domain = fields.Domain(self._get_settled_domain())
        if over:
            domain &= fields.Domain("date_end", "<=", over)
        charges = self.env["service.charge"].sudo()
        groups = charges._read_group(domain, ["contract_line_id"], ["date_end:max"])
        return {self.browse(line.id): end for line, end in groups}

    def _is_served_on_or_after(self, day):
        self.ensure_one()
        _start, end = self._get_lifetime()
        return end is None or end > day

    def _is_served_on(self, day):
        self.ensure_one()
        return self._get_lifetime()[0] <= day and self._is_served_on_or_after(day)

    def _replace_from(self, day, **vals):
        """Give a line new values from a day on; return the line that has them.

        A line that has not begun by then takes them itself.
        """
        self.ensure_one()
        if self._get_lifetime()[0] >= day:
            self.write(vals)
            return self
        last_day = self.date_end
        self.date_end = day - timedelta(days=1)
        line = self.copy({**vals, "date_start": day, "date_end": last_day})
        line._as_workflow().previous_line_id = self
        return line

    def _undo_replacement(self, new_line, **vals):
        """Take back ``_replace_from``: ``vals`` are what the line had before."""
        self.ensure_one()
        new_line._check_not_replaced()
        self._check_credits_open()
        if new_line != self:
            last_day = new_line.date_end
            new_line.unlink()
            vals = {"date_end": last_day}
        self.write(vals)

    def _undo_close(self, last_day):
        """Take back ``_close_from``: ``last_day`` is what the line had before."""
        self.ensure_one()
        self._check_credits_open()
        self.date_end = last_day

    def _check_credits_open(self):
        """Refuse to take back what a credit note has given back already."""
        self.sudo().charge_ids.reversal_ids._check_not_given_back()

    def _check_not_replaced(self):
        """Refuse to take back a line that something else has changed since."""
        if later := self.search([("previous_line_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "“%(line)s” was changed again from %(day)s on: take that back first.",
                    line=later.product_id.display_name,
                    day=format_date(self.env, later.date_start or later.contract_id.date_start),
                )
            )
        self._check_not_closed()
        settled = self._get_settled_until()
        if line := next(iter(settled), None):
            raise UserError(
                self.env._(
                    "“%(line)s” has been billed up to %(day)s as it is now: this can no longer be "
                    "taken back.",
                    line=line.product_id.display_name,
                    day=format_date(self.env, settled[line] - timedelta(days=1)),
                )
            )

    def _check_not_closed(self):
        """Refuse to take back a line that something else has taken out since; a hook."""

    def _close_from(self, day):
        """End a line the day before ``day``; refused for one that has not begun by then."""
        self.ensure_one()
        if self._get_lifetime()[0] >= day:
            raise UserError(
                self.env._(
                    "“%(line)s” begins on %(day)s only: take it out from a later day on.",
                    line=self.product_id.display_name,
                    day=format_date(self.env, self._get_lifetime()[0]),
                )
            )
        self.date_end = day - timedelta(days=1)
