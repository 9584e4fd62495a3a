from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

MAX_FILES = 10
MAX_BYTES = 20 * 1024 * 1024
PAGE_SIZE = 20


class ServiceRequestPortal(CustomerPortal):
    """Customers' own requests: list, one of them, a new one."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "service_request_count" in counters:
            Session = request.env["service.session"]
            values["service_request_count"] = (
                Session.search_count(self._get_request_domain())
                if Session.has_access("read")
                else 0
            )
        return values

    def _get_request_domain(self):
        """Return which sessions are the user's own; the record rules say the same of customers."""
        return [("commercial_partner_id", "=", request.env.user.commercial_partner_id.id)]

    @http.route(
        ["/my/requests", "/my/requests/page/<int:page>"], type="http", auth="user", website=True
    )
    def portal_my_requests(self, page=1, **kwargs):
        Session = request.env["service.session"]
        if not Session.has_access("read"):
            return request.redirect("/my")
        domain = self._get_request_domain()
        total = Session.search_count(domain)
        pages = pager("/my/requests", total=total, page=page, step=PAGE_SIZE)
        sessions = Session.search(
            domain, order="requested_at desc, id desc", limit=PAGE_SIZE, offset=pages["offset"]
        )
        return request.render(
            "service_contract.portal_my_requests",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "service_request",
                "sessions": sessions,
                "pager": pages,
                "default_url": "/my/requests",
            },
        )

    @http.route("/my/requests/<int:session_id>", type="http", auth="user", website=True)
    def portal_my_request(self, session_id, **kwargs):
        try:
            session = self._document_check_access("service.session", session_id)
        except (AccessError, MissingError):
            return request.redirect("/my/requests")
        return self._render_request(session)

    def _render_request(self, session, **values):
        return request.render(
            "service_contract.portal_my_request",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "service_request",
                "session": session,
                "technician": session.user_id.name,
                "object": request.env["service.session"].browse(session.id),
                "token": None,
                "pid": None,
                "hash": None,
                **values,
            },
        )

    @http.route(
        "/my/requests/<int:session_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_withdraw_request(self, session_id, reason="", **post):
        try:
            session = self._document_check_access("service.session", session_id)
            session.with_env(request.env)._withdraw_by_customer(reason)
        except (AccessError, MissingError):
            return request.redirect("/my/requests")
        except UserError as error:
            return self._render_request(session, error=str(error))
        return request.redirect(f"/my/requests/{session_id}", code=303)

    @http.route("/my/requests/new", type="http", auth="user", website=True, methods=["GET", "POST"])
    def portal_new_request(self, contract="", **post):
        contract = self._find_request_contract(contract)
        if request.httprequest.method == "GET":
            return self._render_new_request({}, None, contract)
        files = [file for file in request.httprequest.files.getlist("attachments") if file.filename]
        if error := self._get_request_error(post, files):
            return self._render_new_request(post, error, contract)
        session = request.env["service.session"]._create_portal_request(
            post["subject"],
            post["description"],
            [(file.filename, file.read()) for file in files],
            contract=contract,
        )
        return request.redirect(f"/my/requests/{session.id}?sent=1")

    def _find_request_contract(self, number):
        """Return the user's active contract that a request says it is about, else an empty one."""
        contracts = request.env["service.contract"]
        found = contracts._find_in_portal(int(number)) if number.isdecimal() else contracts
        return found.filtered(lambda contract: contract.state == "active")

    def _render_new_request(self, post, error, contract):
        return request.render(
            "service_contract.portal_new_request",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "service_request",
                "is_new_request": True,
                "request_contract": contract,
                "post": post,
                "error": error,
            },
        )

    def _get_request_error(self, post, files):
        """Return in words what forbids a new request, None when nothing does."""
        if words := request.env["service.session"]._get_request_limit_words():
            return words
        if not (post.get("subject") or "").strip() or not (post.get("description") or "").strip():
            return request.env._("Tell us in a few words what you need, and then the details.")
        size = sum(file.seek(0, 2) or file.tell() for file in files)
        for file in files:
            file.seek(0)
        if len(files) > MAX_FILES or size > MAX_BYTES:
            return request.env._(
                "Attach at most %(count)s files, %(size)s MB in all.",
                count=MAX_FILES,
                size=MAX_BYTES // 2**20,
            )
        return None
