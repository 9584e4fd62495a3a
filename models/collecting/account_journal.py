from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.collection import FILE_NAMES, name_file


class AccountJournal(models.Model):
    """What the bank of an account wants of direct debit files (L15)."""

    _inherit = "account.journal"

    service_debit_file_pattern = fields.Char(
        string="Name of Debit Files",
        help="As the bank wants it, without ending: {message}, {scheme}, {day}, {time}, {ics} and "
        "{number} stand for what the file has. Empty: the id of its message.",
    )
    service_debit_address = fields.Selection(
        [
            ("none", "None, where the Scheme Needs None"),
            ("town", "Town and Country"),
            ("hybrid", "Hybrid"),
            ("structured", "Structured"),
        ],
        string="Addresses in Debit Files",
        default="hybrid",
        required=True,
        help="What this bank takes of addresses. Where the scheme needs the debtor's, it is "
        "written in any case.",
    )

    @api.constrains("service_debit_file_pattern")
    def _check_service_debit_file_pattern(self):
        names = dict.fromkeys(FILE_NAMES, "x")
        for journal in self.filtered("service_debit_file_pattern"):
            try:
                name_file(journal.service_debit_file_pattern, names)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(journal)s: the name of debit files knows %(names)s only.",
                        journal=journal.display_name,
                        names=", ".join(f"{{{name}}}" for name in FILE_NAMES),
                    )
                ) from error
