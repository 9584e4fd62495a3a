from odoo import fields, models


class ServiceCatalogueMixin(models.AbstractModel):
    """What every catalogue record has: a company (or none, shared by all) and protection in use."""

    _name = "service.catalogue.mixin"
    _description = "Service Catalogue Record"
    _inherit = ["service.usage.mixin", "service.workflow.mixin"]
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Leave empty to share this record between all companies.",
    )

    def _creation_message(self):
        """Say so without the model's name: in French its gender would have to be known."""
        return self.env._("Created")
