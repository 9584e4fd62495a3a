from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import pace
from ...tools.periods import add_months, period_index
from ..charge.service_charge import OPEN_CHARGE_STATES
from ..common.table_statistics import create_in_lots
from .service_contract import IN_FORCE


class ServiceContract(models.Model):
    """How the recurring lines of a contract become charges."""

    _inherit = "service.contract"

    def _get_to_charge_domain(self, until):
        """Return the domain of the contracts whose charges are not all made up to a date."""
        return [
            ("state", "in", IN_FORCE),
            ("date_start", "<=", until),
            "|",
            ("charged_until", "=", False),
            ("charged_until", "<", until),
        ]

    def _estimate_due(self, until):
        """Return about how many charges are to be made of each contract, one at least, as a list.

        Known without making them: an outage may have left many months.
        """
        self.fetch(["charged_until", "date_start", "billing_interval"])
        lines = self.env["service.contract.line"].sudo()
        of_them = [("contract_id", "in", self.ids)]
        counts = dict(lines._read_group(of_them, ["contract_id"], ["__count"]))
        return [counts.get(contract, 1) * contract._estimate_periods(until) for contract in self]

    def _estimate_periods(self, until):
        self.ensure_one()
        start = self.charged_until or self.date_start or until
        months = self.billing_interval or ""
        return pace.estimate_periods(start, until, int(months) if months.isdecimal() else 1)

    def _generate_charges(self, until):
        """Make every recurring charge that may be billed on ``until``, and return the new ones.

        Idempotent: what is charged already stays, gaps are filled. Called by the daily job and the
        billing run.
        """
        contracts = self.filtered(lambda contract: contract.state in IN_FORCE)
        vals_list = contracts._prepare_charges(until)
        charges = create_in_lots(self.env["service.charge"].sudo(), vals_list)
        behind = contracts.filtered(
            lambda contract: not contract.charged_until or contract.charged_until < until
        )
        behind.sudo().charged_until = until
        return charges

    def _prepare_charges(self, until):
        """Return the values of every recurring charge owed on ``until`` and not made yet; a hook.

        The only place that knows what is to be charged: runs, previews and forecasts ask it. It
        writes nothing, not even where the database would let it.

        :return: list of dict of ``service.charge``
        """
        contracts = self.filtered(lambda contract: contract.state in IN_FORCE)
        return contracts.line_ids._prepare_charges(until)

    def _imagine_charges(self, until):
        """Return the charges that ``_prepare_charges`` tells of as records that nothing stores."""
        charges = self.env["service.charge"].sudo()
        made = [charges.new(vals) for vals in self._prepare_charges(until)]
        return charges.browse([charge.id for charge in made]).sudo(self.env.su)

    def _get_days_before(self, starts):
        """Return ``(first day, end)`` of as many billing periods as begin on some days, before.

        :param list starts: first days of what is billed now
        """
        self.ensure_one()
        months, anchor = int(self.billing_interval), self.anchor_date
        count = len({period_index(anchor, months, day) for day in starts})
        first = min(starts)
        return add_months(first, -count * months), first

    def _get_next_billing_day(self, end):
        """Return when what follows a charge that ends on a day may be billed."""
        self.ensure_one()
        is_arrears = self.billing_mode == "arrears"
        return add_months(end, int(self.billing_interval)) if is_arrears else end

    def _get_uncharged(self, until):
        """Return ``[(day, untaxed amount)]`` of what could have been billed before a day.

        The charges are not made; the amounts are what the lines cost, without tax.
        """
        charges = self.env["service.charge"].sudo()
        return [
            (vals["billing_date"], charges._compute_amounts_of(vals)["total_excluded"])
            for vals in self.sudo()._prepare_charges(until)
            if vals["billing_date"] < until
        ]

    def _remake_charges(self, lines=None):
        """Bring the recurring charges that no invoice holds in line with the contract.

        They are dropped, to be made anew. One that was billed, credited and is owed again keeps
        its place in the accounts: it takes the new figures, or none while its days are not owed.
        What cost nothing may cost something now.
        One of which a part was given back already stays. What was billed for days that are no
        longer owed is given back.
        """
        lines = self.line_ids if lines is None else lines
        charges = lines.sudo().charge_ids.filtered(
            lambda charge: (
                charge.kind == "period"
                and not charge.is_waived
                and (
                    charge.state in OPEN_CHARGE_STATES
                    or (charge.is_free and not charge._billed_lines())
                    or (charge.is_unowed and charge.state == "waived")
                )
            )
        )
        charges -= charges._drop_open_reversals()
        kept = charges.filtered(lambda charge: charge._billed_lines())
        (charges - kept).unlink()
        for charge in kept:
            charge.contract_line_id._recharge(charge)
        lines._sync_credits()
        self._reopen_charging()

    def _reopen_charging(self):
        """Let the charges be made anew, and nobody make them of what the contract was before.

        The row is written whether or not it says so already: a run that has read the contract
        before this change is refused by the database and tried again, and so is this change where
        a run has made charges since (invariant 1).
        """
        self.flush_recordset(["charged_until"])
        self.env.execute_query(
            SQL(
                "UPDATE service_contract SET charged_until = NULL WHERE id = ANY(%s)",
                list(self.ids),
            )
        )
        self.invalidate_recordset(["charged_until"])

    def _update_open_charges(self, names):
        """Give the open charges of sessions the contract's new address and way of payment.

        Their prices and taxes stay: these are of the day of the session.
        """
        names = names & {
            "partner_invoice_id",
            "payment_term_id",
            "payment_method_line_id",
            "mandate_id",
        }
        for contract in self.sudo():
            charges = contract.charge_ids.filtered(
                lambda charge: (
                    charge.kind not in ("period", "credit") and charge.state in OPEN_CHARGE_STATES
                )
            )
            charges.write({name: contract[name].id for name in names})

    @api.model
    def _cron_generate_charges(self, batch_size=200):
        """Make the charges due today and end contracts whose last day has passed; resumable."""
        steps = self._get_charging_steps(fields.Date.context_today(self))
        self.env["service.batch.runner"]._run_steps(steps, batch_size)

    @api.model
    def _get_charging_steps(self, today):
        """Return the steps of the daily job, in order; a hook.

        :return: list of tuple ``(model, domain, work, job)``: ``work`` takes the records of a
            batch, ``job`` names the step
        """
        charges = self.env["service.charge"]
        due = self.takeover_ids._get_due_domain(today)
        passed = self.line_ids._get_passed_domain(today)
        alive = [("state", "in", ("draft", "active"))]
        return [
            (
                self,
                [("takeover_ids", "any", due)],
                lambda batch: batch.takeover_ids.filtered_domain(due)._apply(),
                "takeover",
            ),
            (self, alive, lambda batch: batch._look_at_customers(), "look"),
            (self, self._get_expired_domain(today), lambda batch: batch._end_expired(), "end"),
            (
                self,
                [("line_ids", "any", passed)],
                lambda batch: batch.line_ids._refresh_current(today),
                "line",
            ),
            (
                self,
                self._get_rested_domain(today),
                lambda batch: batch.suspension_ids.modified(["date_start"]),
                "rest",
            ),
            (
                charges,
                charges._get_released_domain(today),
                lambda batch: batch.modified(["hold_until"]),
                "hold",
            ),
            (
                self,
                self._get_to_charge_domain(today),
                lambda batch: batch._generate_charges(today),
                "charge",
            ),
        ]

    @api.model
    def _get_expired_domain(self, today):
        """Return the domain of the active contracts whose last day may be past at the customer's.

        Where the customer's day has begun before ours, today is over there already.
        """
        return [("state", "=", "active"), ("date_end", "<=", today)]

    def _end_expired(self):
        """End the active contracts whose last day is over at the customer's."""
        for contract in self.filtered(lambda contract: contract.state == "active"):
            if contract.date_end and contract.date_end < contract._get_local_today():
                contract._set_ended(contract.date_end)
