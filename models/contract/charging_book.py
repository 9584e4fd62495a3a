from odoo import fields
from odoo.tools.misc import format_date


class ChargingBook:
    """Remember what many recurring charges ask for again: parties, taxes and words of dates.

    ``lines``: those that will be charged; what they share is read at once for all of them.
    """

    def __init__(self, lines):
        self._charge = lines.env["service.charge"].sudo()
        self._has_takeovers = bool(lines.contract_id.sudo().takeover_ids)
        self._parties = {}
        self._taxes = {}
        self._words = {}

    def get_party(self, contract, day):
        """Return who pays what is for a day, how and in what currency."""
        key = (contract, day if self._has_takeovers and contract.sudo().takeover_ids else None)
        if key not in self._parties:
            self._parties[key] = self._charge._prepare_billing_party_vals(
                contract.partner_id, contract, day=day
            )
        return self._parties[key]

    def get_taxes(self, line, party):
        """Return the command that sets the taxes of a line's product for who pays."""
        key = (line.product_id, party["company_id"], party["fiscal_position_id"])
        if key not in self._taxes:
            self._taxes[key] = [fields.Command.set(line._get_charge_taxes(party).ids)]
        return self._taxes[key]

    def get_days(self, env, part):
        """Return the first and the last day of a part in the words of a language."""
        key = (env.lang, part)
        if key not in self._words:
            self._words[key] = {
                "start": format_date(env, part.start),
                "end": format_date(env, part.last_day),
            }
        return self._words[key]
