from datetime import date, timedelta
from decimal import Decimal

from odoo import fields, models

from ...tools import discounts
from ...tools.periods import (
    Period,
    billing_date,
    due_periods_of,
    price_periods,
    prorated_amount,
    share_amount,
    subtract,
)
from .charging_book import ChargingBook

EXPLANATION_SCHEMA = 1


class ServiceContractLine(models.Model):
    """What a recurring line owes: its days, cut into billing periods, and their price."""

    _inherit = "service.contract.line"

    def _get_lifetime(self):
        """Return ``(first day, end or None)`` of a line within its contract, half-open."""
        self.ensure_one()
        contract = self.contract_id
        start = max(self.date_start or contract.date_start, contract.date_start)
        last_days = [day for day in (self.date_end, contract.date_end) if day]
        return start, min(last_days) + timedelta(days=1) if last_days else None

    def _get_owed_amount(self, until):
        """Return what the lines owe on a date, tax excluded, whatever has been charged of it."""
        return sum(
            line._get_untaxed_part(due, part)
            for line in self
            for due in line._get_due_periods(until)
            for part in line._get_parts(due, line._get_unserved_periods())
        )

    def _get_untaxed_part(self, due, part):
        """Return the price of one part of a billing period, tax excluded."""
        self.ensure_one()
        vals = {
            "product_id": self.product_id.id,
            "currency_id": self.currency_id.id,
            "partner_invoice_id": self.contract_id.partner_invoice_id.id,
            "tax_ids": [fields.Command.set(self._get_charge_taxes().ids)],
            **self._prepare_charge_price_vals(due, part),
        }
        return self.env["service.charge"]._compute_amounts_of(vals)["total_excluded"]

    def _get_due_periods(self, until, in_advance=None):
        """Yield what the line owes on a date; the contract gives grid and, unless told, mode."""
        self.ensure_one()
        contract = self.contract_id
        start, end = self._get_lifetime()
        return due_periods_of(
            contract._get_grids(),
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
        """Return the periods, in order, in which the line is not charged."""
        self.ensure_one()
        return self.contract_id._get_unbilled_periods()

    def _get_unowed_periods(self, charged):
        """Return the periods, in order, for which nothing is to be charged any more."""
        self.ensure_one()
        periods = [*charged.get(self.id, ()), *self._get_unserved_periods()]
        return sorted(periods, key=lambda period: period.start)

    def _get_uncharged_parts(self, until):
        """Return ``[(line, due period, part)]`` of what is owed on a date and not charged yet."""
        charged = self._get_charged_periods()
        return [
            (line, due, part)
            for line in self
            for due in line._get_due_periods(until)
            for part in line._get_parts(due, line._get_unowed_periods(charged))
        ]

    def _get_parts(self, due, taken):
        """Return what is left of a billing period, in order, cut where its discount ends.

        :param list taken: periods that are not to be charged, by their first days
        """
        last_day = self.discount and self.discount_until
        return [
            piece for part in subtract(due.period, taken) for piece in discounts.cut(part, last_day)
        ]

    def _prepare_charges(self, until):
        """Return the values of the charges of what is owed on a date and not charged yet."""
        book = ChargingBook(self)
        return [
            line._prepare_charge_vals(due, part, book)
            for line, due, part in self._get_uncharged_parts(until)
        ]

    def _get_billing_date(self, due, part):
        """Return when a part may be billed: one that a discount cuts off together with the rest."""
        last_day = self.discount and self.discount_until
        if last_day and len(discounts.cut(due.period, last_day)) > 1:
            served = subtract(due.period, self._get_unserved_periods())
            stretch = next((days for days in served if days.overlaps(part)), part)
            is_second = discounts.cut(stretch, last_day)[-1].start == part.start
            start = stretch.start if is_second else part.start
            is_first = discounts.cut(stretch, last_day)[0].end == part.end
            part = Period(start, stretch.end if is_first else part.end)
        return billing_date(part, self.contract_id.billing_mode == "advance")

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
            for part in self._get_parts(due, taken):
                if part.overlaps(charged):
                    vals = self._prepare_charge_vals(due, part)
                    charge.write({**vals, "is_unowed": False})
                    return
        charge.is_unowed = True

    def _prepare_charge_vals(self, due, part, book=None):
        """Return the values of the charge for one part of a billing period."""
        self.ensure_one()
        book = book or ChargingBook(self)
        party = book.get_party(self.contract_id, part.start)
        return {
            **party,
            **self._prepare_charge_price_vals(due, part),
            "kind": "period",
            "component": "period",
            "contract_line_id": self.id,
            "product_id": self.product_id.id,
            "name": self._get_charge_name(part, book),
            "tax_ids": book.get_taxes(self, party),
            "date_start": part.start,
            "date_end": part.end,
            "billing_date": self._get_billing_date(due, part),
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
                "discount": self._get_discount_on(part.start),
            }
        price = float(self._get_prorated_price(due, part))
        return {"quantity": 1.0, "price_unit": price, "discount": 0.0}

    def _get_price_periods(self):
        """Return how many price periods one billing period holds, as a fraction."""
        return price_periods(int(self.contract_id.billing_interval), int(self.price_period))

    def _get_prorated_price(self, due, part):
        step = Decimal(str(self.currency_id.rounding))
        return prorated_amount(self._get_whole_price(due, part), part, due.whole, step)

    def _get_whole_price(self, due, part=None):
        """Return the net price of a whole billing period, not rounded when it is a multiple.

        By the discount of the part's first day, and of the period's own where there is no part.
        """
        periods = self._get_price_periods()
        percent = self._get_discount_on((part or due.period).start)
        quantity, price, discount = (
            Decimal(str(value)) for value in (self.quantity, self.price_unit, percent)
        )
        amount = quantity * price * (100 - discount) / 100
        if periods.denominator == 1:
            return amount * periods.numerator
        step = Decimal(str(self.currency_id.rounding))
        return share_amount(amount, periods, due.index, step)

    def _get_charge_taxes(self, party=None):
        """Return the taxes of a charge; ``party``: who pays on its day, else as the contract is."""
        contract = self.contract_id
        position = contract.fiscal_position_id
        if party:
            position = position.browse(party["fiscal_position_id"])
        return self.env["service.charge"]._get_taxes(self.product_id, contract.company_id, position)

    def _get_charge_name(self, part, book):
        lang = self.contract_id.partner_invoice_id.lang or self.env.lang
        env = self.env if lang == self.env.lang else self.with_context(lang=lang).env
        name = env._(
            "%(description)s\nFrom %(start)s to %(end)s",
            description=self.name,
            **book.get_days(env, part),
        )
        if not (self.discount_until and self._get_discount_on(part.start)):
            return name
        words = self.with_env(env)._describe_discount()
        return env._("%(description)s\nDiscount: %(words)s", description=name, words=words)

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
            "discount": f"{self._get_discount_on(part.start):g}",
            "discount_last_day": self.discount_until and self.discount_until.isoformat(),
            "price_period_months": int(self.price_period),
            "price_periods": str(self._get_price_periods()),
            "whole": [due.whole.start.isoformat(), due.whole.end.isoformat()],
            "whole_amount": str(self._get_whole_price(due, part)),
        }
