from odoo import models

from ..models.common.field_values import get_label
from ..tools.workbook_names import name_sheet

HEAD = 2
FIRST = HEAD + 1
ORDER_WIDTHS = (28, 26, 14, 14, 14, 14, 18, 14, 24)
STEP_WIDTHS = (28, 18, 26, 100)


class ServiceRunControlSheet(models.AbstractModel):
    """The control sheet of a billing run: its debit orders beside their files, and its invoices.

    What of the run is debited, by which order, and why the rest is not; then a sheet for each
    order, with what may come back of it (L14).
    """

    _name = "report.service_contract.run_control_sheet"
    _description = "Control Sheet of a Billing Run"
    _inherit = "report.service_contract.control_sheet"

    def generate_xlsx_report(self, workbook, data, runs):
        runs.check_access("read")
        runs.order_ids.check_access("read")
        formats, names = self._get_formats(workbook), set()
        for run in runs:
            self._write_run(workbook, run, formats, names)

    def _write_run(self, workbook, run, formats, names):
        name = name_sheet(run.name.replace("/", "-"), names)
        sheet = workbook.add_worksheet(name)
        moves = workbook.add_worksheet(name_sheet(self.env._("Invoices"), names))
        steps = workbook.add_worksheet(name_sheet(self.env._("Who did what"), names))
        written = [
            self._write_order(workbook, order, formats, names)
            for order in run.order_ids.sorted("id")
            if order.payment_file_id
        ]
        self._write_head(sheet, run, self._get_order_header(), ORDER_WIDTHS, formats)
        self._write_orders(sheet, run, written, formats)
        self._write_moves(moves, run, formats)
        self._write_head(steps, run, self._get_step_header(), STEP_WIDTHS, formats)
        known = {one.order: one.steps for one in written}
        for line, (name, step) in enumerate(run._get_service_steps(known), start=FIRST):
            texts = (name, step.when, step.who, step.what)
            for column, text in enumerate(texts):
                steps.write_string(line, column, text, formats["long"])

    def _write_head(self, sheet, run, header, widths, formats):
        self._lay_out(sheet, run, widths)
        for column, text in enumerate((run.name, run.company_id.name)):
            sheet.write_string(0, column, text, formats["title"])
        sheet.write_row(HEAD, 0, header, formats["header"])
        sheet.freeze_panes(FIRST, 1)
        sheet.repeat_rows(HEAD)

    # ----- Its orders -----

    def _get_order_header(self):
        return [
            self.env._("Debit Order"),
            self.env._("File"),
            self.env._("Number of debits"),
            self.env._("Total of its sheet"),
            self.env._("Control sum of the file"),
            self.env._("Difference"),
            self.env._("State"),
            self.env._("At the bank on"),
            self.env._("By"),
        ]

    def _write_orders(self, sheet, run, written, formats):
        """Write the orders with a file, their sums taken from their sheets; then the others."""
        line = FIRST
        for one in written:
            self._write_order_row(sheet, line, one.order, formats)
            own = round(sum(one.order.payment_ids.mapped("amount")), 2)
            control = float(one.totals.control_sum)
            quoted = one.name.replace("'", "''")
            sheet.write_formula(line, 3, f"='{quoted}'!F{one.end + 1}", formats["amount"], own)
            sheet.write_formula(line, 4, f"='{quoted}'!F{one.end + 2}", formats["amount"], control)
            difference = f"ROUND(D{line + 1}-E{line + 1},2)"
            self._write_difference(
                sheet, line, difference, round(own - control, 2), formats, column=5
            )
            line += 1
        self._write_order_sums(sheet, line, written, formats)
        for order in run.order_ids.filtered(lambda one: not one.payment_file_id):
            line += 1
            self._write_order_row(sheet, line, order, formats)

    def _write_order_row(self, sheet, line, order, formats):
        texts = {
            0: order.name,
            1: order.sudo().payment_file_id.name or self.env._("no file"),
            6: get_label(order, "state"),
            8: order.service_uploaded_by_id.name,
        }
        for column, text in texts.items():
            sheet.write_string(line, column, text or "", formats["text"])
        sheet.write_number(line, 2, len(order.payment_ids), formats["count"])
        self._write_date(sheet, line, 7, order.date_uploaded, formats)

    def _write_order_sums(self, sheet, line, written, formats):
        own = round(sum(sum(one.order.payment_ids.mapped("amount")) for one in written), 2)
        control = float(sum(one.totals.control_sum for one in written))
        sheet.write_string(line, 0, self.env._("Total"), formats["bold"])
        if not written:
            return
        sums = {3: own, 4: control}
        for column, value in sums.items():
            letter = "ABCDE"[column]
            formula = f"=SUM({letter}{FIRST + 1}:{letter}{line})"
            sheet.write_formula(line, column, formula, formats["total"], value)
        difference = f"ROUND(D{line + 1}-E{line + 1},2)"
        self._write_difference(sheet, line, difference, round(own - control, 2), formats, column=5)

    def _get_step_header(self):
        return [
            self.env._("Record"),
            self.env._("When"),
            self.env._("Who"),
            self.env._("What"),
        ]

    # ----- Its invoices -----

    def _get_move_header(self):
        return [
            self.env._("Invoice"),
            self.env._("Customer"),
            self.env._("Invoice Date"),
            self.env._("Total"),
            self.env._("Debited"),
            self.env._("Amount Left"),
            self.env._("Debit Orders"),
            self.env._("Why not debited"),
        ]

    def _write_moves(self, sheet, run, formats):
        """Write the invoices of a run and those of others in its orders, and what is debited."""
        widths = (20, 34, 12, 14, 14, 14, 26, 60)
        self._write_head(sheet, run, self._get_move_header(), widths, formats)
        rows = run._get_control_rows()
        for line, (move, debits, words) in enumerate(rows, start=FIRST):
            self._write_move(sheet, line, move, debits, words, formats)
        end = FIRST + len(rows)
        sheet.autofilter(HEAD, 0, max(end - 1, HEAD), len(widths) - 1)
        sums = (
            sum(move.amount_total for move, _debits, _words in rows),
            sum(debit.amount_currency for _move, debits, _words in rows for debit in debits),
            sum(move.amount_residual for move, _debits, _words in rows),
        )
        sheet.write_string(end, 0, self.env._("Total"), formats["bold"])
        for letter, column, value in zip("DEF", (3, 4, 5), sums if rows else (), strict=False):
            formula = f"=SUM({letter}{FIRST + 1}:{letter}{end})"
            sheet.write_formula(end, column, formula, formats["total"], round(value, 2))

    def _write_move(self, sheet, line, move, debits, words, formats):
        names = ", ".join(debits.order_id.mapped("name"))
        texts = {0: move.name, 1: move.partner_id.display_name, 6: names, 7: words}
        for column, text in texts.items():
            sheet.write_string(line, column, text or "", formats["long"])
        self._write_date(sheet, line, 2, move.invoice_date, formats)
        amounts = (move.amount_total, sum(debits.mapped("amount_currency")), move.amount_residual)
        for column, amount in enumerate(amounts, start=3):
            sheet.write_number(line, column, round(amount, 2), formats["amount"])
