from odoo import api, models

CUSTOMER_REGIMES = [
    ("consumer", "Consumer"),
    ("non_professional", "Non-professional"),
    ("professional", "Professional"),
]


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def default_get(self, fields):
        """Let new customers read their company's language, not that of the whole database."""
        values = super().default_get(fields)
        context = self.env.context
        is_customer = context.get("res_partner_search_mode") == "customer"
        if is_customer and "lang" in fields and "default_lang" not in context:
            lang = self.env.company.partner_id.lang
            values.update({"lang": lang} if lang else {})
        return values

    def _get_service_action(self, xmlid):
        """Return the action that shows what belongs to these partners and their contacts."""
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {
            **action,
            "domain": [("partner_id", "child_of", self.ids)],
            "context": {"default_partner_id": self[:1].id},
        }

    def _count_by_partner(self, model_name):
        """Return ``{partner id: number of records}``, those of its contacts counted with it."""
        counts = dict.fromkeys(self.ids, 0)
        if not self.ids or not self.env[model_name].has_access("read"):
            return counts
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        for partner, count in self.env[model_name]._read_group(
            [("partner_id", "in", family.ids)], ["partner_id"], ["__count"]
        ):
            while partner:
                if partner.id in counts:
                    counts[partner.id] += count
                partner = partner.parent_id
        return counts

    def _get_service_regime(self):
        """Return the default customer regime of a partner (L02)."""
        self.ensure_one()
        return "professional" if self.commercial_partner_id.is_company else "consumer"

    def _get_service_payment_method(self, company):
        """Return how a partner pays a company; a contact without a method pays as its customer."""
        self.ensure_one()
        partner = self.with_company(company)
        return (
            partner.property_inbound_payment_method_line_id
            or partner.commercial_partner_id.property_inbound_payment_method_line_id
        )

    def _get_service_timezone(self, company):
        """Return the IANA name of a customer's time zone, the company's where it has none."""
        return self.tz or self.commercial_partner_id.tz or company._get_service_timezone()
