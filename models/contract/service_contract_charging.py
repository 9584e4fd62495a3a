from datetime import date, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...tools.periods import (
    Period,
    billing_date,
    due_periods,
    price_periods,
    prorated_amount,
    share_amount,
    subtract,
)
from ..charge.service_charge import OPEN_CHARGE_STATES

EXPLANATION_SCHEMA = 1


class ServiceContract(models.Model):
    """How the recurring lines of a contract become charges."""

    _inherit = "service.contract"

    def _get_to_charge_domain(self, until):
        """Return the domain of the contracts whose charges are not all made up to a date."""
        return [
            ("state", "in", ("active", "ended")),
            ("date_start", "<=", until),
            "|",
            ("charged_until", "=", False),
            ("charged_until", "<", until),
        ]

    def _generate_charges(self, until):
        """Make every recurring charge that may be billed on ``until``, and return the new ones.

        Idempotent: what is charged already stays, gaps are filled. Called by the daily job, the
        preview and the billing run.
        """
        contracts = self.filtered(lambda contract: contract.state in ("active", "ended"))
        lines = contracts.line_ids
        charged = lines._get_charged_periods()
        vals_list = [
            line._prepare_charge_vals(due, part)
            for line in lines
            for due in line._get_due_periods(until)
            for part in subtract(due.period, line._get_unowed_periods(charged))
        ]
        charges = self.env["service.charge"].sudo().create(vals_list)
        behind = contracts.filtered(
            lambda contract: not contract.charged_until or contract.charged_until < until
        )
        behind.sudo().charged_until = until
        return charges

    @api.model
    def _get_party_fields(self):
        """Return the fields of a contract that its open charges copy."""
        return {
            "partner_id",
            "partner_invoice_id",
            "partner_shipping_id",
            "pricelist_id",
            "fiscal_position_id",
            "payment_term_id",
            "payment_method_line_id",
            "mandate_id",
        }

    def _remake_charges(self, lines=None):
        """Bring the recurring charges that no invoice holds in line with the contract.

        They are dropped, to be made anew. One that was billed, credited and is owed again keeps
        its place in the accounts: it takes the new figures, or none while its days are not owed.
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
        """Return the ``(model, domain, work, job)`` of the daily job, in order; a hook."""
        charges = self.env["service.charge"]
        begun = [("is_level_pending", "=", True), ("effective_date", "<=", today)]
        passed = self.line_ids._get_passed_domain(today)
        return [
            (
                self,
                self._get_expired_domain(today),
                lambda batch: batch._end_expired(),
                "end",
            ),
            (
                self,
                [("amendment_ids", "any", begun)],
                lambda batch: batch._refresh_levels(today),
                "level",
            ),
            (
                self,
                [("line_ids", "any", passed)],
                lambda batch: batch.line_ids._refresh_current(today),
                "line",
            ),
            (
                self,
                [("is_mrr_behind", "=", True)],
                lambda batch: batch._record_mrr_movements(),
                "mrr",
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


class ServiceContractLine(models.Model):
    _inherit = "service.contract.line"

    def _get_lifetime(self):
        """Return ``(first day, end or None)`` of a line within its contract, half-open."""
        self.ensure_one()
        contract = self.contract_id
        start = max(self.date_start or contract.date_start, contract.date_start)
        last_days = [day for day in (self.date_end, contract.date_end) if day]
        return start, min(last_days) + timedelta(days=1) if last_days else None

    def _get_due_periods(self, until, in_advance=None):
        """Yield what the line owes on a date; the contract gives grid and, unless told, mode."""
        self.ensure_one()
        contract = self.contract_id
        start, end = self._get_lifetime()
        return due_periods(
            contract.anchor_date,
            int(contract.billing_interval),
            start,
            end,
            until,
            contract.billing_mode == "advance" if in_advance is None else in_advance,
        )

    def _get_charged_periods(self):
        """Return ``{line id: [Period, …]}`` of the recurring charges that exist, in one query."""
        charges = self.env["service.charge"].sudo()
        rows = charges._read_group(
            [("contract_line_id", "in", self.ids), ("kind", "=", "period")],
            ["contract_line_id"],
            ["date_start:array_agg", "date_end:array_agg"],
        )
        return {
            line.id: sorted(map(Period, starts, ends), key=lambda period: period.start)
            for line, starts, ends in rows
        }

    def _get_unserved_periods(self):
        """Return the periods, in order, in which the line is not charged; a hook."""
        self.ensure_one()
        return []

    def _get_unowed_periods(self, charged):
        """Return the periods, in order, for which nothing is to be charged any more."""
        self.ensure_one()
        periods = [*charged.get(self.id, ()), *self._get_unserved_periods()]
        return sorted(periods, key=lambda period: period.start)

    def _get_owed_periods(self):
        """Return the periods, in order, in which the line is provided and charged."""
        self.ensure_one()
        start, end = self._get_lifetime()
        end = end or date.max
        return subtract(Period(start, end), self._get_unserved_periods()) if start < end else []

    def _sync_credits(self):
        """Give back what was billed for days that the lines do not owe (L01, L06).

        Idempotent: what is given back already stays; what is owed again is no longer given back.
        """
        for line in self.sudo():
            owed = line._get_owed_periods()
            for charge in line.charge_ids.filtered(lambda charge: charge.kind == "period"):
                if charge.state == "invoiced":
                    charge._sync_reversals(subtract(charge._get_period(), owed))
                elif charge.state in ("waived", "credited"):
                    charge._sync_reversals([])

    def _recharge(self, charge):
        """Give a charge that was credited and is owed again the line's present figures.

        Those of the first owed part of its billing period that it shares days with and nothing
        else charges; what is owed after a rest is charged apart. Where there is none the charge
        waits: it comes back with the days.
        """
        self.ensure_one()
        charged = charge._get_period()
        others = self.charge_ids.filtered(lambda other: other.kind == "period") - charge
        taken = self._get_unowed_periods({self.id: [other._get_period() for other in others]})
        for due in self._get_due_periods(charge.date_end, in_advance=True):
            for part in subtract(due.period, taken):
                if part.overlaps(charged):
                    vals = self._prepare_charge_vals(due, part)
                    charge.write({**vals, "is_unowed": False})
                    return
        charge.is_unowed = True

    def _prepare_charge_vals(self, due, part):
        """Return the values of the charge for one part of a billing period."""
        self.ensure_one()
        contract = self.contract_id
        return {
            **self.env["service.charge"]._prepare_billing_party_vals(contract.partner_id, contract),
            **self._prepare_charge_price_vals(due, part),
            "kind": "period",
            "component": "period",
            "contract_line_id": self.id,
            "product_id": self.product_id.id,
            "name": self._get_charge_name(part),
            "tax_ids": [fields.Command.set(self._get_charge_taxes().ids)],
            "date_start": part.start,
            "date_end": part.end,
            "billing_date": billing_date(part, contract.billing_mode == "advance"),
            "explanation": self._get_charge_explanation(due, part),
        }

    def _prepare_charge_price_vals(self, due, part):
        """Return quantity, price and discount of one part of a billing period.

        A whole number of price periods multiplies the quantity. Anything else (a part of a
        period, a yearly price billed by month) becomes one net amount, cut so that the parts of
        the price period add up to its price to the cent.
        """
        periods = self._get_price_periods()
        if part == due.whole and periods.denominator == 1:
            return {
                "quantity": self.quantity * int(periods),
                "price_unit": self.price_unit,
                "discount": self.discount,
            }
        price = float(self._get_prorated_price(due, part))
        return {"quantity": 1.0, "price_unit": price, "discount": 0.0}

    def _get_price_periods(self):
        """Return how many price periods one billing period holds, as a fraction."""
        return price_periods(int(self.contract_id.billing_interval), int(self.price_period))

    def _get_prorated_price(self, due, part):
        step = Decimal(str(self.currency_id.rounding))
        return prorated_amount(self._get_whole_price(due), part, due.whole, step)

    def _get_whole_price(self, due):
        """Return the net price of a whole billing period, not rounded when it is a multiple."""
        periods = self._get_price_periods()
        quantity, price, discount = (
            Decimal(str(value)) for value in (self.quantity, self.price_unit, self.discount)
        )
        amount = quantity * price * (100 - discount) / 100
        if periods.denominator == 1:
            return amount * periods.numerator
        step = Decimal(str(self.currency_id.rounding))
        return share_amount(amount, periods, due.index, step)

    def _get_charge_taxes(self):
        contract = self.contract_id
        return self.env["service.charge"]._get_taxes(
            self.product_id, contract.company_id, contract.fiscal_position_id
        )

    def _get_charge_name(self, part):
        env = self.with_context(lang=self.contract_id.partner_id.lang or self.env.lang).env
        return env._(
            "%(description)s\nFrom %(start)s to %(end)s",
            description=self.name,
            start=format_date(env, part.start),
            end=format_date(env, part.last_day),
        )

    def _get_charge_explanation(self, due, part):
        """Return the figures that the charge was made of; amounts as text, dates in ISO form."""
        return {
            "schema": EXPLANATION_SCHEMA,
            "kind": "period",
            "start": part.start.isoformat(),
            "end": part.end.isoformat(),
            "days": part.days,
            "period_days": due.whole.days,
            "quantity": f"{self.quantity:g}",
            "unit_price": str(self.price_unit),
            "discount": f"{self.discount:g}",
            "price_period_months": int(self.price_period),
            "price_periods": str(self._get_price_periods()),
            "whole": [due.whole.start.isoformat(), due.whole.end.isoformat()],
            "whole_amount": str(self._get_whole_price(due)),
        }
