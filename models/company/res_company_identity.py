import re

from odoo import models
from odoo.tools import html2plaintext

from ...tools import cii
from .res_company_setup import Check


class ResCompany(models.Model):
    """The numbers by which a seller is known on invoices: they must print (L08, L08b)."""

    _inherit = "res.company"

    def _is_french_seller(self):
        """Tell whether French law rules a company's invoices: in France and where its taxes do."""
        self.ensure_one()
        country = self.account_fiscal_country_id or self.country_id
        return country.code == "FR" or country in self._get_french_territories()

    def _get_french_territories(self):
        groups = self.env["res.country.group"].sudo()
        return groups.search([("service_tax_country_id.code", "=", "FR")]).country_ids

    def _get_identity(self):
        """Return the seller's numbers with their labels, those that are missing as well.

        :return: list of ``(label, number)``
        """
        self.ensure_one()
        numbers = [(self._get_vat_label(), self.vat or "")]
        if self._is_french_seller():
            numbers.insert(0, ("SIRET", self.company_registry or ""))
        return numbers

    def _get_vat_label(self):
        return self.account_fiscal_country_id.vat_label or self.env._("VAT Number")

    def _get_unprinted_identity(self, foreign_vat=False):
        """Return those of the seller's numbers that the letterhead does not show.

        Odoo prints another country's number with the letterhead itself.
        """
        letterhead = self._squeeze(self._get_letterhead())
        return [
            (label, number)
            for label, number in self._get_identity()
            if number
            and self._squeeze(number) not in letterhead
            and not (foreign_vat and number == self.vat)
        ]

    def _get_letterhead(self):
        """Return the words that stand at the head and the foot of every document."""
        self.ensure_one()
        parts = (self.company_details, self.report_header, self.report_footer)
        return "\n".join(html2plaintext(part or "") for part in parts)

    def _squeeze(self, text):
        return re.sub(r"[^0-9A-Z]", "", text.upper())

    # ----- The set-up -----

    def _inspect_identity(self):
        """Look for the numbers, and that they are right: a wrong one is refused by platforms."""
        if wrong := self._get_wrong_numbers():
            return Check(
                "blocked",
                self.env._(
                    "Invoices must name them, and one is missing or wrong: %(numbers)s.",
                    numbers=", ".join(wrong),
                ),
            )
        numbers = " · ".join(f"{label} {number}" for label, number in self._get_identity())
        return Check("ready", numbers)

    def _get_wrong_numbers(self):
        """Return the labels of the numbers that lack, or that no French firm can have."""
        is_wrong = self._is_french_seller() and not cii.get_siret(self.company_registry)
        wrong = ["SIRET"] if is_wrong else []
        return wrong if self.vat else [*wrong, self._get_vat_label()]
