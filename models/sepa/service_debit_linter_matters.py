from collections import defaultdict

from odoo import models

from .debit_finding import ADDRESS, ASK, HOLD, MANDATE, SETUP, STOP

# What keeps a debit until it is mended is a matter of one of these jobs.
JOBS = (ADDRESS, HOLD, MANDATE, SETUP)


class ServiceDebitLinter(models.AbstractModel):
    """What is not debited is in the inbox: by cause, with the button that mends it."""

    _inherit = "service.debit.linter"

    def _put_aside(self, lines, sets_off=False):
        """Report what keeps receivables from being debited; return ``{invoice: why, in words}``.

        What is doubtful waits for a decision on its invoice. The others go on, and what was
        reported of them before is settled.
        """
        findings = lines._get_debit_findings(sets_off)
        self._report_stops(lines, findings)
        for move, group in lines.grouped("move_id").items():
            doubts = [one.words for line in group for one in findings[line] if one.level == ASK]
            if doubts:
                move._ask_debit_decision("\n".join(dict.fromkeys(doubts)))
            elif move.service_debit_decision == "ask":
                move._end_debit_decision()
        left = defaultdict(dict)
        for line in lines:
            for one in findings[line]:
                if one.stays:
                    left[line.move_id][one.words] = True
        return {move: "\n".join(words) for move, words in left.items()}

    def _report_stops(self, lines, findings):
        reported = defaultdict(dict)
        for line in lines:
            for one in findings[line]:
                if one.level == STOP and one.subject in JOBS:
                    record = self._get_matter_record(line, one)
                    reported[record, one.subject][one.words] = True
        inbox = self.env["service.exception"]
        for (record, subject), sentences in reported.items():
            inbox._report(record, "sepa", "\n".join(sentences), job=subject)
        self._settle_stops(lines, {(key[0]._name, key[0].id, key[1]) for key in reported})

    def _get_matter_record(self, line, finding):
        """Return what a matter is about: customers and the company once, else the invoice."""
        if finding.subject in (ADDRESS, SETUP):
            return finding.record.sudo(False)
        return line.move_id

    def _settle_stops(self, lines, reported):
        """Take what is found no more out of the inbox."""
        moves = lines.move_id
        accounts = moves.sudo().mandate_id.partner_bank_id
        inbox = self.env["service.exception"]
        for records in (moves, accounts.partner_id, lines.company_id):
            rows = inbox._get_open(records, "sepa").filtered(
                lambda row: row.job in JOBS and (row.res_model, row.res_id, row.job) not in reported
            )
            rows.state = "done"
