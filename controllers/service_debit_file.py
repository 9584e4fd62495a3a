from odoo import http
from odoo.http import content_disposition, request


class ServiceDebitFile(http.Controller):
    """The files of debit orders: each time that somebody takes one is noted."""

    @http.route("/service_contract/debit_file/<int:file_id>", type="http", auth="user")
    def service_debit_file(self, file_id):
        file = request.env["service.debit.file"].browse(file_id).exists()
        if not file:
            raise request.not_found()
        raw = file._take()
        return request.make_response(
            raw,
            headers=[
                ("Content-Type", "application/xml"),
                ("Content-Length", len(raw)),
                ("Content-Disposition", content_disposition(file.name)),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
