from odoo import models

from ..models.common.field_values import get_label


class ServiceRowsXlsx(models.AbstractModel):
    """Records as a workbook: a row each, their fields beside one another, sums below.

    Amounts of several currencies have no sum.
    """

    _name = "report.service_contract.rows"
    _description = "Rows (XLSX)"
    _inherit = "report.report_xlsx.abstract"

    def _get_names(self):
        """Return ``[(name of a field, width of its column)]``; a hook."""
        return []

    def generate_xlsx_report(self, workbook, data, rows):
        sheet = workbook.add_worksheet()
        formats = self._get_formats(workbook)
        last = len(rows)
        for column, (name, width) in enumerate(self._get_names()):
            field = rows._fields[name]
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, field._description_string(self.env), formats["header"])
            for line, row in enumerate(rows, start=1):
                self._write(sheet, line, column, row, name, formats)
            if field.type == "monetary" and len(rows.currency_id) == 1:
                total = sum(rows.mapped(name))
                sheet.write_number(last + 1, column, total, formats["total"])
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, last, max(len(self._get_names()) - 1, 0))
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def _write(self, sheet, line, column, row, name, formats):
        field, value = row._fields[name], row[name]
        if field.type == "monetary":
            sheet.write_number(line, column, value, formats["amount"])
        elif field.type == "date" and value:
            sheet.write_datetime(line, column, value, formats["date"])
        else:
            sheet.write_string(line, column, self._get_text(row, field), formats["text"])

    def _get_text(self, row, field):
        """Return a value in words; what begins like a formula is text, too."""
        value = row[field.name]
        if field.type == "selection":
            return get_label(row, field.name)
        return (value.display_name if field.relational else value) or ""

    def _get_formats(self, workbook):
        return {
            "header": workbook.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1}),
            "text": workbook.add_format({"valign": "top"}),
            "date": workbook.add_format(
                {"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}
            ),
            "amount": workbook.add_format({"num_format": "#,##0.00", "valign": "top"}),
            "total": workbook.add_format({"bold": True, "top": 1, "num_format": "#,##0.00"}),
        }
