from odoo import models

from ..proof.proof_parts import File, clean_name


class ServiceDebitProof(models.AbstractModel):
    """What customers ordered before the sessions that a debit pays (L14, S24)."""

    _inherit = "service.debit.proof"

    def _get_consent_files(self, sessions):
        """Return the receipts of the consents, which say of themselves how they were given."""
        files = super()._get_consent_files(sessions)
        for session in sessions.sudo():
            consents = session._get_given_consents().sorted("accepted_at")
            if consents:
                files[session] = [self._make_consent_file(consent) for consent in consents]
        return files

    def _make_consent_file(self, consent):
        title = self.env._(
            "Consent %(session)s %(number)s", session=consent.session_id.name, number=consent.id
        )
        words = self.env._("The customer's order, as it was kept.")
        return File(f"{clean_name(title)}.txt", consent._get_receipt().encode(), words)
