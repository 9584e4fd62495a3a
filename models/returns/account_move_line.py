from odoo import models

from .return_day import get_bulk


class AccountMoveLine(models.Model):
    """The lines of what follows from many returned debits wait, and are matched at once."""

    _inherit = "account.move.line"

    def reconcile(self):
        bulk = get_bulk(self.env)
        if bulk is None:
            return super().reconcile()
        bulk.groups.append(self)
        return None
