from odoo import api, fields, models

from ..common.client_actions import open_window

CUSTOMER_REGIMES = [
    ("consumer", "Consumer"),
    ("non_professional", "Non-professional"),
    ("professional", "Professional"),
]
# Who must read prices with tax (Code de la consommation L112-1); the others read them without.
TAX_SHOWN_REGIMES = ("consumer",)


class ResPartner(models.Model):
    _inherit = "res.partner"

    service_regime = fields.Selection(
        CUSTOMER_REGIMES,
        string="Customer Regime",
        tracking=True,
        help="What the law gives to this customer (Code de la consommation): an association or a "
        "town is a non-professional, a person who buys for a business a professional. Asked on "
        "the first quotation or contract; without it the company's default counts.",
    )
    service_is_small_firm = fields.Boolean(
        string="Micro or Small Firm",
        tracking=True,
        help="Protected as a consumer from long telecom commitments (L224-28).",
    )

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
        self.check_access("read")
        domain = [("partner_id", "child_of", self.ids)]
        return open_window(self.env, xmlid, domain, default_partner_id=self[:1].id)

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

    def _get_service_customer(self, company):
        """Return ``(customer regime, whether a small firm)`` of a partner (L02).

        A contact is what its company is. Without a regime, what the company takes customers for;
        False where that is not said either: nothing about a contact tells an association from a
        firm, or a private person from a sole trader.
        """
        customer = self.commercial_partner_id
        regime = customer.service_regime or (customer and company.service_default_regime)
        return regime or False, customer.service_is_small_firm

    def _remember_service_customer(self, regime, is_small_firm):
        """Keep on the customer what was said on a document, to ask it once (L02).

        A regime that is recorded stays: a document may differ from it.
        """
        customer = self.commercial_partner_id.sudo()
        vals = {"service_regime": regime, "service_is_small_firm": is_small_firm}
        is_known = (customer.service_regime, customer.service_is_small_firm)
        if customer and regime and customer.service_regime in (False, regime):
            if is_known != (regime, is_small_firm):
                customer.write(vals)

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
