from ...tools.allowances import share_out
from ...tools.sessions import Allowance


class AllowanceBook:
    """What is left of included and prepaid time for many sessions, and what they draw (S05).

    Grants are read by one query for all of ``sessions``; draws are entered at once by ``enter``.
    """

    def __init__(self, env, sessions=None):
        self._entries = env["service.allowance"].sudo()
        self._partners = sessions.sudo().partner_id if sessions else env["res.partner"]
        self._companies = sessions.sudo().company_id if sessions else env["res.company"]
        self._grants = None
        self._drawn = {}
        self._vals_list = []

    def get_allowance(self, session):
        """Return the Allowance that a session may draw from on its day."""
        left = {
            kind: sum(seconds for _grant, seconds in self._get_left(session, kind))
            for kind in ("included", "prepaid")
        }
        return Allowance(left["included"], left["prepaid"])

    def get_left(self, session, price):
        """Return ``{kind: seconds}`` left once a session with that price has drawn its own."""
        allowance = self.get_allowance(session)
        return {
            "included": allowance.included_seconds - price.drawn_included_seconds,
            "prepaid": allowance.prepaid_seconds - price.drawn_prepaid_seconds,
        }

    def draw(self, session, price):
        """Note what a session draws."""
        drawn = {
            "included": price.drawn_included_seconds,
            "prepaid": price.drawn_prepaid_seconds,
        }
        self.draw_seconds(session, drawn)

    def draw_seconds(self, session, drawn):
        """Note what a session draws; ``drawn``: ``{kind: seconds}``.

        ValueError where the grants do not hold it.
        """
        for kind, seconds in drawn.items():
            for grant, share in share_out(self._get_left(session, kind), seconds):
                self._drawn[grant] = self._drawn.get(grant, 0) + share
                self._vals_list.append(grant._prepare_use_vals(session, share))

    def enter(self):
        """Enter what was drawn in the ledger; return the entries."""
        vals_list, self._vals_list, self._drawn = self._vals_list, [], {}
        self._grants = None
        return self._entries.create(vals_list)

    def _get_left(self, session, kind):
        """Return ``(grant, seconds left)`` in the order of drawing; own draws count as left."""
        partner, company = session.partner_id, session.company_id
        return [
            (grant, self._get_seconds(grant, session))
            for grant in self._get_grants(session)
            if grant.kind == kind
            and session.date
            and grant._serves(partner, session.contract_id, company, session.date)
        ]

    def _get_seconds(self, grant, session):
        own = grant.use_ids.filtered(lambda use: use.session_id == session)
        return grant.left_seconds - self._drawn.get(grant, 0) - sum(own.mapped("seconds"))

    def _get_grants(self, session):
        known = session.partner_id <= self._partners and session.company_id <= self._companies
        if self._grants is None or not known:
            self._partners |= session.partner_id
            self._companies |= session.company_id
            domain = self._entries._get_grant_domain(self._partners, self._companies)
            found = self._entries.search(domain)
            self._grants = found.sorted(lambda grant: grant._get_draw_order())
        return self._grants
