from odoo import models
from odoo.tools import is_html_empty


class ServiceSession(models.Model):
    """What the page behind a signed link shows, and what it lets the customer do (S30)."""

    _inherit = "service.session"

    def _get_sheet_page(self, revision):
        """Return the values of the page; sheets withdrawn since show their state and no more."""
        self.ensure_one()
        status = self._get_sheet_status(revision)
        is_shown = status in ("open", "sent", "expired", "validated", "contested", "settled")
        is_staff = self.env.user._is_internal()
        can_confirm = status in ("open", "sent") and not is_staff
        return {
            "session": self,
            "company": self.company_id,
            "status": status,
            "is_shown": is_shown,
            "has_report": not is_html_empty(self.report),
            "is_staff": is_staff,
            "can_confirm": can_confirm,
            "can_contest": can_confirm and status == "open",
            "path": self._get_sheet_path() if is_shown else "",
        }

    def _get_sheet_status(self, revision):
        """Return what the link finds: the state of the sheet, or why it opens nothing.

        ``open``: may be contested; ``sent``: no days to contest; ``expired``: they are over;
        ``corrected``: withdrawn, whatever became of the session since.
        """
        self.ensure_one()
        if self.state == "cancelled":
            return "cancelled"
        if revision != self.sheet_revision or self.sheet_state == "draft" or self.state != "done":
            return "corrected"
        if self.sheet_state != "sent":
            return self.sheet_state
        if self._is_contestable():
            return "open"
        return "expired" if self.sheet_contest_until else "sent"

    def _confirm_by_link(self, address):
        """Validate the sheet by the word of whoever holds its link."""
        self.ensure_one()
        self._set_sheet_validated("customer", sheet_ip=address)
        self.message_post(
            body=self.env._("Confirmed on the sheet's page."),
            author_id=self._get_sheet_recipient().id,
        )

    def _contest_by_link(self, text, address):
        """Contest the sheet by the word of whoever holds its link."""
        self.ensure_one()
        self._set_sheet_contested(text)
        self.sheet_ip = address
