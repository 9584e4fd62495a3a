from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...models.common.field_values import get_labels
from ...tools.connection_profiles import find_missing
from ...tools.connection_times import MAX_TEXT


class ServiceConnectionImport(models.TransientModel):
    """Which column is what, of files that no format knows: asked once, then remembered."""

    _inherit = "service.connection.import"

    column_ids = fields.One2many("service.connection.import.column", "import_id")

    def action_columns(self):
        """Ask again which column is what."""
        self.ensure_one()
        self._list_columns()
        self.state = "columns"

    def _ask_for_columns(self):
        """Tell whether it has to be said first which column is what, and list the columns then."""
        if self.profile not in (False, "mapped") or not self.file:
            return False
        if self.state == "columns":
            self._check_columns()
            return False
        if self.column_ids or self._find_format() or not self._outline():
            return False
        # What was chosen stays: another format would propose other values anew.
        self.write({"profile": "mapped", "tz": self.tz, "date_order": self.date_order})
        self.action_columns()
        return True

    def _find_format(self):
        """Return what was said of files with these columns, if anything."""
        formats = self.env["service.connection.format"]
        if not (found := self._outline()):
            return formats
        company = self.company_id or self.env.company
        return formats.search(
            [("company_id", "=", company.id), ("signature", "=", found.signature)]
        )

    def _list_columns(self):
        found = self._outline()
        if not found:
            raise UserError(self.env._("The file has no columns that could be told apart."))
        known = {index: role for role, index in (self._get_columns() or found.proposed).items()}
        self.column_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "sequence": index,
                        "name": name[:MAX_TEXT]
                        or self.env._("Column %(number)s", number=index + 1),
                        "sample": self._get_sample(found, index),
                        "role": known.get(index, False),
                    }
                )
                for index, name in enumerate(found.header)
            ),
        ]

    @api.model
    def _get_sample(self, found, index):
        cells = (line[index] for line in found.samples if index < len(line))
        return " · ".join(filter(None, cells))[:MAX_TEXT]

    def _get_columns(self):
        """Return ``{role: index}`` as said here, or once before; None for known formats."""
        if self.profile != "mapped":
            return None
        if self.column_ids:
            return {row.role: row.sequence for row in self.column_ids if row.role}
        return self._find_format().columns or None

    def _check_columns(self):
        """Refuse columns that leave open who worked where and when, or say one thing twice."""
        labels = get_labels(self.column_ids, "role")
        for role, rows in self.column_ids.filtered("role").grouped("role").items():
            if len(rows) > 1:
                raise UserError(
                    self.env._("Several columns are “%(role)s”: keep one.", role=labels[role])
                )
        if missing := find_missing(self._get_columns()):
            raise UserError(
                self.env._(
                    "Say which column is: %(roles)s.",
                    roles=", ".join(labels[role] for role in missing),
                )
            )

    def _remember_columns(self):
        """Keep what the columns of such files are, and how their times are read."""
        if self.profile != "mapped":
            return
        found = self._outline()
        vals = {
            "name": " · ".join(self.column_ids.mapped("name"))[:MAX_TEXT],
            "columns": self._get_columns(),
        }
        vals = {
            **(vals if self.column_ids else {}),
            "tz": self.tz,
            "date_order": self.date_order,
        }
        if known := self._find_format().sudo():
            known.write(vals)
            return
        self.env["service.connection.format"].sudo().create(
            {**vals, "company_id": self.company_id.id, "signature": found.signature}
        )


class ServiceConnectionImportColumn(models.TransientModel):
    """One column of a file that no format knows, and what it is."""

    _name = "service.connection.import.column"
    _description = "Column to Map"
    _inherit = ["service.wizard.mixin"]
    _order = "sequence, id"

    import_id = fields.Many2one("service.connection.import", required=True, ondelete="cascade")
    sequence = fields.Integer(readonly=True)
    name = fields.Char(string="Column", readonly=True)
    sample = fields.Char(string="Contents", readonly=True)
    role = fields.Selection(
        [
            ("device", "Device: ID"),
            ("device_name", "Device: name"),
            ("user", "Technician"),
            ("start", "Start"),
            ("start_date", "Date of the start"),
            ("stop", "End"),
            ("stop_date", "Date of the end"),
            ("duration", "Duration"),
            ("customer", "Customer"),
            ("note", "Note"),
            ("session", "ID of the session"),
        ],
        string="Is",
        help="A duration without a unit is in minutes, as h:mm, or as h:mm:ss. Leave columns "
        "that say nothing of a connection empty.",
    )
