from collections import namedtuple

from odoo import models
from odoo.tools.misc import format_date

from ..tools.debit_extract import read_debits
from ..tools.sepa import mask_iban
from ..tools.workbook_dates import name_format
from ..tools.workbook_names import name_sheet

HEAD = 2
FIRST = HEAD + 1
DATE, AMOUNT, REFERENCE, FILED, REFUND, CONTEST = 4, 5, 7, 8, 9, 10
WIDTHS = (28, 17, 27, 8, 12, 12, 26, 24, 12, 12, 12, 34)

OrderSheet = namedtuple("OrderSheet", "order name end totals steps")


class ServiceControlSheet(models.AbstractModel):
    """The control sheet of a debit order: one row per debit, and its totals against the file's.

    The books beside the file, debit by debit and lot by lot: what differs stands in red (L14).
    """

    _name = "report.service_contract.control_sheet"
    _description = "SEPA Control Sheet"
    _inherit = "report.report_xlsx.abstract"

    def generate_xlsx_report(self, workbook, data, orders):
        orders.check_access("read")
        formats, names = self._get_formats(workbook), set()
        for order in orders:
            self._write_order(workbook, order, formats, names)

    def _write_order(self, workbook, order, formats, names):
        """Write the sheet of an order; return what it is made of, and where its sum stands."""
        # A file is its maker's attachment: another accountant controls it as well.
        totals = order.sudo()._get_service_totals()
        name = name_sheet(order.name.replace("/", "-"), names)
        sheet, filed = workbook.add_worksheet(name), read_debits(order.sudo().payment_file_id.raw)
        rows = self._get_rows(order, filed)
        self._lay_out(sheet, order, WIDTHS)
        for column, text in enumerate((order.name, order.company_id.name)):
            sheet.write_string(0, column, text, formats["title"])
        sheet.write_string(1, 0, self._describe_file(order, totals), formats["text"])
        header = self._get_header()
        sheet.write_row(HEAD, 0, header, formats["header"])
        for index, row in enumerate(rows, start=FIRST):
            self._write_row(sheet, index, row, formats)
        self._mark_differences(sheet, len(rows), formats)
        end = FIRST + len(rows)
        sheet.freeze_panes(FIRST, 1)
        sheet.repeat_rows(HEAD)
        sheet.autofilter(HEAD, 0, end - 1, len(header) - 1)
        self._write_totals(sheet, order, end, totals, formats)
        line = self._write_lots(sheet, order, end, totals, formats)
        steps = order._get_service_steps()
        self._write_steps(sheet, line, steps, formats)
        return OrderSheet(order, name, end, totals, steps)

    def _lay_out(self, sheet, record, widths):
        """Have a sheet printed as it is read: landscape, all columns on one page."""
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{record.name.replace('&', '&&')}&R&P / &N")

    def _describe_file(self, order, totals):
        """Say in a line which file it is, who made it and when, and when it went to the bank."""
        file = order.sudo().service_file_ids.filtered(lambda one: not one.is_void)[:1]
        words = [
            self.env._(
                "File %(file)s, message %(message)s",
                file=order.sudo().payment_file_id.name,
                message=totals.message_id,
            )
        ]
        if file:
            words.append(
                self.env._(
                    "made by %(who)s on %(day)s",
                    who=file.create_uid.name,
                    day=format_date(self.env, file.create_date),
                )
            )
        if order.date_uploaded:
            day = format_date(self.env, order.date_uploaded)
            words.append(self.env._("at the bank on %(day)s", day=day))
        return ", ".join(words)

    def _get_formats(self, workbook):
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        date = {"num_format": name_format(lang.date_format), "align": "left", "valign": "top"}
        amount, red = "#,##0.00", {"bg_color": "#F8CBAD", "font_color": "#C00000"}
        return {
            "title": workbook.add_format({"bold": True, "font_size": 14}),
            "header": workbook.add_format(
                {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True}
            ),
            "text": workbook.add_format({"valign": "top"}),
            "long": workbook.add_format({"valign": "top", "text_wrap": True}),
            "amount": workbook.add_format({"num_format": amount, "valign": "top"}),
            "date": workbook.add_format(date),
            "total": workbook.add_format({"bold": True, "num_format": amount, "top": 1}),
            "count": workbook.add_format({"num_format": "0"}),
            "bold": workbook.add_format({"bold": True, "top": 1}),
            "alarm": workbook.add_format({"bold": True, **red}),
            "fine": workbook.add_format({"bg_color": "#E2EFDA"}),
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
            self.env._("End-to-End Id"),
            self.env._("In the File"),
            self.env._("Refundable until"),
            self.env._("Contestable until"),
            self.env._("What Came of It"),
        ]

    def _get_rows(self, order, filed):
        """Return one row per debit, in the order of the file.

        :param filed: ``{end-to-end id: tools.debit_extract.FiledDebit}``
        """
        payments = order.payment_lot_ids.payment_ids
        returned = payments._get_debit_returns()
        return [self._get_row(payment, filed, returned[payment]) for payment in payments]

    def _get_row(self, payment, filed, back):
        lines = payment.payment_line_ids
        mandate = lines.mandate_id[:1]
        debit = filed.get(payment.memo)
        return [
            payment.partner_id.display_name,
            mandate.unique_mandate_reference,
            mask_iban(payment.partner_bank_id.sanitized_acc_number or ""),
            payment.payment_lot_id.sequence_type,
            payment.date,
            payment.amount,
            ", ".join(lines.move_line_id.move_id.mapped("name")),
            payment.memo,
            float(debit.amount) if debit else None,
            payment.service_refund_until,
            payment.service_contest_until,
            self._describe_outcome(payment, back),
        ]

    def _describe_outcome(self, payment, back):
        """Say in words what came of a debit: returned, credited, or nothing yet."""
        if line := back[-1:]:
            return self.env._(
                "Returned on %(day)s: %(reason)s",
                day=format_date(self.env, line.return_id.date),
                reason=line.reason_id.display_name or self.env._("no reason given"),
            )
        if day := payment.payment_lot_id.service_credit_date:
            return self.env._("Credited on %(day)s", day=format_date(self.env, day))
        return ""

    def _write_row(self, sheet, index, row, formats):
        for column, value in enumerate(row):
            if column in (DATE, REFUND, CONTEST):
                self._write_date(sheet, index, column, value, formats)
            elif column in (AMOUNT, FILED):
                self._write_amount(sheet, index, column, value, formats)
            else:
                style = "text" if column != REFERENCE - 1 else "long"
                sheet.write_string(index, column, value or "", formats[style])

    def _write_date(self, sheet, index, column, value, formats):
        if value:
            sheet.write_datetime(index, column, value, formats["date"])
        else:
            sheet.write_blank(index, column, None, formats["date"])

    def _write_amount(self, sheet, index, column, value, formats):
        if value is None:
            sheet.write_blank(index, column, None, formats["amount"])
        else:
            sheet.write_number(index, column, value, formats["amount"])

    def _mark_differences(self, sheet, number, formats):
        """Mark in red what a file says otherwise than the books."""
        if number:
            criteria = f"=$F{FIRST + 1}<>$I{FIRST + 1}"
            rule = {"type": "formula", "criteria": criteria, "format": formats["alarm"]}
            sheet.conditional_format(FIRST, FILED, FIRST + number - 1, FILED, rule)

    # ----- Sums -----

    def _write_totals(self, sheet, order, index, totals, formats):
        """Write the sheet's own sum beside the file's control sum, and what differs."""
        number, own = len(order.payment_ids), round(sum(order.payment_ids.mapped("amount")), 2)
        control, count = float(totals.control_sum), totals.number_of_transactions
        for offset, text in enumerate(self._get_total_names()):
            sheet.write_string(index + offset, 0, text, formats["bold"])
        for column, letter in ((AMOUNT, "F"), (FILED, "I")) if number else ():
            formula = f"=SUM({letter}{FIRST + 1}:{letter}{index})"
            sheet.write_formula(index, column, formula, formats["total"], own)
        sheet.write_number(index + 1, AMOUNT, control, formats["total"])
        sheet.write_number(index + 2, AMOUNT, count, formats["count"])
        amounts = f"ROUND(F{index + 1}-F{index + 2},2)"
        self._write_difference(sheet, index + 3, amounts, round(own - control, 2), formats)
        numbers = f"COUNT(F{FIRST + 1}:F{index})-F{index + 3}" if number else f"-F{index + 3}"
        self._write_difference(sheet, index + 4, numbers, number - count, formats, "count")

    def _get_total_names(self):
        return (
            self.env._("Total of this sheet"),
            self.env._("Control sum of the file"),
            self.env._("Number of debits"),
            self.env._("Difference of the amounts"),
            self.env._("Difference of the numbers"),
        )

    def _write_difference(self, sheet, line, formula, value, formats, style="total", column=AMOUNT):
        """Write a cell that must say nothing: green at zero, red at anything else."""
        sheet.write_formula(line, column, f"={formula}", formats[style], value)
        for criteria, colour in (("==", "fine"), ("!=", "alarm")):
            rule = {"type": "cell", "criteria": criteria, "value": 0, "format": formats[colour]}
            sheet.conditional_format(line, column, line, column, rule)

    def _write_lots(self, sheet, order, end, totals, formats):
        """Write a subtotal for each lot beside what the file declares of it; return a free line."""
        line = end + len(self._get_total_names()) + 1
        sheet.write_row(line, 0, self._get_lot_header(), formats["header"])
        batches = {batch.id: batch for batch in totals.batches}
        for lot in order.payment_lot_ids:
            line += 1
            self._write_lot(sheet, line, lot, batches.get(lot.name), end, formats)
        return line + 2

    def _get_lot_header(self):
        return [
            self.env._("Lot"),
            self.env._("Debits"),
            self.env._("In the File"),
            self.env._("Sequence"),
            self.env._("Debit Date"),
            self.env._("Amount"),
            "",
            self.env._("Control Sum"),
            self.env._("Difference"),
        ]

    def _write_lot(self, sheet, line, lot, batch, end, formats):
        own, filed = round(lot.amount, 2), float(batch.control_sum) if batch else 0
        rows = f'$H${FIRST + 1}:$H${end},A{line + 1}&"/*"'
        sheet.write_string(line, 0, lot.name, formats["text"])
        counted = f"=COUNTIF({rows})"
        sheet.write_formula(line, 1, counted, formats["count"], lot.payment_count)
        sheet.write_number(line, 2, batch.number if batch else 0, formats["count"])
        sheet.write_string(line, 3, lot.sequence_type or "", formats["text"])
        self._write_date(sheet, line, DATE, lot.date, formats)
        summed = f"=SUMIF({rows},$F${FIRST + 1}:$F${end})"
        sheet.write_formula(line, AMOUNT, summed, formats["amount"], own)
        sheet.write_number(line, REFERENCE, filed, formats["amount"])
        difference = f"ROUND(F{line + 1}-H{line + 1},2)"
        self._write_difference(
            sheet, line, difference, round(own - filed, 2), formats, column=FILED
        )

    # ----- Who did what -----

    def _write_steps(self, sheet, line, steps, formats):
        """Write who did what, a row each."""
        sheet.write_string(line, 0, self.env._("Who did what"), formats["header"])
        for step in steps:
            line += 1
            for column, text in enumerate((step.when, step.who, step.what)):
                sheet.write_string(line, column, text, formats["text"])
