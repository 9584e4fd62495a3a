from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

PAGE_SIZE = 20
CONTRACTS = "/my/contracts"
CONTRACT = f"{CONTRACTS}/<int:contract_id>"
INTERVENTIONS = "/my/interventions"
INTERVENTION = f"{INTERVENTIONS}/<int:session_id>"


def _page(*paths, methods=("GET",)):
    """Return the route of a page of the logged-in user."""
    return http.route(
        [*paths], type="http", auth="user", website=True, methods=[*methods], sitemap=False
    )


class ServicePortal(CustomerPortal):
    """Customers' contracts and interventions in their pages: what they read and do (L23)."""

    def _render_service(self, template, page_name, **values):
        """Return a page of the user's, which no cache keeps."""
        response = request.render(
            f"service_contract.{template}",
            {**self._prepare_portal_layout_values(), "page_name": page_name, **values},
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    def _list_own(self, records, url, page, order):
        """Return ``(records of a page, pager)`` of what is the user's."""
        domain = records._get_customer_domain()
        total = records.search_count(domain)
        pages = pager(url, total=total, page=page, step=PAGE_SIZE)
        found = records.search(domain, order=order, limit=PAGE_SIZE, offset=pages["offset"])
        return found, pages

    # ----- Contracts -----

    @_page(CONTRACTS, f"{CONTRACTS}/page/<int:page>")
    def portal_my_contracts(self, page=1, **_parameters):
        contracts, pages = self._list_own(
            request.env["service.contract"].sudo(),
            CONTRACTS,
            page,
            "state, date_start desc, id desc",
        )
        return self._render_service(
            "portal_my_contracts", "service_contract", contracts=contracts, pager=pages
        )

    @_page(CONTRACT)
    def portal_my_contract(self, contract_id, **parameters):
        return self._show_contract(contract_id, "portal_my_contract", done=parameters.get("done"))

    @_page(f"{CONTRACT}/conditions")
    def portal_contract_conditions(self, contract_id, **_parameters):
        return self._show_contract(contract_id, "portal_contract_conditions")

    @_page(f"{CONTRACT}/documents/<string:key>")
    def portal_contract_document(self, contract_id, key, **_parameters):
        contract = self._find_contract(contract_id)
        documents = contract._get_portal_documents() if contract else []
        document = next((document for document in documents if document.key == key), None)
        if not document:
            return request.redirect(CONTRACTS)
        stream = request.env["ir.binary"]._get_stream_from(document.record, document.field)
        response = stream.get_response(as_attachment=True)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _find_contract(self, contract_id):
        return request.env["service.contract"]._find_in_portal(contract_id)

    def _show_contract(self, contract_id, template, **values):
        """Return a page about a contract of the user's; the list for any other number."""
        contract = self._find_contract(contract_id)
        if not contract:
            return request.redirect(CONTRACTS)
        return self._render_service(
            template, "service_contract", **{"contract": contract, "post": {}, **values}
        )

    def _act_on_contract(self, contract_id, act, template, done, post):
        """Do what the customer asks for, then show the contract; the form again where refused."""
        contract = self._find_contract(contract_id)
        if not contract:
            return request.redirect(CONTRACTS)
        try:
            with request.env.cr.savepoint():
                act(contract)
        except UserError as error:
            return self._show_contract(contract_id, template, error=str(error), post=post)
        return request.redirect(f"{CONTRACTS}/{contract_id}?done={done}", code=303)

    # ----- What customers do with a contract -----

    @_page(f"{CONTRACT}/refuse")
    def portal_refuse_renewal(self, contract_id, **_parameters):
        return self._show_contract(contract_id, "portal_refuse_renewal")

    @_page(f"{CONTRACT}/refuse/confirm", methods=["POST"])
    def portal_confirm_refusal(self, contract_id, term="", **post):
        term_id = int(term) if term.isdecimal() else 0
        address = request.httprequest.remote_addr
        return self._act_on_contract(
            contract_id,
            lambda contract: contract._refuse_renewal_by_customer(term_id, address),
            "portal_refuse_renewal",
            "refused",
            post,
        )

    @_page(f"{CONTRACT}/referent")
    def portal_referent(self, contract_id, **_parameters):
        return self._show_contract(contract_id, "portal_referent")

    @_page(f"{CONTRACT}/referent/confirm", methods=["POST"])
    def portal_name_referent(self, contract_id, **post):
        return self._act_on_contract(
            contract_id,
            lambda contract: contract._name_referent(
                post.get("name"), post.get("email"), post.get("phone")
            ),
            "portal_referent",
            "referent",
            post,
        )

    @_page(f"{CONTRACT}/third-party")
    def portal_third_party(self, contract_id, **_parameters):
        return self._show_contract(contract_id, "portal_third_party")

    @_page(f"{CONTRACT}/third-party/confirm", methods=["POST"])
    def portal_announce_third_party(self, contract_id, **post):
        return self._act_on_contract(
            contract_id,
            lambda contract: contract._announce_third_party(
                post.get("work"), post.get("who"), post.get("when"), post.get("details")
            ),
            "portal_third_party",
            "announced",
            post,
        )

    # ----- Interventions -----

    @_page(INTERVENTIONS, f"{INTERVENTIONS}/page/<int:page>")
    def portal_my_interventions(self, page=1, **_parameters):
        if not request.env["service.session"].has_access("read"):
            return request.redirect("/my")
        sessions, pages = self._list_own(
            request.env["service.session"].sudo(), INTERVENTIONS, page, "date desc, id desc"
        )
        return self._render_service(
            "portal_my_interventions", "service_intervention", sessions=sessions, pager=pages
        )

    @_page(INTERVENTION)
    def portal_my_intervention(self, session_id, **_parameters):
        return self._show_intervention(session_id)

    @_page(f"{INTERVENTION}/<int:revision>/confirm", methods=["POST"])
    def portal_confirm_sheet(self, session_id, revision, **post):
        address = request.httprequest.remote_addr
        return self._act_on_session(
            session_id, lambda session: session._confirm_in_portal(revision, address), post
        )

    @_page(f"{INTERVENTION}/<int:revision>/contest", methods=["POST"])
    def portal_contest_sheet(self, session_id, revision, **post):
        address = request.httprequest.remote_addr
        return self._act_on_session(
            session_id,
            lambda session: session._contest_in_portal(revision, post.get("text"), address),
            post,
        )

    @_page(f"{INTERVENTION}/complain", methods=["POST"])
    def portal_complain(self, session_id, **post):
        return self._act_on_session(
            session_id, lambda session: session._complain_by_customer(post.get("complaint")), post
        )

    def _show_intervention(self, session_id, **values):
        """Return the page of an intervention of the user's; the list for any other number."""
        session = request.env["service.session"]._find_of_customer(session_id)
        if not session:
            return request.redirect(INTERVENTIONS)
        values = {**session._get_portal_values(), "post": {}, **values}
        return self._render_service("portal_my_intervention", "service_intervention", **values)

    def _act_on_session(self, session_id, act, post):
        """Do what the customer asks for, then show where it is; the page again where refused."""
        session = request.env["service.session"]._find_of_customer(session_id)
        if not session:
            return request.redirect(INTERVENTIONS)
        try:
            with request.env.cr.savepoint():
                rework = act(session)
        except UserError as error:
            return self._show_intervention(
                session_id, error=str(error), text=post.get("text"), post=post
            )
        path = f"/my/requests/{rework.id}?sent=1" if rework else f"{INTERVENTIONS}/{session_id}"
        return request.redirect(path, code=303)
