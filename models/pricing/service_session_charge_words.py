from odoo import models
from odoo.tools.misc import format_date

from ...tools.clocks import format_duration
from ..common.field_values import get_label


class ServiceSession(models.Model):
    """What the payer reads of a session's charges on the invoice."""

    _inherit = "service.session"

    def _is_ambiguous(self, pricing, component):
        """Tell whether two parts of a price are one product, whose name tells neither apart."""
        products = [
            self._get_component_product(pricing.tariff, other.kind)
            for other in pricing.price.components
        ]
        return products.count(self._get_component_product(pricing.tariff, component.kind)) > 1

    def _get_charge_name(self, product, payer_id, part=None):
        """Return what the payer reads on the invoice line, in his language.

        ``part``: the component, where the product bills another one beside it.
        """
        payer = self.env["res.partner"].browse(payer_id)
        session = self.with_context(lang=payer.lang or self.env.lang)
        names = [product.with_env(session.env).display_name]
        if part:
            names.append(get_label(session.env["service.charge"], "component", part))
        return session.env._(
            "%(product)s\nSession %(session)s of %(day)s, %(duration)s",
            product=" – ".join(names),
            session=self.display_name,
            day=format_date(session.env, self.date),
            duration=format_duration(self.connected_seconds + self.research_seconds),
        )
