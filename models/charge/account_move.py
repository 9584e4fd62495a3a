from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    service_contract_id = fields.Many2one(
        "service.contract",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    service_is_superseded = fields.Boolean(
        copy=False, readonly=True, help="What this cancelled invoice billed was charged anew."
    )
    service_charge_count = fields.Integer(compute="_compute_service_charge_count")

    def _compute_service_charge_count(self):
        counts = dict(
            self.env["account.move.line"]._read_group(
                [("move_id", "in", self.ids), ("service_charge_id", "!=", False)],
                ["move_id"],
                ["__count"],
            )
        )
        for move in self:
            move.service_charge_count = counts.get(move, 0)

    def _get_service_charges(self):
        """Return what invoices bill; all their lines are looked at, since Odoo reads these too."""
        return self.sudo().line_ids.service_charge_id

    # ----- Life of the charges -----

    def write(self, vals):
        result = super().write(vals)
        if {"state", "invoice_date"} & vals.keys():
            self._get_service_charges()._sync_billing()
        return result

    def copy_data(self, default=None):
        """Keep what an invoice belongs to where it is credited and made anew."""
        vals_list = super().copy_data(default)
        if self.env.context.get("include_business_fields"):
            for move, vals in zip(self, vals_list, strict=True):
                vals.update(move._prepare_service_copy_vals())
        return vals_list

    def _prepare_service_copy_vals(self):
        """Return what an invoice made anew, or a credit note, takes over; a hook.

        :return: dict of ``account.move``
        """
        self.ensure_one()
        return {"service_contract_id": self.service_contract_id.id}

    def button_draft(self):
        for move in self.filtered(lambda move: move.state == "cancel"):
            if move.service_is_superseded or move._get_service_charges_billed_elsewhere():
                raise UserError(
                    self.env._(
                        "%(invoice)s cannot come back: what it billed was charged or billed again "
                        "since it was cancelled.",
                        invoice=move.display_name,
                    )
                )
        return super().button_draft()

    def _get_service_charges_billed_elsewhere(self):
        self.ensure_one()
        return self._get_service_charges().filtered(
            lambda charge: charge.state in ("invoiced", "waived", "included")
        )

    def _post(self, soft=True):
        self._check_service_charges()
        return super()._post(soft=soft)

    def _check_service_charges(self):
        """Refuse a line that no longer equals its charge, without a reason.

        A credit note for an invoice may credit a part: it is not compared.
        """
        for line in self.sudo().line_ids.filtered("service_charge_id"):
            is_reversal = line.move_id.move_type == "out_refund" and line.move_id.reversed_entry_id
            if not is_reversal and not line.service_reason_id:
                line._check_service_difference()

    def action_open_service_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_charge_action"
        )
        return {**action, "domain": [("id", "in", self._get_service_charges().ids)], "context": {}}
