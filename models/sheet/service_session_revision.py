from typing import NamedTuple

from odoo import fields, models

KEPT_FIELDS = {
    "revision": "sheet_revision",
    "state": "sheet_state",
    "sent_at": "sheet_sent_at",
    "email": "sheet_email",
    "contest_until": "sheet_contest_until",
    "validation": "sheet_validation",
    "validated_at": "sheet_validated_at",
    "ip": "sheet_ip",
    "is_staff_ip": "sheet_is_staff_ip",
    "settlement_note": "settlement_note",
    "settled_at": "settled_at",
    "settled_by_id": "settled_by_id",
    "currency_id": "sheet_currency_id",
    "amount": "sheet_amount",
    "connections": "sheet_connections",
}
CONTEST_FIELDS = ("contest_text", "contested_at")


class SheetChange(NamedTuple):
    """One connection that is not what it was on the sheet answered before; times in words."""

    name: str
    before: str
    after: str


class ServiceSession(models.Model):
    """What each revision of a sheet said and what was answered to it (S30).

    An answer is one to the price that was shown. Above it, nothing is billed without a new one,
    and silence is one only to a sheet that shows old and new times.
    """

    _inherit = "service.session"

    sheet_connections = fields.Json(readonly=True, copy=False, lock="workflow")
    sheet_currency_id = fields.Many2one("res.currency", readonly=True, copy=False, lock="workflow")
    sheet_amount = fields.Monetary(
        string="Shown on the Sheet",
        currency_field="sheet_currency_id",
        readonly=True,
        copy=False,
        help="Including tax, when the sheet was sent last or answered.",
        lock="workflow",
    )
    sheet_revision_ids = fields.One2many(
        "service.sheet.revision", "session_id", string="Earlier Revisions"
    )

    # ----- What a sheet says -----

    def _prepare_shown_vals(self):
        """Return what the sheet says at this moment: connections and price."""
        self.ensure_one()
        return {
            "sheet_connections": [
                {"id": line.id, **self._describe_connection(line)}
                for line in self.sudo()._get_ordered_connections()
            ],
            "sheet_currency_id": self.currency_id.id,
            "sheet_amount": self.amount_total,
        }

    def _describe_connection(self, line):
        """Return name and times of a connection as the customer reads them."""
        to_string = fields.Datetime.to_string
        return {
            "name": ", ".join(filter(None, (line.service_workstation, line.employee_id.name))),
            "start": to_string(line.service_start),
            "stop": line.service_stop and to_string(line.service_stop),
        }

    def _note_shown(self):
        for session in self.sudo():
            session.write(session._prepare_shown_vals())

    # ----- Earlier revisions -----

    def _keep_revision(self):
        """Keep what the sheets said and what was answered, before it is taken back."""
        sessions = self.sudo()
        self.env["service.sheet.revision"].sudo().create(
            [session._prepare_revision_vals() for session in sessions]
        )

    def _prepare_revision_vals(self):
        self.ensure_one()
        names = dict(KEPT_FIELDS)
        if self.sheet_state in ("contested", "settled"):
            names |= {name: name for name in CONTEST_FIELDS}
        return {
            "session_id": self.id,
            "company_id": self.company_id.id,
            **{
                kept: self._fields[name].convert_to_write(self[name], self)
                for kept, name in names.items()
            },
        }

    def _get_earlier_revision(self):
        """Return the revision that the sheet is compared with: the last answered, else the last.

        None for sheets that were never withdrawn.
        """
        self.ensure_one()
        if not self.sheet_revision:
            return self.env["service.sheet.revision"]
        earlier = self.sudo().sheet_revision_ids.sorted("revision", reverse=True)
        answered = earlier.filtered(lambda row: row._is_answer() or row.state == "contested")
        return answered[:1] or earlier[:1]

    def _is_raised(self):
        """Tell whether more is owed than the customer has agreed to in an earlier revision.

        Who contested the last one, and got no decision, has agreed to nothing.
        """
        self.ensure_one()
        earlier = self._get_earlier_revision()
        if not earlier or not (earlier._is_answer() or earlier.state == "contested"):
            return False
        agreed = earlier.amount if earlier._is_answer() else 0
        if earlier.currency_id != self.currency_id:
            return bool(self.amount_total)
        return self.currency_id.compare_amounts(self.amount_total, agreed) > 0

    def _withdraw_raised(self):
        """Withdraw the sheets that show less than what is owed now: nobody has agreed to that."""
        raised = self.sudo().filtered(
            lambda session: (
                session.state == "done"
                and session.sheet_state in ("sent", "validated", "settled")
                and session.currency_id.compare_amounts(session.amount_total, session.sheet_amount)
                > 0
            )
        )
        if raised:
            raised._set_sheet_draft()

    # ----- Old and new -----

    def _get_sheet_changes(self):
        """Return the connections that differ from the sheet before, in the order of the sheet."""
        self.ensure_one()
        before = {row["id"]: row for row in self._get_earlier_revision().connections or ()}
        after = {
            line.id: self._describe_connection(line)
            for line in self.sudo()._get_ordered_connections()
        }
        changes = []
        for line_id in [*after, *(line_id for line_id in before if line_id not in after)]:
            old, new = before.get(line_id), after.get(line_id)
            if not old or not new or any(old[name] != new[name] for name in new):
                changes.append(self._prepare_change(old, new))
        return changes if before else []

    def _prepare_change(self, old, new):
        return SheetChange(
            (new or old)["name"], self._format_connection(old), self._format_connection(new)
        )

    def _format_connection(self, row):
        """Return the times of a connection in words, a dash where there was or is none."""
        if not row:
            return "–"
        instants = (fields.Datetime.to_datetime(row[name]) for name in ("start", "stop"))
        return " → ".join(self._format_local(instant) if instant else "…" for instant in instants)

    # ----- Records -----

    def _is_used(self):
        return super()._is_used() or bool(self.sheet_revision_ids)
