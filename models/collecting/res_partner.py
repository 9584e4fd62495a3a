from lxml import objectify

from odoo import models

from ...tools.debits import is_address_needed
from .res_partner_bank import KEY

TOWN, COUNTRY, STREET = 35, 2, 70


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _generate_address_block(self, parent_node, gen_args):
        """Write of an address what the account's bank takes (L15).

        Where the scheme needs the debtor's, as with accounts outside the EEA, it is written.
        """
        mode = gen_args.get("service_address") or "hybrid"
        if mode == "none" and is_address_needed(gen_args.get(KEY) or ""):
            mode = "hybrid"
        if mode == "hybrid":
            return super()._generate_address_block(parent_node, gen_args)
        if mode == "none" or not (self.city and self.country_id):
            return None
        return self._write_address(parent_node, gen_args, mode == "structured")

    def _write_address(self, parent_node, gen_args, is_whole):
        """Write town and country, or all in elements of their own, in the schema's order."""
        orders = self.env["account.payment.order"]
        node = objectify.SubElement(parent_node, "PstlAdr")
        street = " ".join(filter(None, (self.street, self.street2)))
        if is_whole and street:
            words = self.env._("Street")
            node.StrtNm = orders._prepare_field(words, street, STREET, gen_args)
        if is_whole and self.zip:
            node.PstCd = orders._prepare_field(self.env._("ZIP Code"), self.zip, 16, gen_args)
        node.TwnNm = orders._prepare_field(self.env._("City"), self.city, TOWN, gen_args)
        node.Ctry = self.country_id.code
