from odoo import http
from odoo.http import content_disposition, request


class ServiceDebitProof(http.Controller):
    """The proofs of debits, made when they are asked for: who takes one, is noted (L14)."""

    @http.route("/service_contract/debit_proof/<string:ids>", type="http", auth="user")
    def service_debit_proof(self, ids):
        if not all(part.isdecimal() for part in ids.split("-")):
            raise request.not_found()
        payments = request.env["account.payment"].browse(map(int, ids.split("-"))).exists()
        name, raw = request.env["service.debit.proof"]._take(payments)
        return request.make_response(
            raw,
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Length", len(raw)),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
