import hashlib

from odoo import models

from ...tools.connection_file import MAX_BYTES, LogError, open_file
from ...tools.connection_layout import outline
from ...tools.connection_log import guess_profile
from ...tools.uploads import UploadError, decode

REFUSED = {"unreadable": "not_text"}


class ServiceConnectionImport(models.TransientModel):
    """The file itself: opened once a transaction, however often it is looked at."""

    _inherit = "service.connection.import"

    def _open(self):
        """Return what the file consists of; LogError where it is none that can be read."""
        content = self.with_context(bin_size=False).file or b""
        key = (self._name, hashlib.sha256(content).digest())
        opened = self.env.cr.cache
        if key not in opened:
            opened[key] = self._open_anew(content)
        if isinstance(opened[key], LogError):
            raise opened[key]
        return opened[key]

    def _open_anew(self, content):
        """Return what the file consists of, or the error that says why it is nothing."""
        try:
            return open_file(decode(content, MAX_BYTES))
        except UploadError as error:
            code = REFUSED.get(error.code, error.code)
            return LogError(code, limit=str(MAX_BYTES // 1024 // 1024))
        except LogError as error:
            return error

    def _guess_profile(self):
        """Return the code of the format whose columns these are, if any."""
        try:
            return guess_profile(self._open()) if self.file else None
        except LogError:
            return None

    def _outline(self):
        """Return what the file looks like, None where that is no table of connections."""
        try:
            return outline(self._open()) if self.file else None
        except LogError:
            return None
