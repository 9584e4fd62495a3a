from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import search_keys

SHORTEST_TEXT = 2


class ServiceSearchKey(models.AbstractModel):
    """A record that is found by words without accents and by numbers, however they are typed."""

    _name = "service.search.key"
    _description = "Found however it is typed"

    service_search_key = fields.Char(
        compute="_compute_service_search_key",
        store=True,
        index="trigram",
        export_string_translation=False,
    )

    def _compute_service_search_key(self):
        for record in self:
            record.service_search_key = " ".join(filter(None, record._get_search_words())) or False

    def _get_search_words(self):
        """Return the folded words and numbers by which the record is found; a hook."""
        raise NotImplementedError

    @api.model
    def _get_search_key_domain(self, text):
        """Return the domain of the records that a typed text means, of none when it is too short.

        Every word is in the key, or the text is a telephone number, or an identifier with spaces.
        """
        words = search_keys.fold(text).split()
        whole = "".join(words)
        if len(whole) < SHORTEST_TEXT:
            return Domain.FALSE
        needles = search_keys.phone_needles(text)
        if any(letter.isdigit() for letter in whole):
            needles.append(whole)
        return Domain.OR(
            [
                Domain.AND(Domain("service_search_key", "ilike", word) for word in words),
                *(Domain("service_search_key", "ilike", needle) for needle in needles),
            ]
        )


class ResPartner(models.Model):
    """Customers and their contacts, found by name, reference and telephone number."""

    _name = "res.partner"
    _inherit = ["res.partner", "service.search.key"]

    @api.depends("name", "ref", "phone", "country_id")
    def _compute_service_search_key(self):
        return super()._compute_service_search_key()

    def _get_search_words(self):
        self.ensure_one()
        country = self.country_id or self.company_id.country_id or self.env.company.country_id
        return [
            search_keys.fold(self.name),
            search_keys.fold(self.ref),
            search_keys.phone_digits(self.phone, country.code),
        ]

    @api.model
    def _get_service_customer_domain(self):
        """Return the domain of those for whom sessions are made: not us, not our staff; a hook."""
        return Domain("partner_share", "=", True) & Domain("ref_company_ids", "=", False)

    @api.model
    def _find_service_customers(self, text, limit, domain=Domain.TRUE):
        """Return customers and contacts found by a text, companies first.

        Those who own a workstation or device of that name or remote-tool id come last.
        """
        domain = self._get_service_customer_domain() & Domain(domain)
        found = self.search(
            domain & self._get_search_key_domain(text),
            order="is_company DESC, complete_name, id",
            limit=limit,
        )
        if len(found) < limit:
            equipment = self.env["service.equipment"]._find_by_key(text, limit)
            owners = domain & Domain("id", "in", (equipment.partner_id - found).ids)
            found += self.search(owners, limit=limit - len(found))
        return found

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Find customers as the desk does where a field asks for it by its context."""
        if not self.env.context.get("service_customers") or operator != "ilike":
            return super().name_search(name, domain, operator, limit)
        if not name.strip():
            domain = Domain(domain or []) & self._get_service_customer_domain()
            found = self.search(domain, order="is_company DESC, complete_name, id", limit=limit)
        else:
            found = self._find_service_customers(name, limit, domain or [])
        return [(partner.id, partner.display_name) for partner in found.sudo()]


class ServiceEquipment(models.Model):
    """Workstations and devices, found by name, serial number and remote-tool id."""

    _name = "service.equipment"
    _inherit = ["service.equipment", "service.search.key"]

    @api.depends("name", "serial_number", "remote_tool_id")
    def _compute_service_search_key(self):
        return super()._compute_service_search_key()

    def _get_search_words(self):
        self.ensure_one()
        return [
            search_keys.fold(self.name),
            search_keys.compact(self.serial_number),
            search_keys.compact(self.remote_tool_id),
        ]

    @api.model
    def _find_by_key(self, text, limit, domain=Domain.TRUE):
        """Return the workstations and devices found by a text."""
        return self.search(domain & self._get_search_key_domain(text), limit=limit)
