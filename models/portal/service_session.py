from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty
from odoo.tools.misc import format_date

from ..request.service_session_mail import MAX_REQUEST_LENGTH
from ..session.service_session import OPEN_STATES


class ServiceSession(models.Model):
    """What customers read of the work in their pages, and how they answer there (S30, S31).

    The pages show of a session what its sheet shows, in the same words.
    """

    _inherit = "service.session"

    @api.model
    def _get_customer_domain(self):
        """Return the domain of the interventions in the user's pages: work that has begun."""
        return [
            ("commercial_partner_id", "=", self.env.user.commercial_partner_id.id),
            ("company_id", "in", self.env.user.company_ids.ids),
            ("state", "!=", "cancelled"),
            "|",
            ("state", "=", "done"),
            ("start", "!=", False),
        ]

    @api.model
    def _find_of_customer(self, session_id):
        """Return an intervention of the user's, with more rights than the user's; else none."""
        return self.sudo().search([*self._get_customer_domain(), ("id", "=", session_id)])

    # ----- What is shown -----

    def _is_price_told(self):
        """Tell whether the customer may read report and price: not while they may still change.

        Once its sheet was sent or the work billed; without a sheet, once nothing holds it.
        """
        self.ensure_one()
        if self.state != "done":
            return False
        if self.sheet_state != "draft" or self.is_billed:
            return True
        return not self.sheet_revision and not self._get_hold_cause(self._get_pricing_level())

    def _get_portal_sheet(self):
        """Return in words where the sheet stands; empty where none is needed."""
        self.ensure_one()
        status = self._get_sheet_status(self.sheet_revision)
        if self.state != "done":
            return self.env._("In progress")
        return {
            "open": self._describe_contest_days(),
            "sent": self.env._("Sent"),
            "expired": self.env._("Accepted"),
            "validated": self.env._("Accepted"),
            "contested": self.env._("Contested"),
            "settled": self.env._("Settled"),
        }.get(status, "")

    def _describe_contest_days(self):
        if not self.sheet_contest_until or self.sheet_failure:
            return self.env._("To check")
        return self.env._(
            "To check until %(day)s", day=format_date(self.env, self.sheet_contest_until)
        )

    def _get_portal_values(self):
        """Return the values of the page of an intervention."""
        self.ensure_one()
        page = self._get_sheet_page(self.sheet_revision)
        is_told = self._is_price_told()
        return {
            **page,
            "is_told": is_told,
            "is_shown": page["is_shown"] and is_told,
            "has_report": is_told and not is_html_empty(self.report),
            "path": f"/my/interventions/{self.id}/{self.sheet_revision}",
            "complaint_until": self._get_complaint_until(),
            "complaint_issue": self._get_complaint_issue(),
        }

    # ----- The sheet (S30) -----

    def _answer_in_portal(self, revision, right):
        """Refuse an answer to a sheet that is no longer the one the customer was shown."""
        self.ensure_one()
        if not self._get_sheet_page(revision)[right]:
            raise UserError(
                self.env._(
                    "The sheet has changed, or its days are over: read this page anew, and write "
                    "to us if you do not agree with what it says."
                )
            )

    def _confirm_in_portal(self, revision, address):
        """Validate the sheet by the word of the logged-in customer."""
        self._answer_in_portal(revision, "can_confirm")
        self._set_sheet_validated("customer", **self._prepare_answer_vals(address))
        self.message_post(
            body=self.env._("Confirmed in the customer's pages."),
            author_id=self.env.user.partner_id.id,
        )
        self._report_staff_answer()

    def _contest_in_portal(self, revision, text, address):
        """Contest the sheet by the word of the logged-in customer."""
        self._answer_in_portal(revision, "can_contest")
        self._set_sheet_contested(text)
        self._as_workflow().write(self._prepare_answer_vals(address))
        self._report_staff_answer()

    # ----- Complaints under warranty (S31) -----

    def _get_complaint_until(self):
        """Return the last day on which a complaint counts, False without a warranty (S31)."""
        self.ensure_one()
        first = self.rework_of_id or self
        if first.state != "done" or not first.level_id.warranty_days:
            return False
        return min(first._get_warranty_end(), first._get_complaint_deadline())

    def _describe_complaint(self):
        """Say until when one may complain, and what follows (S31)."""
        self.ensure_one()
        return self.env._(
            "Something is not in order? You may complain until %(day)s inclusive, and before you "
            "order other work: the work is then done again at no price. A visit without cause is "
            "billed as agreed.",
            day=format_date(self.env, self._get_complaint_until()),
        )

    def _get_complaint_issue(self):
        """Return in words why no complaint counts any more, empty where one does (S31)."""
        self.ensure_one()
        until, first = self._get_complaint_until(), self.rework_of_id or self
        if not until:
            return self.env._("No warranty is given on this work.")
        today = self._get_local_today()
        if today > until:
            return self.env._(
                "Complaints about this work were due by %(day)s. Ask for an intervention: it is "
                "billed as agreed.",
                day=format_date(self.env, until),
            )
        if other := first._get_next_order(today):
            return self.env._(
                "You have ordered other work since, on %(day)s: complaints were due before. Ask "
                "for an intervention: it is billed as agreed.",
                day=format_date(self.env, other._get_order_day()),
            )
        if rework := first.rework_ids.filtered(lambda row: row.state in OPEN_STATES)[:1]:
            return self.env._("We have your complaint already: %(name)s.", name=rework.name)
        return ""

    def _complain_by_customer(self, text):
        """Ask for the work to be done again under its warranty; return that session (S31)."""
        self.ensure_one()
        text = (text or "").strip()
        if not text:
            raise UserError(self.env._("Say in a few words what is not in order."))
        if issue := self._get_complaint_issue() or self._get_request_limit_words():
            raise UserError(issue)
        contact = self.env.user.partner_id
        vals = self._prepare_rework_vals()
        rework = self.create(
            {
                **vals,
                "contact_id": contact.id,
                "user_id": False,
                "request": f"{vals['request']}\n\n{text}"[:MAX_REQUEST_LENGTH],
                "request_source": "portal",
                "sender_email": contact.email,
                "requested_at": fields.Datetime.now(),
            }
        )
        rework._acknowledge()
        return rework
