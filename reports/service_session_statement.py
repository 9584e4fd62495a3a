from datetime import timedelta

from odoo import models

from ..tools.workbook_names import name_sheet


class ServiceSessionStatementXlsx(models.AbstractModel):
    """The monthly statement as a workbook: one sheet for each customer."""

    _name = "report.service_contract.session_statement"
    _description = "Monthly Session Statement (XLSX)"
    _inherit = "report.report_xlsx.abstract"

    def generate_xlsx_report(self, workbook, data, wizards):
        formats = self._get_formats(workbook)
        names = set()
        for statement in [item for wizard in wizards for item in wizard._get_statements()]:
            name = name_sheet(statement.partner.name or "", names)
            sheet = workbook.add_worksheet(name)
            report = self.with_context(lang=statement.partner.lang or self.env.lang)
            report._write_statement(sheet, statement, formats)

    def _get_formats(self, workbook):
        return {
            "title": workbook.add_format({"bold": True, "font_size": 14}),
            "header": workbook.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1}),
            "text": workbook.add_format({"valign": "top"}),
            "long": workbook.add_format({"valign": "top", "text_wrap": True}),
            "date": workbook.add_format(
                {"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}
            ),
            "time": workbook.add_format({"num_format": "[h]:mm:ss", "valign": "top"}),
            "amount": workbook.add_format({"num_format": "#,##0.00", "valign": "top"}),
            "group": workbook.add_format({"bold": True, "bg_color": "#F2F2F2"}),
            "total": workbook.add_format({"bold": True, "top": 1}),
            "total_time": workbook.add_format({"bold": True, "top": 1, "num_format": "[h]:mm:ss"}),
            "total_amount": workbook.add_format({"bold": True, "top": 1, "num_format": "#,##0.00"}),
        }

    def _get_columns(self):
        """Return ``(heading, width, format, value of a row, summed attribute or None)``."""
        return [
            (self.env._("Date"), 11, "date", lambda row: row.session.date, None),
            (self.env._("Session"), 16, "text", lambda row: row.session.name, None),
            (self.env._("Start"), 9, "text", lambda row: row.start, None),
            (self.env._("End"), 9, "text", lambda row: row.stop, None),
            (self.env._("Duration"), 10, "time", lambda row: row.seconds, "seconds"),
            (self.env._("Technician"), 20, "text", lambda row: row.technicians, None),
            (self.env._("Workstation"), 18, "text", lambda row: row.workstations, None),
            (self.env._("Channel"), 10, "text", lambda row: row.channel, None),
            (self.env._("Work Type"), 20, "text", lambda row: row.work_type, None),
            (self.env._("Level"), 18, "text", lambda row: row.session.level_id.name, None),
            (
                self.env._("Covered Time"),
                12,
                "time",
                lambda row: row.covered_minutes * 60,
                "covered_minutes",
            ),
            (
                self.env._("Billed Time"),
                12,
                "time",
                lambda row: row.billed_minutes * 60,
                "billed_minutes",
            ),
            (
                self.env._("Value Included"),
                14,
                "amount",
                lambda row: row.included_amount,
                "included_amount",
            ),
            (
                self.env._("Excluding Tax"),
                14,
                "amount",
                lambda row: row.amount_untaxed,
                "amount_untaxed",
            ),
            (
                self.env._("Including Tax"),
                14,
                "amount",
                lambda row: row.amount_total,
                "amount_total",
            ),
            (
                self.env._("Why this Price"),
                70,
                "long",
                lambda row: "\n".join(row.sentences),
                None,
            ),
        ]

    def _write_statement(self, sheet, statement, formats):
        columns = self._get_columns()
        sheet.write_string(0, 0, statement.partner.name or "", formats["title"])
        sheet.write_string(
            1, 0, f"{statement.month} · {statement.company.name} · {statement.currency.name}"
        )
        for index, (heading, width, *_rest) in enumerate(columns):
            sheet.set_column(index, index, width)
            sheet.write_string(3, index, heading, formats["header"])
        sheet.freeze_panes(4, 2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        line = 4
        for group in statement.contracts:
            line = self._write_group(sheet, line, group, columns, formats)
        self._write_sums(sheet, line, statement.total, columns, formats)
        self._write_levels(sheet, line + 2, statement, columns, formats)

    def _write_group(self, sheet, line, group, columns, formats):
        """Write a contract, its sessions and its sums; return the next free line."""
        sheet.write_string(line, 0, group.name, formats["group"])
        for row in group.rows:
            line += 1
            for index, (_heading, _width, style, get_value, _summed) in enumerate(columns):
                self._write_value(sheet, line, index, get_value(row), style, formats[style])
        self._write_sums(sheet, line + 1, group, columns, formats)
        return line + 3

    def _write_levels(self, sheet, line, statement, columns, formats):
        sheet.write_string(line, 0, self.env._("By level"), formats["group"])
        for offset, group in enumerate(statement.levels, start=1):
            self._write_sums(sheet, line + offset, group, columns, formats)

    def _write_sums(self, sheet, line, group, columns, formats):
        sheet.write_string(line, 0, group.name, formats["total"])
        for index, (_heading, _width, style, _get_value, summed) in enumerate(columns[1:], 1):
            if not summed:
                sheet.write_blank(line, index, None, formats["total"])
                continue
            factor = 60 if summed.endswith("_minutes") else 1
            value = group.sum(summed) * factor
            self._write_value(sheet, line, index, value, style, formats[f"total_{style}"])

    def _write_value(self, sheet, line, column, value, style, cell_format):
        """Write a cell; texts stay texts, even those that begin like a formula."""
        if style == "date" and value:
            sheet.write_datetime(line, column, value, cell_format)
        elif style == "time":
            sheet.write_number(
                line, column, timedelta(seconds=value) / timedelta(days=1), cell_format
            )
        elif style == "amount":
            sheet.write_number(line, column, round(value, 2), cell_format)
        else:
            sheet.write_string(line, column, value or "", cell_format)
