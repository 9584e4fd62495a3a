from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Whoever has it makes the invoices of charges: no client can send it.
BILLING = object()
# By which a line bills its charge.
BILLED_FIELDS = frozenset(
    {"move_id", "product_id", "quantity", "price_unit", "discount", "tax_ids", "display_type"}
)
SYNCED_FIELDS = BILLED_FIELDS | {"service_charge_id", "service_after_credit"}


class AccountMoveLine(models.Model):
    """What a line bills: said by our own methods and by the credit note of its invoice alone.

    Drafts are edited as people like, and compared with their charges when they are posted. Posted,
    what a line bills of a charge is given back by a credit note and in no other way.
    """

    _name = "account.move.line"
    _inherit = ["account.move.line", "service.workflow.mixin"]

    service_charge_id = fields.Many2one(
        "service.charge",
        string="Charge",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="What this line bills; refunds carry it on.",
        lock="workflow",
    )
    service_reason_id = fields.Many2one(
        "service.reason",
        string="Reason of the Change",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('usage', '=', 'invoice')]",
        help="Why this line differs from its charge.",
        check_company=True,
        lock="closed",
    )

    service_after_credit = fields.Selection(
        [("owed", "Owed again"), ("waived", "Nothing more is owed")],
        string="After the Credit",
        copy=False,
        help="What this line of a credit note leaves of its charge, for the part that it gives "
        "back.",
        lock="closed",
    )

    def _copy_data_extend_business_fields(self, values):
        """Credit notes, and what is billed anew with them, carry charges on; no duplicate does."""
        if self.service_charge_id and self._is_own_call():
            values["service_charge_id"] = self.service_charge_id.id
            if "move_reverse_cancel" in self.env.context:
                values["service_after_credit"] = self.env.context.get("service_after_credit")
        return super()._copy_data_extend_business_fields(values)

    def _get_service_quantity(self):
        """Return how much of its charge a line bills: below zero on a credit note."""
        self.ensure_one()
        return -self.quantity if self.move_id.move_type == "out_refund" else self.quantity

    def _get_service_amount(self):
        """Return the untaxed amount that a line bills: below zero on a credit note."""
        self.ensure_one()
        is_refund = self.move_id.move_type == "out_refund"
        return -self.price_subtotal if is_refund else self.price_subtotal

    def _is_service_credit(self):
        """Return whether a line gives back what another one billed."""
        self.ensure_one()
        return self._get_service_quantity() * self.service_charge_id.quantity < 0

    # ----- Who says what is billed -----

    def _is_own_call(self):
        return super()._is_own_call() or self.env.context.get("service_billing") is BILLING

    @api.model_create_multi
    def create(self, vals_list):
        lines = self
        if any(vals.get("service_charge_id") for vals in vals_list):
            self._check_given_charges(vals_list)
            lines = self.with_context(service_billing=BILLING)
        lines = super(AccountMoveLine, lines).create(vals_list).with_env(self.env)
        lines.sudo().service_charge_id._sync_billing()
        return lines

    def _check_given_charges(self, vals_list):
        """Refuse lines that name a charge, except on a credit note for an invoice that bills it."""
        if self._is_workflow():
            return
        for vals in vals_list:
            charge = self.env["service.charge"].browse(vals.get("service_charge_id") or ())
            move = self.env["account.move"].sudo().browse(vals.get("move_id"))
            origin = move.reversed_entry_id if move.move_type == "out_refund" else move.browse()
            if not charge <= origin.line_ids.service_charge_id:
                self._raise_locked({"service_charge_id"})

    def write(self, vals):
        if SYNCED_FIELDS.isdisjoint(vals):
            return super().write(vals)
        if not self._is_workflow():
            self._check_billed_fields(vals)
        if "service_after_credit" in vals:
            self._check_service_decision_open()
        charges = self.sudo().service_charge_id
        result = super().write(vals)
        (charges | self.sudo().service_charge_id)._sync_billing()
        return result

    def _check_billed_fields(self, vals):
        """Keep the lines of charges on their invoice and, once it is posted, as they are."""
        for line in self.filtered("service_charge_id"):
            names = BILLED_FIELDS if line.parent_state == "posted" else {"move_id"}
            if changed := line._get_changed(names & vals.keys(), vals):
                line._raise_locked(changed)

    def _is_closed(self):
        """What was said of a line is its posted document's."""
        self.ensure_one()
        return self.parent_state != "draft"

    def _may_correct_closed(self):
        return False

    def _get_held(self, names, vals):
        return self._get_changed(names, vals)

    def _raise_locked(self, names):
        raise AccessError(
            self.env._(
                "%(fields)s of an invoice line: what it bills of a charge is said by its billing "
                "run. Credit the invoice, or decide on the charge.",
                fields=self._get_field_labels(names),
            )
        )

    # ----- Life of the charges -----

    def _check_service_decision_open(self):
        """Refuse to decide again on what was billed anew since."""
        for line in self.sudo().filtered("service_charge_id"):
            later = line.service_charge_id._get_billing_lines().filtered(
                lambda other, line=line: other.id > line.id
            )
            if later:
                raise UserError(
                    self.env._(
                        "“%(charge)s” was billed anew on %(invoice)s: delete that draft or credit "
                        "that invoice instead.",
                        charge=line.service_charge_id.display_name,
                        invoice=later.move_id[:1]._get_service_name(),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        """Keep what is posted of charges, whatever a client's context says."""
        posted = self.sudo().filtered(lambda line: line.parent_state == "posted")
        if not self._is_workflow() and posted.service_charge_id:
            posted.filtered("service_charge_id")._raise_locked({"move_id"})

    def unlink(self):
        charges = self.sudo().service_charge_id
        result = super().unlink()
        charges._sync_billing()
        return result

    def _get_service_difference(self):
        """Return in words how a line differs from what its charge owes, empty when it does not.

        A credit note for an invoice may credit a part: only its customer is compared, with the
        invoice's.
        """
        self.ensure_one()
        charge = self.service_charge_id
        customer_name = [] if self._is_service_customer() else [self.env._("Customer")]
        if self.move_id.move_type == "out_refund" and self.move_id.reversed_entry_id:
            return ", ".join(customer_name)
        earlier = charge._get_counting_lines().filtered(lambda line: line.id < self.id)
        owed = charge._prepare_owed_vals(lines=earlier)
        pairs = [
            ("product_id", self.product_id == charge.product_id),
            ("quantity", not round(self._get_service_quantity() - owed["quantity"], 6)),
            ("price_unit", not round(self.price_unit - owed["price_unit"], 6)),
            ("discount", not round(self.discount - owed["discount"], 6)),
            ("tax_ids", self.tax_ids == charge.tax_ids),
            ("currency_id", self.currency_id == charge.currency_id),
            ("fiscal_position_id", self._has_service_position()),
        ]
        changed = [
            (self._fields.get(name) or charge._fields[name])._description_string(self.env)
            for name, is_same in pairs
            if not is_same
        ]
        return ", ".join(customer_name + changed)

    def _is_service_customer(self):
        """Tell whether a line is on the invoice of who pays its charge, or its contract by now."""
        self.ensure_one()
        charge = self.service_charge_id
        payers = self.move_id.reversed_entry_id.partner_id or (
            charge.partner_invoice_id + charge.contract_id.partner_invoice_id
        )
        return self.move_id.partner_id.commercial_partner_id in payers.commercial_partner_id

    def _has_service_position(self):
        """Tell whether the invoice has the fiscal position of a charge, or of its contract by now.

        It decides accounts and mentions as well as taxes (L09). Another address of the same
        customer brings its own.
        """
        self.ensure_one()
        charge, position = self.service_charge_id, self.move_id.fiscal_position_id
        agreed = [charge.fiscal_position_id]
        if charge.contract_id:
            agreed.append(charge.contract_id.fiscal_position_id)
        return position in agreed or (
            self._is_service_customer() and position == self._get_position_of_address()
        )

    def _get_position_of_address(self):
        """Return the fiscal position that Odoo gives an invoice to its addresses."""
        move = self.move_id
        positions = self.env["account.fiscal.position"].with_company(move.company_id)
        return positions._get_fiscal_position(move.partner_id, delivery=move.partner_shipping_id)

    def _check_service_difference(self):
        if changed := self._get_service_difference():
            raise UserError(
                self.env._(
                    "%(invoice)s, line “%(line)s”: %(fields)s differ from the charge. Give the "
                    "reason of the change on the line, or bill the charge as it is.",
                    invoice=self.move_id._get_service_name(),
                    line=self.service_charge_id.display_name,
                    fields=changed,
                )
            )
