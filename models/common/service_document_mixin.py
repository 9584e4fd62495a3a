import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceDocumentMixin(models.AbstractModel):
    """What is printed for signature and kept: the document, its signed copy, their hashes."""

    _name = "service.document.mixin"
    _description = "Kept Document"
    _inherit = ["service.workflow.mixin"]

    document_id = fields.Many2one(
        "ir.attachment",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        lock="workflow",
    )
    document_sha256 = fields.Char(
        string="SHA-256 of the Document", readonly=True, copy=False, lock="workflow"
    )
    signed_copy = fields.Binary(attachment=True, copy=False)
    signed_copy_name = fields.Char(copy=False)
    signed_sha256 = fields.Char(
        string="SHA-256 of the Signed Copy", compute="_compute_signed_sha256", store=True
    )
    is_document_intact = fields.Boolean(
        compute="_compute_is_document_intact",
        compute_sudo=True,
        help="The kept document still has the hash that was written down when it was made.",
    )

    @api.depends("signed_copy")
    def _compute_signed_sha256(self):
        for record in self.with_context(bin_size=False):
            content = record.signed_copy and base64.b64decode(record.signed_copy)
            record.signed_sha256 = content and hashlib.sha256(content).hexdigest()

    @api.depends("document_id.checksum", "document_sha256")
    def _compute_is_document_intact(self):
        for record in self.with_context(bin_size=False):
            content = record.document_id.raw
            record.is_document_intact = bool(content) and (
                hashlib.sha256(content).hexdigest() == record.document_sha256
            )

    def _get_document_report(self):
        """Return the XML id of the report that prints the document; a hook."""
        raise NotImplementedError

    def _get_document_name(self):
        """Return the file's name without its extension, in the customer's language; a hook."""
        raise NotImplementedError

    def _check_document(self):
        """Refuse in words to make the document of a record that is not settled yet; a hook."""

    def action_make_document(self):
        """Print the document, keep it with its hash and open it; an earlier one stays attached."""
        self.ensure_one()
        self.check_access("write")
        self._check_document()
        content, _kind = self.env["ir.actions.report"]._render_qweb_pdf(
            self._get_document_report(), self.ids
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self._get_document_name().replace('/', '-')}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self._as_workflow().write(
            {
                "document_id": attachment.id,
                "document_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        return self.action_open_document()

    def action_open_document(self):
        """Open the kept document; refused when its content is no longer what was kept."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_document_intact:
            raise UserError(
                self.env._(
                    "%(record)s: the kept document is missing or has changed since it was made. "
                    "Make it again, or look for the signed copy.",
                    record=self.display_name,
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.document_id.id}?download=true",
            "target": "new",
        }
