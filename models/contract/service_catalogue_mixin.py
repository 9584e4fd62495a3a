from odoo import models


class ServiceCatalogueMixin(models.AbstractModel):
    """The contracts that name a record of the catalogue."""

    _inherit = "service.catalogue.mixin"

    def _count_contracts(self, field_name):
        """Return ``{record: number of contracts}`` that have it in ``field_name``."""
        return dict(
            self.env["service.contract"]._read_group(
                [(field_name, "in", self.ids)], [field_name], ["__count"]
            )
        )

    def _get_contracts_action(self, field_name):
        """Return the action that shows the contracts with these records in ``field_name``."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        return {**action, "domain": [(field_name, "in", self.ids)], "context": {}}
