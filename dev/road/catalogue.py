"""Load the five offers as data, and give their products the taxes of both companies."""

from odoo.tools import convert_file

DEFAULT_LEVELS = {"FR": "offer_2clicks_level_repair", "PL": "offer_damal_level_no_sla"}
FILES = ("netsi", "2clicks", "eis", "prisme", "damal")


def load(env, houses):
    """Load the offers' files; each company then assigns its taxes by rate and inclusion."""
    for name in FILES:
        convert_file(
            env, "service_contract", f"demo/offer_{name}.xml", {}, mode="init", noupdate=True
        )
    products = env["ir.model.data"].search(
        [
            ("module", "=", "service_contract"),
            ("model", "=", "product.product"),
            ("name", "=like", "offer_%"),
        ]
    )
    templates = env["product.product"].browse(products.mapped("res_id")).product_tmpl_id
    for country, house in houses.items():
        house.company._assign_service_taxes(templates)
        level = env.ref(f"service_contract.{DEFAULT_LEVELS[country]}")
        house.company.service_default_level_id = level
