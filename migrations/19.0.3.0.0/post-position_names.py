"""Positions of territories were named in the language of who made them (L09)."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Name them in every installed language, but those that somebody has named."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    codes = [code for code, _label in env["res.lang"].get_installed()]
    for company in env["res.company"].search([]):
        for territory in company._get_service_territories():
            _name_positions(company, territory, codes)


def _name_positions(company, territory, codes):
    english = company.with_context(lang="en_US")._prepare_territory_name_vals(territory)["name"]
    positions = company.env["account.fiscal.position"].search(
        [("company_id", "=", company.id), ("country_group_id", "=", territory.id)]
    )
    for position in positions:
        if all(position.with_context(lang=code).name == english for code in codes):
            company._name_in_every_language(
                position, lambda own: own._prepare_territory_name_vals(territory)
            )
