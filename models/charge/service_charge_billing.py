from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero

from ..common.matters import MatterError
from .service_charge import OPEN_CHARGE_STATES, QUANTITY_TOLERANCE

# The cause of what is not billed as it has no tax that could be used.
TAX = "tax"


class ServiceCharge(models.Model):
    """How a charge stands with its invoices and credit notes: nothing is billed twice."""

    _inherit = "service.charge"

    # ----- State -----

    @api.depends(
        "quantity",
        "is_included",
        "is_free",
        "is_waived",
        "is_held",
        "hold_cause",
        "hold_until",
        "is_unowed",
        "amount_untaxed",
        "move_line_ids.quantity",
        "move_line_ids.price_subtotal",
        "move_line_ids.price_total",
        "move_line_ids.parent_state",
        "move_line_ids.service_after_credit",
        "move_line_ids.move_id.move_type",
    )
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for charge in self:
            lines = charge._get_counting_lines()
            quantity = sum(line._get_service_quantity() for line in lines)
            amount = sum(line._get_service_amount() for line in lines)
            is_open = charge._is_given_back(lines) or (
                float_is_zero(quantity, precision_digits=5)
                and float_is_zero(amount, precision_digits=5)
            )
            charge.billed_quantity = quantity
            charge.invoice_id = (
                False if is_open else charge._get_billing_lines().sorted("id")[-1:].move_id
            )
            charge.state = charge._get_state(not is_open, lines, today)
            charge.amount_left = charge._get_amount_left(lines)

    def _get_state(self, is_billed, lines, today):
        """Return the state of a charge: open charges of days that are not owed count as waived."""
        self.ensure_one()
        state = self._get_decided_state(is_billed, lines, today)
        return "waived" if self.is_unowed and state in OPEN_CHARGE_STATES else state

    def _get_decided_state(self, is_billed, lines, today):
        """Return the state of a charge from its decisions and its live invoice lines."""
        self.ensure_one()
        if self.is_included:
            return "included"
        if is_billed:
            return "invoiced"
        if self.is_free:
            return "included"
        if self.is_waived or not self._get_owed_share(lines):
            return "waived"
        if not all(self._get_last_decisions(lines).mapped("service_after_credit")):
            return "credited"
        is_waiting = self.hold_until and self.hold_until >= today
        is_on_hold = self.is_held or self.hold_cause or is_waiting
        return "on_hold" if is_on_hold else "ready"

    # ----- Lines -----

    def _billed_lines(self):
        """Return the lines of invoices and credit notes that are not cancelled."""
        return self.move_line_ids.filtered(lambda line: line.parent_state != "cancel")

    def _get_billing_lines(self):
        """Return the lines that bill a charge, drafts as well; without those that credit it."""
        return self._billed_lines().filtered(lambda line: not line._is_service_credit())

    def _get_counting_lines(self):
        """Return the lines that decide what is billed: a credit counts once it is posted.

        Else a charge could be billed anew beside a draft credit note that is deleted later.
        """
        return self._billed_lines().filtered(
            lambda line: line.parent_state == "posted" or not line._is_service_credit()
        )

    def _get_measure(self, lines):
        """Return ``(figure of a line, tolerance)`` by which the lines of a charge are judged.

        Untaxed amounts, whatever the quantities: less than two cents are the rounding of the
        taxes. Quantities where nothing was to pay.
        """
        self.ensure_one()
        billing = lines.filtered(lambda line: not line._is_service_credit())
        billed = sum(line._get_service_amount() for line in billing)
        if self.currency_id.is_zero(billed):
            return (lambda line: line._get_service_quantity()), QUANTITY_TOLERANCE
        return (lambda line: line._get_service_amount()), 2 * self.currency_id.rounding

    def _get_quantity_left(self):
        """Return how much of a charge is billed, without sign: what credits gave back is not.

        Credits give back the oldest invoices first, each line by its share.
        """
        lines = self._get_counting_lines().sorted("id")
        measure, tolerance = self._get_measure(lines)
        credits = lines.filtered(lambda line: line._is_service_credit())
        credited = abs(sum(map(measure, credits)))
        quantity = 0
        for line in lines - credits:
            billed = abs(measure(line))
            given_back = min(billed, credited)
            credited -= given_back
            is_whole = given_back and billed - given_back < tolerance
            share = 0 if is_whole else 1 - (given_back / billed if billed else 0)
            quantity += abs(line._get_service_quantity()) * share
        return quantity

    def _is_given_back(self, lines):
        """Tell whether credit notes give back all that the invoices of a charge billed.

        10.00 as a gesture and 40.00 later are all of 50.00.
        """
        if not any(line._is_service_credit() for line in lines):
            return False
        measure, tolerance = self._get_measure(lines)
        return abs(sum(map(measure, lines))) < tolerance

    # ----- What changes on invoices -----

    def _sync_billing(self):
        """Bring what hangs on charges in line with their invoices; a hook.

        No charge may be billed or given back twice. What is to be given back is cut from what was
        billed, where the draft was changed since.
        """
        charges = self.sudo()
        charges._check_billed_once()
        charges._check_credited_once()
        billed = charges.filtered(lambda charge: charge.state == "invoiced")
        billed.filtered("is_unowed").is_unowed = False
        for charge in billed:
            charge._refresh_reversals()

    def _check_billed_once(self):
        """Refuse two live invoices for one charge, whichever way they came about (invariant 1)."""
        for charge in self:
            invoices = charge._get_billing_lines().move_id
            if len(invoices) < 2:
                continue
            if charge._get_quantity_left() - abs(charge.quantity) > QUANTITY_TOLERANCE:
                raise UserError(
                    self.env._(
                        "“%(charge)s” would be billed twice, on %(invoices)s: delete one of them, "
                        "or credit it.",
                        charge=charge.display_name,
                        invoices=invoices._get_service_names(),
                    )
                )

    def _check_credited_once(self):
        """Refuse credit notes that give back more than the invoices of a charge bill.

        Drafts bind nobody: a second credit note is refused when it is posted.
        """
        for charge in self:
            lines = charge._get_counting_lines()
            credits = lines.filtered(lambda line: line._is_service_credit())
            measure, tolerance = charge._get_measure(lines)
            billed = sum(map(measure, lines - credits))
            left = sum(map(measure, lines))
            if credits and left * billed < 0 and abs(left) >= tolerance:
                raise UserError(
                    self.env._(
                        "“%(charge)s” would be given back twice, by %(credits)s: credit no more "
                        "than is left of what was billed, or delete the second credit note.",
                        charge=charge.display_name,
                        credits=credits.move_id._get_service_names(),
                    )
                )

    def _check_not_given_back(self):
        """Refuse in words to undo a credit or closing charge that an invoice holds."""
        for charge in self:
            if charge.kind in ("credit", "termination") and charge._billed_lines():
                raise UserError(
                    self.env._(
                        "“%(charge)s” is on %(invoice)s already. Delete that draft, or record a "
                        "new contract instead.",
                        charge=charge.display_name,
                        invoice=charge._billed_lines().move_id[:1]._get_service_name(),
                    )
                )

    # ----- Taxes that were archived since -----

    def _renew_archived_taxes(self):
        """Give charges with an archived tax those that their product has now; refuse where none.

        Whoever archives a tax says by its product's new one what comes after it: nothing is billed
        without tax because nobody did (L08b). What is given back has the tax that it was billed by.
        """
        for charge in self:
            taxes = charge._get_taxes_to_bill()
            if taxes is None:
                charge._raise_archived_tax()
            elif taxes != charge.tax_ids:
                charge._as_workflow().tax_ids = taxes

    def _get_taxes_to_bill(self):
        """Return the taxes that a charge is billed by, None where one is archived for nothing."""
        self.ensure_one()
        own = self.tax_ids._origin
        if self.kind == "credit" or (own and all(own.mapped("active"))):
            return own
        position = self.fiscal_position_id
        taxes = self._get_taxes(self.product_id, self.company_id, position)
        if not own:
            # What was charged before somebody gave the product its tax.
            return taxes if all(taxes.mapped("active")) else None
        is_in_use = taxes and all(taxes.mapped("active"))
        if not is_in_use or taxes[0].price_include != own[0].price_include:
            return None
        return taxes

    def _raise_archived_tax(self):
        raise MatterError(self._describe_archived_tax(), TAX)

    def _describe_archived_tax(self):
        archived = self.tax_ids.filtered(lambda tax: not tax.active) or self.tax_ids
        return self.env._(
            "“%(charge)s”: the tax %(tax)s of “%(product)s” is archived. Give the product its "
            "successor, then bill again.",
            charge=self.display_name,
            tax=", ".join(archived.mapped("name")),
            product=self.product_id.display_name,
        )

    def _is_untaxed(self):
        """Tell whether a charge has no tax because nobody gave its product one (L08b).

        A fiscal position may take the tax away; a company that charges no VAT has none.
        """
        self.ensure_one()
        company = self.company_id
        if self.tax_ids or self.kind == "credit" or not company.service_tax_exigibility:
            return False
        return not company._get_taxes_of_service(self.product_id.product_tmpl_id)

    def _get_tax_problem(self):
        """Return in words why a charge has no tax that it could be billed by, or ""."""
        self.ensure_one()
        if self._get_taxes_to_bill() is None:
            return self._describe_archived_tax()
        if self._is_untaxed():
            return self.env._(
                "“%(charge)s”: “%(product)s” has no tax. Give the product one, then bill again.",
                charge=self.display_name,
                product=self.product_id.display_name,
            )
        return ""

    def _get_hindrances(self):
        """Return all that keeps a charge from being billed until a person has mended it; a hook.

        :return: list of ``(code of the cause, sentence)``
        """
        problem = self._get_tax_problem()
        return [(TAX, problem)] if problem else []

    # ----- Onto an invoice -----

    def _prepare_invoice_line_vals(self, sign=1):
        """Return the values of the invoice line; ``sign`` is -1 on a credit note.

        Dates of invoice lines are inclusive.
        """
        self.ensure_one()
        return {
            "display_type": "product",
            "service_charge_id": self.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_id.uom_id.id,
            **self._prepare_owed_vals(sign),
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "start_date": self.date_start,
            "end_date": self.date_last,
            **self._prepare_analytic_vals(),
        }

    def _prepare_analytic_vals(self):
        """Return the analytic distribution of the invoice line; a hook.

        :return: dict of ``account.move.line``, empty without one
        """
        self.ensure_one()
        return {}
