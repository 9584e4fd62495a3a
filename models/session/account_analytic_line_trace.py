from markupsafe import Markup

from odoo import models

from ..common.words import say_of


class AccountAnalyticLine(models.Model):
    """What happens to connections after their session was closed once: old and new times (S30)."""

    _inherit = "account.analytic.line"

    def _get_service_times(self):
        """Return ``{line: (session, words)}`` of the connections of sessions once closed."""
        closed = self.sudo().filtered(lambda line: line.service_session_id.closed_at)
        return {line: (line.service_session_id, line._describe_service_time()) for line in closed}

    def _describe_service_time(self):
        """Return where, by whom and from when to when a connection was, in words."""
        self.ensure_one()
        session = self.service_session_id
        name = ", ".join(filter(None, (self.service_workstation, self.employee_id.name)))
        instants = (self.service_start, self.service_stop)
        times = (session._format_local(instant) if instant else "…" for instant in instants)
        return say_of(self.env, name, " – ".join(times))

    def _log_service_times(self, before):
        """Keep old and new times on the sessions whose connections differ from ``before``.

        :param dict before: what ``_get_service_times`` returned before the change
        """
        after = self._get_service_times()
        changes = {}
        for line in {**before, **after}:
            old_session, old = before.get(line, (None, None))
            session, new = after.get(line, (None, None))
            if old_session == session and old == new:
                continue
            if old_session == session:
                changes.setdefault(session, []).append(f"{old} ⟶ {new}")
                continue
            if old_session:
                removed = self.env._("%(connection)s: removed", connection=old)
                changes.setdefault(old_session, []).append(removed)
            if session:
                added = self.env._("%(connection)s: added", connection=new)
                changes.setdefault(session, []).append(added)
        title = self.env._("Connections changed after the closing:")
        for session, words in changes.items():
            rows = Markup().join(Markup("<li>%s</li>") % row for row in words)
            session._message_log(body=Markup("<p>%s</p><ul>%s</ul>") % (title, rows))
