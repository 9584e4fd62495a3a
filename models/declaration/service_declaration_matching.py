from odoo import api, models
from odoo.fields import Domain

from .service_declaration import WAITING


class ServiceDeclaration(models.Model):
    """Which contract a declaration means (L19, L21): where not all agrees, a person says so."""

    _inherit = "service.declaration"

    def _find_its_contract(self):
        """Match by number and e-mail address; put what is sent again with the first one."""
        for declaration in self.filtered(lambda row: row.state == "received"):
            if original := declaration._find_original():
                declaration._update_state("repeated", original_id=original.id)
                continue
            contract, order = declaration._find_exactly()
            if contract or order:
                declaration._set_matched(contract, order, self.env["res.users"])
            else:
                declaration._put_in_inbox()

    def _match_own(self, contract):
        """Match what a customer sent, logged in, from the page of one of his contracts."""
        self.ensure_one()
        if self.state == "received":
            if original := self._find_original():
                self._update_state("repeated", original_id=original.id)
            else:
                orders = self.env["sale.order"]
                self._set_matched(contract, orders, self.env["res.users"])

    def _find_original(self):
        """Return an earlier declaration of the same words that is not answered, if any."""
        self.ensure_one()
        return self.search(
            [
                ("id", "<", self.id),
                ("company_id", "=", self.company_id.id),
                ("said_sha256", "=", self.said_sha256),
                ("state", "in", [*WAITING, "recorded"]),
            ],
            order="id",
            limit=1,
        )

    def _find_exactly(self):
        """Return the contract, or the order without one, that number and address both name."""
        self.ensure_one()
        contracts = self._find_by_number("service.contract")
        orders = self._find_by_number("sale.order")
        own = (contracts | orders.service_contract_ids).filtered(
            lambda row: row.state != "cancelled"
        )
        if len(own) == 1 and self._is_of(own.partner_id):
            return own, orders[:0]
        if not own and len(orders) == 1 and self._is_of(orders.partner_id):
            return own, orders
        return own[:0], orders[:0]

    def _find_by_number(self, model):
        number = "".join((self.reference or "").split())
        if not number:
            return self.env[model].sudo()
        domain = Domain("company_id", "=", self.company_id.id) & Domain(
            "name", "in", list({number, number.upper()})
        )
        found = self.env[model].sudo().search(domain, limit=2)
        return found if len(found) == 1 else found.browse()

    def _is_of(self, partner):
        return self.email_normalized in self._get_addresses(partner)

    @api.model
    def _get_addresses(self, partner):
        """Return the e-mail addresses of a customer and of all its contacts, a set."""
        customer = partner.sudo().commercial_partner_id
        people = customer.search([("id", "child_of", customer.ids)])
        return set(filter(None, people.mapped("email_normalized")))

    # ----- Candidates -----

    def _get_candidates(self):
        """Return ``{contract or order: [what speaks for it]}``, the likeliest first; a hook."""
        self.ensure_one()
        found = {}
        for words, contracts, orders in self._look_for():
            for record in (*contracts, *orders):
                found.setdefault(record, []).append(words)
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    def _look_for(self):
        """Yield ``(what speaks for it, contracts, orders)`` of what the sender wrote."""
        contracts = self.env["service.contract"].browse()
        orders = self.env["sale.order"].browse()
        if number := (self.reference or "").strip():
            words = self.env._("number “%(number)s”", number=number)
            yield words, *self._search_both(Domain("name", "=ilike", number))
            words = self.env._("customer number “%(number)s”", number=number)
            yield words, *self._search_both(Domain("partner_id.ref", "=ilike", number))
        if self.line_number:
            words = self.env._("line “%(number)s”", number=self.line_number)
            domain = Domain("line_ids.name", "ilike", self.line_number)
            yield words, self._find_among(contracts, domain), orders
        words = self.env._("e-mail address %(email)s", email=self.email)
        people = Domain("partner_id", "any", [("email_normalized", "=", self.email_normalized)])
        family = Domain(
            "partner_id.commercial_partner_id.child_ids.email_normalized",
            "=",
            self.email_normalized,
        )
        yield words, *self._search_both(people | family)
        words = self.env._("name “%(name)s”", name=self.sender_name)
        domain = Domain("partner_id.commercial_partner_id.name", "=ilike", self.sender_name)
        yield words, *self._search_both(domain)

    def _search_both(self, domain):
        contracts = self._find_among(self.env["service.contract"], domain)
        orders = self.env["sale.order"]
        if not orders.has_access("read"):
            return contracts, orders
        orders = self._find_among(
            orders,
            domain & Domain("service_contract_ids", "=", False) & Domain("state", "!=", "cancel"),
        )
        return contracts, orders.filtered("service_has_recurring")

    def _find_among(self, model, domain):
        own = Domain("company_id", "=", self.company_id.id)
        return model.search(own & domain, limit=20)
