from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.index_file import MAX_BYTES, MAX_LINES, MAX_TEXT, TooManyLinesError, read_values
from ...tools.uploads import UploadError, decode


class ServicePriceIndexImport(models.TransientModel):
    """Read the values of an index from a file: a line for each month, date and value (L17).

    Reading the same file twice brings nothing new.
    """

    _name = "service.price.index.import"
    _description = "Import of Index Values"
    _inherit = ["service.wizard.mixin"]

    index_id = fields.Many2one("service.price.index", required=True, ondelete="cascade")
    file = fields.Binary(string="CSV File", required=True)
    file_name = fields.Char()
    is_replacing = fields.Boolean(
        string="Replace Values that Differ",
        help="Otherwise a month that has another value already is reported and left as it is. "
        "Revisions that were made keep the values that they were made with.",
    )
    is_done = fields.Boolean(readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Replaced", readonly=True)
    same_count = fields.Integer(string="Known already", readonly=True)
    line_ids = fields.One2many("service.price.index.import.line", "import_id", readonly=True)

    def action_import(self):
        """Take over what can be read, and show what cannot, with its line and its reason."""
        self.ensure_one()
        values, bad = self._read()
        rows = [self._prepare_bad_vals(line.line, line.text, line.fault) for line in bad]
        known = {value.date: value for value in self.index_id.value_ids}
        new = [value for value in values if value.month not in known]
        other = [
            value
            for value in values
            if value.month in known and float(value.value) != known[value.month].value
        ]
        self.index_id.value_ids = [fields.Command.create(self._prepare_vals(row)) for row in new]
        if self.is_replacing:
            for value in other:
                known[value.month].value = float(value.value)
        else:
            rows += [self._prepare_other_vals(value, known[value.month]) for value in other]
        self.write(
            {
                "is_done": True,
                "new_count": len(new),
                "changed_count": len(other) if self.is_replacing else 0,
                "same_count": len(values) - len(new) - len(other),
                "line_ids": [
                    fields.Command.clear(),
                    *map(fields.Command.create, sorted(rows, key=lambda row: row["line"])),
                ],
            }
        )
        return self._get_self_action()

    def _read(self):
        """Return the values of the file and its bad lines; refuse in words what is no such file."""
        try:
            return read_values(self._decode())
        except (UploadError, TooManyLinesError) as error:
            if getattr(error, "code", "") == "unreadable":
                raise self._get_no_text_error() from error
            raise UserError(
                self.env._(
                    "The file is larger than %(size)s MB or has more than %(lines)s lines: an "
                    "index has one line for each month.",
                    size=MAX_BYTES // 1024 // 1024,
                    lines=MAX_LINES,
                )
            ) from error

    def _decode(self):
        """Return the text of the file: UTF-8, or what spreadsheets on Windows write."""
        content = decode(self.with_context(bin_size=False).file, MAX_BYTES)
        if b"\0" in content:
            raise self._get_no_text_error()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", errors="replace")

    def _get_no_text_error(self):
        return UserError(
            self.env._(
                "This file is no text. Save the sheet as CSV: one line for each month, date;value."
            )
        )

    @api.model
    def _prepare_vals(self, value):
        return {"date": value.month, "value": float(value.value)}

    def _prepare_bad_vals(self, line, text, fault):
        return {"line": line, "text": text[:MAX_TEXT], "reason": self._get_fault_words()[fault]}

    def _prepare_other_vals(self, value, known):
        reason = self.env._("The index has %(value)s for this month.", value=f"{known.value:.12g}")
        return {
            "line": value.line,
            "text": f"{value.month:%m/%Y};{value.value}",
            "reason": reason,
        }

    def _get_fault_words(self):
        return {
            "columns": self.env._("A date and a value are expected, with a semicolon between."),
            "date": self.env._("The first column is no date (30/09/2025, 09/2025, 2025-09)."),
            "value": self.env._("The second column is no number."),
            "not_positive": self.env._("An index value is above zero."),
            "twice": self.env._("This month stands in the file twice."),
        }

    def _get_self_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Values"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_again(self):
        """Offer another file."""
        self.ensure_one()
        return self.index_id.action_import_values()


class ServicePriceIndexImportLine(models.TransientModel):
    """A line that was not taken over, and why."""

    _name = "service.price.index.import.line"
    _description = "Line that was not Imported"
    _inherit = ["service.wizard.mixin"]
    _order = "line, id"

    import_id = fields.Many2one(
        "service.price.index.import", required=True, ondelete="cascade", index=True
    )
    line = fields.Integer()
    text = fields.Char(string="As Read")
    reason = fields.Char()
