from odoo import api, fields, models

EQUIPMENT_FIELDS = {"service_equipment_id", "service_session_id"}


class AccountAnalyticLine(models.Model):
    """The equipment of a connection: its name is that of the workstation (S17)."""

    _inherit = "account.analytic.line"

    service_equipment_id = fields.Many2one(
        "service.equipment",
        string="Equipment",
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', service_partner_id)]",
    )

    @api.onchange("service_equipment_id")
    def _onchange_service_equipment_id(self):
        if self.service_equipment_id:
            self.service_workstation = self.service_equipment_id.name

    @api.model_create_multi
    def create(self, vals_list):
        if equipment_id := self.env.context.get("default_service_equipment_id"):
            vals_list = [{"service_equipment_id": equipment_id, **vals} for vals in vals_list]
        if not any(vals.get("service_equipment_id") for vals in vals_list):
            return super().create(vals_list)
        lines = super().create([self._fill_workstation(vals) for vals in vals_list])
        lines.filtered("service_equipment_id")._correct_closed_sessions()
        return lines

    def write(self, vals):
        if not EQUIPMENT_FIELDS & vals.keys():
            return super().write(vals)
        self.filtered("service_equipment_id")._check_equipment_correctable()
        result = super().write(self._fill_workstation(vals))
        lines = self if "service_equipment_id" in vals else self.filtered("service_equipment_id")
        lines._correct_closed_sessions()
        return result

    def _correct_closed_sessions(self):
        """Let managers alone change the equipment of closed sessions, as at their closing."""
        closed = self._check_equipment_correctable()
        if closed:
            closed._forget_approval()
            closed._check_scope()
            closed._charge_anew()

    def _check_equipment_correctable(self):
        """Leave the equipment of closed sessions to managers; return these sessions."""
        return self.service_session_id._check_correctable({"equipment_ids": []})

    @api.model
    def _fill_workstation(self, vals):
        """Return values in which the workstation bears the name of its equipment."""
        equipment = self.env["service.equipment"].browse(vals.get("service_equipment_id") or [])
        if not equipment or vals.get("service_workstation"):
            return vals
        return {**vals, "service_workstation": equipment.name}

    @api.constrains("service_equipment_id", "service_session_id")
    def _check_service_equipment(self):
        for line in self.filtered("service_equipment_id"):
            line.service_session_id._check_equipment_of_customer(line.service_equipment_id)
