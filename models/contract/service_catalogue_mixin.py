from odoo import models

from ..common.client_actions import open_window


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
        self.check_access("read")
        domain = [(field_name, "in", self.ids)]
        return open_window(self.env, "service_contract.service_contract_action", domain)
