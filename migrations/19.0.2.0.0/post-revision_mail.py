"""The mail of a price revision says prices as its reader reads them; words of one's own stay."""

import json
import re

from odoo import SUPERUSER_ID, api

WORDS = ' <t t-out="object.contract_id._get_tax_words()"/></th>'


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref("service_contract.price_revision_mail_template", raise_if_not_found=False)
    if not template:
        return
    cr.execute("SELECT body_html FROM mail_template WHERE id = %s", (template.id,))
    (bodies,) = cr.fetchone()
    bodies = {lang: _renew(body) for lang, body in (bodies or {}).items()}
    cr.execute(
        "UPDATE mail_template SET body_html = %s::jsonb WHERE id = %s",
        (json.dumps(bodies), template.id),
    )
    template.invalidate_recordset()


def _renew(body):
    for number, name in enumerate(("old_price", "new_price")):
        body = body.replace(
            f"format_amount(line.{name}, ", f"format_amount(line._get_shown_prices()[{number}], "
        )
    head, row, table = body.partition("<tr t-foreach")
    return re.sub(r"(text-align: ?right;?\"[^<>]*>[^<>]*)</th>", rf"\1{WORDS}", head) + row + table
