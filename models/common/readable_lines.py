from odoo import fields, models
from odoo.orm.identifiers import NewId


class ReadableLines(fields.One2many):
    """Lines of which each user gets those that he may read, whoever read them first.

    What is kept in memory is complete: our own methods, by sudo, count all lines in the same
    transaction in which a user is shown some of them.
    """

    def read(self, records):
        return super().read(records.sudo())

    def convert_to_cache(self, value, record, validate=True):
        """Keep the lines that a user does not see in what a form shows him before he saves."""
        ids = super().convert_to_cache(value, record and record.sudo(), validate=validate)
        if not isinstance(value, models.BaseModel) or not record or record.id or record.env.su:
            return ids
        origin = record._origin
        hidden = origin.sudo()[self.name]._ids if origin else ()
        shown = set(origin[self.name]._ids) if origin else set()
        return (*ids, *(NewId(line_id) for line_id in hidden if line_id not in shown))

    def convert_to_record(self, value, record):
        return _filter_readable(super().convert_to_record(value, record))

    def convert_to_record_multi(self, values, records):
        return _filter_readable(super().convert_to_record_multi(values, records))


def _filter_readable(lines):
    """Return the lines that their user may read; those that are not saved are his own."""
    if lines.env.su or not lines:
        return lines
    readable = lines._origin._filtered_access("read")
    return lines.filtered(lambda line: not line._origin or line._origin in readable)
