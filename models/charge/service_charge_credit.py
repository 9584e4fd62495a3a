from decimal import Decimal

from odoo import fields, models
from odoo.tools.misc import format_date

from ...tools.periods import Period, prorated_amount, subtract
from .service_charge import PAYMENT_FIELDS, SNAPSHOT_FIELDS


class ServiceCharge(models.Model):
    """What was billed ahead and is not served is given back, to the cent.

    A credit reverses some days of the charge that billed them. Where a billed credit must be
    taken back (a suspended contract goes on earlier than foreseen) another charge reverses the
    credit, and so on: the days of a charge are reversed at most once, by a database constraint.
    """

    _inherit = "service.charge"

    reversal_ids = fields.One2many("service.charge", "reversed_charge_id", string="Reversed by")

    _reversed_once = models.Constraint(
        "EXCLUDE USING gist (int8range(reversed_charge_id, reversed_charge_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[)') WITH &&) WHERE (reversed_charge_id IS NOT NULL)",
        "A part of this period is given back already.",
    )

    def _get_period(self):
        self.ensure_one()
        return Period(self.date_start, self.date_end)

    def _is_settled(self):
        """Tell whether somebody decided on a charge: billed, credited by hand, or waived."""
        self.ensure_one()
        return self.is_waived or bool(self._billed_lines())

    def _drop_open_reversals(self):
        """Drop the reversals that nobody decided on; return the charges that keep another one."""
        reversals = self.reversal_ids
        settled = reversals.filtered(lambda charge: charge._is_settled())
        (reversals - settled).unlink()
        return settled.reversed_charge_id

    def _sync_reversals(self, parts):
        """Reverse exactly the given days of a billed charge; return what is left open.

        ``parts`` are periods within the charge, in order. What is right already stays, what is
        wrong and open goes, and what is billed and wrong is reversed in its turn.
        """
        self.ensure_one()
        settled = self.reversal_ids.filtered(lambda charge: charge._is_settled())
        taken = sorted((charge._get_period() for charge in settled), key=lambda part: part.start)
        missing = [left for part in parts for left in subtract(part, taken)]
        result = self._replace_reversals(self.reversal_ids - settled, missing)
        for charge in settled.filtered(lambda charge: charge.state == "invoiced"):
            result += charge._sync_reversals(subtract(charge._get_period(), parts))
        return result

    def _replace_reversals(self, present, parts):
        """Make the open reversals of a charge those of ``parts``; equal ones keep their record."""
        by_period = {charge._get_period(): charge for charge in present}
        vals_list = [self._prepare_reversal_vals(part) for part in parts]
        kept = present.browse()
        created = []
        for part, vals in zip(parts, vals_list, strict=True):
            if not vals["price_unit"]:
                continue
            if charge := by_period.get(part):
                charge.write(vals)
                kept += charge
            else:
                created.append(vals)
        (present - kept).unlink()
        return kept + self.create(created)

    def _refresh_reversals(self):
        """Cut the open reversals of a charge anew from what is billed of it."""
        self.ensure_one()
        present = self.reversal_ids.filtered(lambda row: not row._is_settled())
        if not present:
            return
        parts = sorted((row._get_period() for row in present), key=lambda part: part.start)
        self._replace_reversals(present, parts)

    def _prepare_reversal_vals(self, part):
        """Return the values of the charge that reverses some days of this one.

        Who, what and which taxes are the reversed charge's; it may be billed from its first day.
        """
        self.ensure_one()
        price = self._get_part_amount(part)
        payer = self.contract_id if self._has_contract_payer() else self
        return {
            **{name: self[name].id for name in SNAPSHOT_FIELDS},
            **{name: payer[name].id for name in PAYMENT_FIELDS},
            "kind": "credit",
            "component": self.component,
            "reversed_charge_id": self.id,
            "quantity": self._get_reversal_quantity(),
            "price_unit": float(price),
            "discount": 0.0,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "name": self._get_reversal_name(part),
            "date_start": part.start,
            "date_end": part.end,
            "billing_date": part.start,
            "explanation": self._get_reversal_explanation(part),
        }

    def _has_contract_payer(self):
        """Tell whether the contract still pays from the address that this charge was billed to."""
        self.ensure_one()
        return self.contract_id.partner_invoice_id == self.partner_invoice_id

    def _get_reversal_quantity(self):
        """Return -1 for a credit, 1 for what takes a credit back."""
        self.ensure_one()
        return 1.0 if self.kind == "credit" and self.quantity < 0 else -1.0

    def _get_part_amount(self, part):
        """Return what some days of a charge cost, cut as the charge itself was cut.

        The shares are counted from the start of the billing period that the charge lies in, so
        that what was billed less what is given back is what the remaining days cost.
        """
        self.ensure_one()
        whole, amount = self._get_whole()
        return prorated_amount(amount, part, whole, Decimal(str(self.currency_id.rounding)))

    def _get_untaxed_part(self, part):
        """Return what some days of a charge cost, tax excluded."""
        self.ensure_one()
        taxes = self.tax_ids._compute_line_of_charge(
            float(self._get_part_amount(part)),
            currency=self.currency_id,
            product=self.product_id,
            partner=self.partner_invoice_id,
        )
        return taxes["total_excluded"]

    def _get_whole(self):
        """Return the billing period that a charge is cut from, and its price as it was billed.

        Charges made before these figures were kept are their own whole.
        """
        self.ensure_one()
        explanation = self.explanation or {}
        share = self._get_billed_share()
        if "whole" not in explanation:
            return self._get_period(), Decimal(str(self.amount)) * share
        whole = Period(*map(fields.Date.to_date, explanation["whole"]))
        return whole, Decimal(explanation["whole_amount"]) * share

    def _get_billed_share(self):
        """Return which share of a charge its invoices bill, less what was credited since.

        1 for a charge billed as it is; a gesture or another price on the draft makes it another.
        A difference of a cent is the rounding of the taxes.
        """
        self.ensure_one()
        lines = self._get_counting_lines()
        billed = sum(line._get_service_amount() for line in lines)
        charged = self.amount_untaxed
        is_as_charged = abs(billed - charged) < 2 * self.currency_id.rounding
        if not lines or is_as_charged or self.currency_id.is_zero(charged):
            return Decimal(1)
        return Decimal(str(self.currency_id.round(billed))) / Decimal(str(charged))

    def _get_billed_amount(self):
        """Return what a charge was billed for, less what was credited since."""
        self.ensure_one()
        return self.currency_id.round(self.amount * float(self._get_billed_share()))

    def _get_reversal_name(self, part):
        env = self.with_context(lang=self.partner_invoice_id.lang or self.env.lang).env
        values = {
            "description": self.name.split("\n")[0],
            "start": format_date(env, part.start),
            "end": format_date(env, part.last_day),
        }
        if self._get_reversal_quantity() > 0:
            return env._("%(description)s\nOwed again from %(start)s to %(end)s", **values)
        if self.kind == "credit":
            return env._("%(description)s\nCredit from %(start)s to %(end)s", **values)
        return env._("Credit: %(description)s\nFrom %(start)s to %(end)s", **values)

    def _get_reversal_explanation(self, part):
        """Return the figures of a reversal: of which charge, which of its days."""
        whole, amount = self._get_whole()
        return {
            "schema": 1,
            "kind": "credit",
            "start": part.start.isoformat(),
            "end": part.end.isoformat(),
            "whole": [whole.start.isoformat(), whole.end.isoformat()],
            "whole_amount": str(amount),
            "days": part.days,
            "charged_days": self._get_period().days,
            "charged_amount": str(self._get_billed_amount()),
        }
