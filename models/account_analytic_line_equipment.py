from odoo import api, fields, models


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
        with_equipment = [vals for vals in vals_list if vals.get("service_equipment_id")]
        sessions = {vals.get("service_session_id") for vals in with_equipment} - {None, False}
        self.env["service.session"].browse(sessions)._check_held(["equipment_ids"])
        return super().create([self._fill_workstation(vals) for vals in vals_list])

    def write(self, vals):
        if "service_equipment_id" not in vals:
            return super().write(vals)
        closed = self.service_session_id._check_held(["equipment_ids"])
        result = super().write(self._fill_workstation(vals))
        if closed:
            closed._check_scope()
            closed._charge_anew()
        return result

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
