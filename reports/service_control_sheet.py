from odoo import models

from ..tools.sepa import mask_iban
from ..tools.workbook_names import name_sheet


class ServiceControlSheet(models.AbstractModel):
    """The control sheet of a debit order: one row per debit, and its totals against the file's."""

    _name = "report.service_contract.control_sheet"
    _description = "SEPA Control Sheet"
    _inherit = "report.report_xlsx.abstract"

    def generate_xlsx_report(self, workbook, data, orders):
        names = set()
        for order in orders:
            name = name_sheet(order.name.replace("/", "-"), names)
            self._write_order(workbook, workbook.add_worksheet(name), order)

    def _write_order(self, workbook, sheet, order):
        formats = self._get_formats(workbook)
        rows = self._get_rows(order)
        for column, text in enumerate((order.name, order.company_id.name)):
            sheet.write_string(0, column, text, formats["title"])
        header = self._get_header()
        sheet.write_row(2, 0, header, formats["header"])
        for index, row in enumerate(rows, start=3):
            self._write_row(sheet, index, row, formats)
        self._write_totals(sheet, order, len(rows) + 3, formats)
        for column, width in enumerate((34, 22, 28, 10, 14, 14, 44)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(3, 0)
        sheet.autofilter(2, 0, len(rows) + 2, len(header) - 1)

    def _get_formats(self, workbook):
        return {
            "title": workbook.add_format({"bold": True, "font_size": 14}),
            "header": workbook.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1}),
            "amount": workbook.add_format({"num_format": "#,##0.00"}),
            "date": workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "total": workbook.add_format({"bold": True, "num_format": "#,##0.00", "top": 1}),
            "bold": workbook.add_format({"bold": True, "top": 1}),
        }

    def _get_header(self):
        return [
            self.env._("Customer"),
            self.env._("Mandate"),
            self.env._("IBAN"),
            self.env._("Sequence"),
            self.env._("Debit Date"),
            self.env._("Amount"),
            self.env._("Invoices"),
        ]

    def _get_rows(self, order):
        """Return one row per debit, in the order of the file."""
        return [self._get_row(payment) for payment in order.payment_lot_ids.payment_ids]

    def _get_row(self, payment):
        lines = payment.payment_line_ids
        mandate = lines.mandate_id[:1]
        return [
            payment.partner_id.display_name,
            mandate.unique_mandate_reference,
            mask_iban(mandate.partner_bank_id.sanitized_acc_number),
            payment.payment_lot_id.sequence_type,
            payment.date,
            payment.amount,
            ", ".join(lines.move_line_id.move_id.mapped("name")),
        ]

    def _write_row(self, sheet, index, row, formats):
        for column, value in enumerate(row):
            if column == 4:
                sheet.write_datetime(index, column, value, formats["date"])
            elif column == 5:
                sheet.write_number(index, column, value, formats["amount"])
            else:
                sheet.write_string(index, column, value or "")

    def _write_totals(self, sheet, order, index, formats):
        """Write the sheet's own sum beside the file's control sum: they must be equal."""
        file_totals = order._get_service_totals()
        sheet.write_string(index, 0, self.env._("Total of this sheet"), formats["bold"])
        own_sum = sum(order.payment_ids.mapped("amount"))
        if index > 3:
            sheet.write_formula(index, 5, f"=SUM(F4:F{index})", formats["total"], round(own_sum, 2))
        sheet.write_string(index + 1, 0, self.env._("Control sum of the file"), formats["bold"])
        sheet.write_number(index + 1, 5, float(file_totals.control_sum), formats["total"])
        sheet.write_string(index + 2, 0, self.env._("Number of debits"), formats["bold"])
        sheet.write_number(index + 2, 5, file_totals.number_of_transactions)
