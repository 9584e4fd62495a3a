from odoo import models
from odoo.exceptions import AccessError, UserError

from ..common.field_values import get_label
from .service_contract import OVER


class ServiceContract(models.Model):
    """What of a contract is typed in which of its states, and by whom (S37, L02)."""

    _inherit = "service.contract"

    def _is_closed(self):
        """What the law gives to its customer (L02) is a manager's to change."""
        self.ensure_one()
        return self.state != "draft"

    def _is_over(self):
        """What was agreed of a contract that is over is history, for managers too."""
        self.ensure_one()
        return self.state in OVER

    def _is_sealed(self):
        """Terms and billing periods are counted from its start, its prices in its currency."""
        return self._is_closed()

    def _check_closed(self, vals, names):
        """The last day of what is in force comes by leaving it, for managers too (L06)."""
        if "date_end" in names and self.filtered(lambda contract: contract._is_closed()):
            self._raise_locked({"date_end"})
        return super()._check_closed(vals, names)

    def _get_held(self, names, vals):
        return self._get_changed(names, vals)

    def _get_unsealed(self, names, vals):
        """The level changes by an amendment only; a pricelist may, but not the currency."""
        changed = super()._get_unsealed(names - {"pricelist_id"}, vals)
        if self._is_own_call():
            changed.discard("level_id")
        if self._is_currency_changed(vals):
            changed.add("currency_id")
        return changed

    def _raise_closed(self, names):
        if self._is_over():
            self._raise_sealed(names)
        raise AccessError(
            self.env._(
                "%(contract)s is in force: what the law gives to its customer is changed by a "
                "manager.",
                contract=self.name,
            )
        )

    def _raise_sealed(self, names):
        self._raise_past(self._get_field_labels(names))

    def _raise_past(self, labels):
        """Refuse in words to change what a contract's state holds."""
        raise UserError(
            self.env._(
                "%(contract)s is %(state)s: %(fields)s can no longer change.",
                contract=self.name,
                state=get_label(self, "state").lower(),
                fields=labels,
            )
        )

    def _is_currency_changed(self, vals):
        self.ensure_one()
        pricelist = self.env["product.pricelist"].browse(vals.get("pricelist_id"))
        return bool(pricelist) and pricelist.sudo().currency_id != self.currency_id
