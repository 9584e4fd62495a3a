"""What stops work and needs a person says of itself why: the inbox puts it where its button is."""

from odoo.exceptions import UserError


class MatterError(UserError):
    """Refuse in words what a person has to mend; ``cause`` is the code of its cause."""

    def __init__(self, message, cause):
        super().__init__(message)
        self.cause = cause
