from odoo import api, models
from odoo.fields import Domain

from ...tools import search_keys

ORDER = "is_company DESC, complete_name, id"


class ResPartner(models.Model):
    """Customers and their contacts, found by name, reference, telephone, e-mail and city."""

    _name = "res.partner"
    _inherit = ["res.partner", "service.search.key"]

    @api.depends("name", "ref", "phone", "email", "city", "country_id")
    def _compute_service_search_key(self):
        return super()._compute_service_search_key()

    def _get_search_words(self):
        self.ensure_one()
        phone = search_keys.phone_digits(self.phone, self._get_service_dialling_region())
        return {
            "names": [self.name],
            "numbers": [search_keys.compact(self.ref), phone, search_keys.compact(self.email)],
            "places": [self.city],
        }

    def _get_service_dialling_region(self):
        """Return the ISO code of the country in which a national number is dialled."""
        self.ensure_one()
        if not self.phone or self.phone.startswith("+"):
            return None
        country = self.country_id or self.company_id.country_id or self.env.company.country_id
        return country.code

    @api.model
    def _get_service_customer_domain(self):
        """Return the domain of those for whom sessions are made: not us, not our staff; a hook."""
        return Domain("partner_share", "=", True) & Domain("ref_company_ids", "=", False)

    @api.model
    def _find_service_customers(self, text, limit, domain=Domain.TRUE):
        """Return customers and contacts found by a text: the best first, companies before others.

        Those who own a workstation or device come where its name or remote-tool id would stand.
        """
        domain = self._get_service_customer_domain() & Domain(domain)
        found = self._search_by_key(text, limit, domain, ORDER)
        ranks = {partner: partner._get_search_rank(text) for partner in found}
        equipment = self.env["service.equipment"]._find_by_key(text, limit)
        owners = self.search(domain & Domain("id", "in", (equipment.partner_id - found).ids))
        for device in equipment.filtered(lambda device: device.partner_id in owners):
            ranks.setdefault(device.partner_id, device._get_search_rank(text))
        found = self.union(*sorted(ranks, key=ranks.get))
        return found[:limit] if limit else found

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Find customers as the desk does where a field asks for it by its context."""
        if not self.env.context.get("service_customers") or operator != "ilike":
            return super().name_search(name, domain, operator, limit)
        if not name.strip():
            domain = Domain(domain or []) & self._get_service_customer_domain()
            found = self.search(domain, order=ORDER, limit=limit)
        else:
            found = self._find_service_customers(name, limit, domain or [])
        return [(partner.id, partner.display_name) for partner in found.sudo()]
