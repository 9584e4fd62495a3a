from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceUsageMixin(models.AbstractModel):
    """Refuses, in words, the deletion of a record that something still uses."""

    _name = "service.usage.mixin"
    _description = "Record Protected While in Use"

    def _get_usage_fields(self):
        """Return the ``(model name, field path)`` pairs that count as use of a record.

        Hook: the path leads from a record of that model to the record in use, and may go through
        several relations. Other add-ons add their own models.
        """
        return []

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for model_name, path in self._get_usage_fields():
            users = self.env[model_name].sudo().with_context(active_test=False)
            if user := users.search([(path, "in", self.ids)], limit=1):
                used = user.mapped(path).filtered(lambda record: record.id in self.ids)[:1]
                raise UserError(
                    self.env._(
                        "“%(record)s” cannot be deleted: it is used by %(model)s “%(user)s”. "
                        "Archive it instead.",
                        record=used.display_name,
                        model=self.env["ir.model"]._get(model_name).name,
                        user=user.display_name,
                    )
                )


class ServiceCatalogueMixin(models.AbstractModel):
    """What every catalogue record has: a company (or none, shared by all) and protection in use."""

    _name = "service.catalogue.mixin"
    _description = "Service Catalogue Record"
    _inherit = ["service.usage.mixin"]
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Leave empty to share this record between all companies.",
    )

    def _get_contracts_action(self, field_name):
        """Return the action that shows the contracts with these records in ``field_name``."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        return {**action, "domain": [(field_name, "in", self.ids)], "context": {}}
