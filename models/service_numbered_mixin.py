from odoo import api, fields, models


class ServiceNumberedMixin(models.AbstractModel):
    """What is named by the sequence whose code is the name of the model."""

    _name = "service.numbered.mixin"
    _description = "Numbered Record"

    name = fields.Char(
        string="Reference", required=True, readonly=True, copy=False, default="/", index="trigram"
    )

    @api.model_create_multi
    def create(self, vals_list):
        sequence = self.env["ir.sequence"]
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = sequence.with_company(company).next_by_code(self._name) or "/"
        return super().create(vals_list)
