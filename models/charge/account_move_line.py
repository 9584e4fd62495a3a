from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    service_charge_id = fields.Many2one(
        "service.charge",
        string="Charge",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="What this line bills; refunds carry it on.",
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
    )

    service_after_credit = fields.Selection(
        [("owed", "Owed again"), ("waived", "Nothing more is owed")],
        string="After the Credit",
        copy=False,
        help="What this line of a credit note leaves of its charge, for the part that it gives "
        "back.",
    )

    def _copy_data_extend_business_fields(self, values):
        values["service_charge_id"] = self.service_charge_id.id
        if self.service_charge_id and "move_reverse_cancel" in self.env.context:
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

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.sudo().service_charge_id._sync_billing()
        return lines

    def write(self, vals):
        if "service_after_credit" not in vals:
            return super().write(vals)
        self._check_service_decision_open()
        result = super().write(vals)
        self.sudo().service_charge_id._sync_billing()
        return result

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
        ]
        changed = [
            self._fields[name]._description_string(self.env)
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
