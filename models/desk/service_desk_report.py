from lxml import html

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import html_sanitize, is_html_empty, plaintext2html

from ..session.service_session import OPEN_STATES


class SessionNotOpen(UserError):
    """What is typed of the session goes nowhere any more; the desk knows this error by its name."""


class ServiceDesk(models.AbstractModel):
    """What a technician types at the desk of a session that is not closed yet."""

    _inherit = "service.desk"

    @api.model
    def save_session(self, session_id, values):
        """Keep on an open session what was typed of it and return the timers.

        ``values``: report as plain text, work_type_id; what is left out stays as it is.
        """
        session = self._get_session(session_id)
        if session.state not in OPEN_STATES:
            raise SessionNotOpen(
                self.env._("%s is not open any more: write on its form.", session.name)
            )
        session.write(self._prepare_typed_vals(values))
        return self._get_timers()

    @api.model
    def _prepare_typed_vals(self, values):
        typed = {}
        if "report" in values:
            report = values["report"].strip()
            typed["report"] = report and plaintext2html(report)
        if "work_type_id" in values:
            typed["work_type_id"] = values["work_type_id"] or False
        return typed

    @api.model
    def _prepare_report(self, session):
        text = self._to_plain_text(session.report)
        return {"report": text or "", "is_report_formatted": text is None}

    @api.model
    def _to_plain_text(self, report):
        """Return the text that was typed here, None where the report has more than plain text."""
        if is_html_empty(report):
            return ""
        document = html.fragment_fromstring(report, create_parent="div")
        for line_break in document.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        text = "\n\n".join(part.text_content() for part in document.findall("p"))
        return text if html_sanitize(plaintext2html(text)) == report else None
