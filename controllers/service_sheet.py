from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .public_pages import PRIVATE

ROUTE = "/service/sheet/<int:session_id>/<string:token>"


class ServiceSheet(http.Controller):
    """The page that a signed link opens: read, confirm or contest an intervention sheet (S30).

    Nobody logs in. Looking at the page, as mail scanners and link previews do, changes nothing.
    """

    @http.route(ROUTE, type="http", auth="public", methods=["GET"], sitemap=False)
    def sheet(self, session_id, token, **_parameters):
        session, revision = self._open(session_id, token)
        return self._render(session, revision)

    @http.route(
        "/service/sheets/<int:session_id>/<int:_revision>",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def sheet_of_staff(self, session_id, _revision, **_parameters):
        """Lead who reads the kept message to the session; the link that answers is the mail's."""
        is_internal = request.env.user._is_internal()
        return request.redirect(f"/odoo/service.session/{session_id}" if is_internal else "/my")

    @http.route(f"{ROUTE}/confirm", type="http", auth="public", methods=["POST"], sitemap=False)
    def confirm(self, session_id, token, **_parameters):
        address = request.httprequest.remote_addr
        return self._answer(
            session_id, token, "can_confirm", lambda session: session._confirm_by_link(address)
        )

    @http.route(f"{ROUTE}/contest", type="http", auth="public", methods=["POST"], sitemap=False)
    def contest(self, session_id, token, text="", **_parameters):
        address = request.httprequest.remote_addr
        return self._answer(
            session_id,
            token,
            "can_contest",
            lambda session: session._contest_by_link(text, address),
            text=text,
        )

    def _open(self, session_id, token):
        session, revision = request.env["service.session"]._open_sheet(session_id, token)
        if session:
            lang = session._get_sheet_lang()
            request.update_context(lang=lang)
            session = session.with_context(lang=lang)
        return session, revision

    def _answer(self, session_id, token, right, act, text=""):
        """Do what the customer asks where the page offers it, then show the page anew."""
        session, revision = self._open(session_id, token)
        if not session or not session._get_sheet_page(revision)[right]:
            return self._render(session, revision)
        try:
            act(session)
        except UserError as error:
            return self._render(session, revision, error=str(error), text=text)
        return request.redirect(session._get_sheet_path(), code=303)

    def _render(self, session, revision, **values):
        """Return the page; a link that opens nothing says so and tells nothing else."""
        if not session:
            response = request.render("service_contract.sheet_unknown", {})
            response.status_code = 404
        else:
            values = {**session._get_sheet_page(revision), **values}
            response = request.render("service_contract.sheet_page", values)
        response.headers.update(PRIVATE)
        return response
