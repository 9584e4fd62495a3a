from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, hmac

from ...tools.networks import get_network

SCOPE = "service_contract.attempt"


class ServiceAttempt(models.Model):
    """How often something was tried, so that nobody tries it without end.

    Each key has one row with the instant until which its attempts are used up: an attempt moves it
    on by its share, time brings it back, and nobody ever waits inside a request. Keys are kept as
    keyed HMACs: no address is stored.
    """

    _name = "service.attempt"
    _description = "Attempts on Public Pages"

    kind = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="Keyed HMAC of what is counted.")
    used_until = fields.Datetime(required=True, readonly=True, index=True)

    _key_once = models.UniqueIndex("(kind, key)", "These attempts are counted already.")

    @api.model
    def _allow(self, kind, key, limit, seconds):
        """Count an attempt, and tell whether it is one of those allowed.

        ``limit`` at once, then one more each ``seconds / limit``; what is refused does not count,
        so that who waits is let in again however others go on. Two at the same instant of one key
        conflict in the database, and the second request is done again.

        :param str kind: what is tried, such as ``consent_code``
        :param key: who tries it or on what, such as ``_get_network_key(address)``
        """
        share = timedelta(seconds=seconds / limit)
        now = fields.Datetime.now()
        first = now + share
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO service_attempt AS attempt (kind, key, used_until)
                   VALUES (%(kind)s, %(key)s, %(first)s)
                   ON CONFLICT (kind, key) DO UPDATE
                   SET used_until = GREATEST(attempt.used_until, %(now)s) + %(share)s
                   WHERE GREATEST(attempt.used_until, %(now)s) + %(share)s <= %(last)s
                   RETURNING id""",
                kind=kind,
                key=hmac(self.env(su=True), SCOPE, (kind, str(key))),
                first=first,
                now=now,
                share=share,
                last=now + timedelta(seconds=seconds),
            )
        )
        return bool(rows)

    @api.model
    def _get_network_key(self, address):
        """Return by which key the attempts of an Internet address count: IPv6 by its network."""
        return get_network(address) or "unknown"

    @api.autovacuum
    def _gc_attempts(self):
        """Forget what nothing is used up of any more."""
        self.sudo().search([("used_until", "<", fields.Datetime.now())]).unlink()
