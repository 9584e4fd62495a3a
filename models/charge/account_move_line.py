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
    )

    def _copy_data_extend_business_fields(self, values):
        values["service_charge_id"] = self.service_charge_id.id
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

    def unlink(self):
        charges = self.sudo().service_charge_id
        result = super().unlink()
        charges._sync_billing()
        return result

    def _get_service_difference(self):
        """Return in words how a line differs from its charge, empty when it does not."""
        self.ensure_one()
        charge = self.service_charge_id
        pairs = [
            ("product_id", self.product_id == charge.product_id),
            ("quantity", not self._compare_service_value("quantity", self._get_service_quantity())),
            ("price_unit", not self._compare_service_value("price_unit", self.price_unit)),
            ("discount", not self._compare_service_value("discount", self.discount)),
            ("tax_ids", self.tax_ids == charge.tax_ids),
            ("currency_id", self.currency_id == charge.currency_id),
        ]
        changed = [
            self._fields[name]._description_string(self.env)
            for name, is_same in pairs
            if not is_same
        ]
        return ", ".join(changed)

    def _compare_service_value(self, name, value):
        return round(value - self.service_charge_id[name], 6)

    def _check_service_difference(self):
        if changed := self._get_service_difference():
            raise UserError(
                self.env._(
                    "%(invoice)s, line “%(line)s”: %(fields)s differ from the charge. Give the "
                    "reason of the change on the line, or bill the charge as it is.",
                    invoice=self.move_id.display_name,
                    line=self.service_charge_id.display_name,
                    fields=changed,
                )
            )
