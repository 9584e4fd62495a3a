from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...tools import search_keys
from ..common.field_values import get_label, get_labels
from ..common.service_search_key import LONGEST_TEXT
from .res_partner import ORDER

GROUP = "service_contract.service_contract_group_user"
HIT_LIMIT = 12
CANDIDATES = 40  # among which those with a contract come first
COLLEAGUE_LIMIT = 20
UNFINISHED_LIMIT = 10


class ServiceDesk(models.AbstractModel):
    """What the desk of technicians asks the server: searching, starting, stopping, closing.

    Each question is one call that returns plain dictionaries, by a constant number of queries.
    Everything is read with the technician's own rights, in the company chosen above, unless said
    otherwise.
    """

    _name = "service.desk"
    _description = "Technicians' Desk"

    def _check_technician(self):
        if not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._("Only users of Service Contracts work at the technicians' desk.")
            )

    # ----- Opening -----

    @api.model
    def get_desk(self):
        """Return all that the desk shows when it opens."""
        self._check_technician()
        session = self.env["service.session"]
        return {
            "problems": self._get_problems(),
            "channels": list(get_labels(session, "channel").items()),
            "timers": self._get_timers(),
        }

    @api.model
    def _get_problems(self):
        """Return in words what keeps this user from starting a timer in this company."""
        session = self.env["service.session"].new({"company_id": self.env.company.id})
        problems = []
        for ask in (session._get_project, lambda: session._get_employee(self.env.user)):
            try:
                ask()
            except UserError as error:
                problems.append(str(error))
        return problems

    # ----- Search -----

    @api.model
    def search_customers(self, text):
        """Return the customers, people, workstations, contracts and sessions that a text means.

        The best first: an exact identifier or telephone number, an exact name, the beginning of
        one, all words; of each, customers with a contract.
        """
        self._check_technician()
        text = (text or "")[:LONGEST_TEXT]
        hits = self._search_partners(text)
        hits += self._search_workstations(text, {hit["partner_id"] for hit in hits})
        hits += self._search_documents(text)
        hits.sort(key=lambda hit: (hit["rank"], not hit["level"]))
        return {"hits": hits[:HIT_LIMIT], "is_limited": len(hits) > HIT_LIMIT}

    @api.model
    def _search_partners(self, text):
        partners = self.env["res.partner"]
        domain = partners._get_service_customer_domain()
        found = partners._search_by_key(text, CANDIDATES, domain, ORDER)
        levels = self._get_levels(found.commercial_partner_id)
        return [
            {
                **self._prepare_partner_hit(partner, levels),
                "rank": partner._get_search_rank(text),
            }
            for partner in found
        ]

    # ----- Contracts and sessions -----

    @api.model
    def _search_documents(self, text):
        """Return the contracts and sessions whose number a text means; few texts do."""
        patterns = search_keys.document_patterns(text)
        if not patterns:
            return []
        domain = Domain("company_id", "=", self.env.company.id) & Domain.AND(
            Domain("name", "=ilike", pattern) for pattern in patterns
        )
        contracts = self.env["service.contract"].search(domain, limit=HIT_LIMIT + 1)
        sessions = self.env["service.session"].search(domain, limit=HIT_LIMIT + 1)
        levels = self._get_levels(contracts.commercial_partner_id | sessions.commercial_partner_id)
        return [
            self._prepare_document_hit(document, text, levels)
            for document in (*contracts, *sessions)
        ]

    @api.model
    def _prepare_document_hit(self, document, text, levels):
        is_session = document._name == "service.session"
        customer = document.commercial_partner_id
        what = document._get_request_line() if is_session else document.level_id.name
        is_exact = search_keys.compact(document.name) == search_keys.compact(text)
        return {
            "kind": "session" if is_session else "contract",
            "title": document.name,
            "subtitle": " · ".join(
                filter(None, [document.partner_id.display_name, what, get_label(document, "state")])
            ),
            "level": levels.get(customer, ""),
            "partner_id": document.partner_id.id,
            "contact_id": is_session and document.contact_id.id,
            "workstation": "",
            "document_id": document.id,
            "rank": 0 if is_exact else search_keys.WORDS,
        }

    # ----- Customers -----

    @api.model
    def _get_levels(self, customers):
        """Return ``{customer: names of the levels of active contracts}``."""
        contracts = self.env["service.contract"].search_fetch(
            [
                ("company_id", "=", self.env.company.id),
                ("commercial_partner_id", "in", customers.ids),
                ("state", "=", "active"),
            ],
            ["commercial_partner_id", "level_id", "family_id"],
        )
        return {
            customer: ", ".join(
                dict.fromkeys(
                    contract.level_id.name or contract.family_id.name for contract in owned
                )
            )
            for customer, owned in contracts.grouped("commercial_partner_id").items()
        }

    @api.model
    def _prepare_partner_hit(self, partner, levels):
        customer = self._get_customer(partner)
        is_contact = customer != partner
        return {
            "kind": "contact" if is_contact else "customer",
            "title": partner.name or partner.display_name,
            "subtitle": " · ".join(
                filter(None, [is_contact and customer.display_name, partner.city, partner.phone])
            ),
            "level": levels.get(partner.commercial_partner_id, ""),
            "partner_id": customer.id,
            "contact_id": is_contact and partner.id,
            "workstation": "",
        }

    @api.model
    def _get_customer(self, partner):
        """Return for whom a session is: a person of a company calls for the company or its site."""
        is_contact = partner.parent_id and not partner.is_company and partner.type == "contact"
        return partner.parent_id if is_contact else partner

    @api.model
    def _search_workstations(self, text, found_ids):
        """Return the customers' devices, then the workstations of earlier connections."""
        company = Domain("company_id", "=", self.env.company.id)
        equipment = self.env["service.equipment"]._find_by_key(text, HIT_LIMIT + 1, company)
        places = {
            (device.partner_id.commercial_partner_id, device.name): (
                device.partner_id,
                device.remote_tool_id,
                device._get_search_rank(text),
            )
            for device in equipment
        }
        for customer, workstation in self._get_earlier_workstations(text, company):
            rank = search_keys.rank(search_keys.make_key([workstation]), text)
            places.setdefault((customer, workstation), (customer, False, rank))
        levels = self._get_levels(self.env["res.partner"].union(*(key[0] for key in places)))
        return [
            {
                "kind": "workstation",
                "title": workstation,
                "subtitle": " · ".join(filter(None, [partner.display_name, remote_id])),
                "level": levels.get(customer, ""),
                "partner_id": partner.id,
                "contact_id": False,
                "workstation": workstation,
                "rank": rank,
            }
            for (customer, workstation), (partner, remote_id, rank) in places.items()
        ]

    @api.model
    def _get_earlier_workstations(self, text, company):
        if len(text.strip()) < 3:
            return []
        groups = self.env["service.session.connection"]._read_group(
            company
            & Domain("service_partner_id", "!=", False)
            & Domain.AND(Domain("service_workstation", "ilike", word) for word in text.split()),
            ["service_partner_id", "service_workstation"],
            order="service_start:max DESC",
            limit=HIT_LIMIT + 1,
        )
        return [group for group in groups if self._has_words(group[1], text)]

    @api.model
    def _has_words(self, name, text):
        key = search_keys.make_key([name])
        return all(piece in key for piece in search_keys.word_pieces(text))

    # ----- Timers -----

    @api.model
    def get_timers(self):
        """Return the running timers, mine with coverage and price, and what I have to finish."""
        self._check_technician()
        return self._get_timers()

    @api.model
    def _get_timers(self):
        lines = self.env["service.session.connection"].search(
            [("service_stop", "=", False)], order="service_start, id"
        )
        own = lines.filtered(lambda line: line.user_id == self.env.user)
        others = (lines - own)[:COLLEAGUE_LIMIT]
        domain = self._get_unfinished_domain(own.service_session_id)
        unfinished = self.env["service.session"].search(
            domain, order="date DESC, start DESC NULLS LAST", limit=UNFINISHED_LIMIT
        )
        prices = (own.service_session_id | unfinished)._get_desk_prices()
        return {
            "now": self._to_epoch(fields.Datetime.now()),
            "mine": [
                self._prepare_own_timer(session, running, prices[session.id])
                for session, running in own.grouped("service_session_id").items()
            ],
            "unfinished": [
                self._prepare_unfinished(session, prices[session.id]) for session in unfinished
            ],
            "unfinished_count": self._count_unfinished(unfinished, domain),
            "unfinished_domain": domain,
            "colleagues": [
                self._prepare_timer(session, running)
                for session, running in others.grouped("service_session_id").items()
            ],
        }

    @api.model
    def _count_unfinished(self, shown, domain):
        """Return how many sessions wait to be closed, which may be more than are shown."""
        if len(shown) < UNFINISHED_LIMIT:
            return len(shown)
        return self.env["service.session"].search_count(domain)

    @api.model
    def _get_unfinished_domain(self, running):
        """Return the domain of my sessions with time or research on them that wait to be closed."""
        return [
            ("state", "=", "draft"),
            ("user_id", "=", self.env.uid),
            "|",
            ("start", "!=", False),
            ("research_seconds", ">", 0),
            ("id", "not in", running.ids),
        ]

    @api.model
    def _prepare_timer(self, session, lines):
        return {
            "id": session.id,
            "name": session.name,
            "customer": session.partner_id.display_name,
            "technician": ", ".join(dict.fromkeys(lines.mapped("employee_id.name"))),
            "workstation": ", ".join(filter(None, lines.mapped("service_workstation"))),
            "request": session.request or "",
            "since": self._to_epoch(min(lines.mapped("service_start"))),
            "seconds": session.connected_seconds,
        }

    @api.model
    def _prepare_own_timer(self, session, lines, price):
        return {
            **self._prepare_timer(session, lines),
            "coverage": session._get_desk_coverage(),
            "price": price,
            "warnings": self._get_warnings(session),
        }

    @api.model
    def _prepare_unfinished(self, session, price):
        return {
            "id": session.id,
            "name": session.name,
            "customer": session.partner_id.display_name,
            "request": session.request or "",
            "seconds": session.connected_seconds + session.research_seconds,
            "work_type_id": session.work_type_id.id,
            "work_types": self._prepare_work_types(session.offered_work_type_ids),
            **self._prepare_report(session),
            "price": price,
            "warnings": self._get_warnings(session),
        }

    @api.model
    def _prepare_work_types(self, work_types):
        return [[work_type.id, work_type.name] for work_type in work_types]

    @api.model
    def _get_warnings(self, session):
        """Return in words what the technician must know before closing; a hook."""
        warnings = (
            session.contract_warning,
            session.suspension_warning,
            session.scope_warning,
            session.complaint_warning,
            session.caller_warning,
        )
        return [warning for warning in warnings if warning]

    @api.model
    def _to_epoch(self, instant):
        return int(instant.replace(tzinfo=timezone.utc).timestamp())

    # ----- Work -----

    @api.model
    def start_session(self, values):
        """Make a session, start its timer and return the timers.

        ``values``: partner_id, contact_id, contract_id, is_off_contract, channel, workstation,
        work_type_id, request. Where several contracts are in force, one is chosen, or the start is
        refused.
        """
        self._check_technician()
        session = self.env["service.session"].create(self._prepare_session_vals(values))
        if session.contract_warning:
            raise UserError(session.contract_warning)
        self._start_on(session, (values.get("workstation") or "").strip())
        return self._get_timers()

    @api.model
    def _start_on(self, session, workstation):
        """Start a timer on a workstation; one that is recorded decides what is covered (S17)."""
        session._start_connections(lambda new: workstation or new._get_new_workstation())
        device = workstation and self.env["service.equipment"].search(
            Domain("company_id", "=", session.company_id.id)
            & Domain("commercial_partner_id", "=", session.commercial_partner_id.id)
            & Domain("name", "=", workstation),
            limit=1,
        )
        if device:
            session.line_ids.service_equipment_id = device

    @api.model
    def _prepare_session_vals(self, values):
        """Return the values of a session, of records that the technician may read only."""
        contract_id = self._check_readable("service.contract", values.get("contract_id"))
        return {
            "partner_id": self._check_readable("res.partner", values.get("partner_id")),
            "contact_id": self._check_readable("res.partner", values.get("contact_id")),
            "company_id": self.env.company.id,
            "channel": values.get("channel") or "remote",
            "request": (values.get("request") or "").strip(),
            "work_type_id": values.get("work_type_id"),
            "is_off_contract": bool(values.get("is_off_contract")),
            **({"contract_id": contract_id} if contract_id else {}),
        }

    @api.model
    def _check_readable(self, model_name, record_id):
        record = self.env[model_name].browse(record_id or [])
        record.check_access("read")
        return record.id

    @api.model
    def start_again(self, session_id):
        """Start the timer of a session that waits and return the timers."""
        self._get_session(session_id).action_start()
        return self._get_timers()

    @api.model
    def stop_session(self, session_id, seconds_ago=0):
        """Stop my timers of a session and return the timers.

        ``seconds_ago``: since when the click waits for a connection to the server.
        """
        age = timedelta(seconds=max(0, int(seconds_ago)))
        self._get_session(session_id)._stop_own_at(fields.Datetime.now() - age)
        return self._get_timers()

    @api.model
    def discard_session(self, session_id):
        """Take back my timer that was started by mistake less than a minute ago."""
        self._get_session(session_id)._discard_timers()
        return self._get_timers()

    @api.model
    def cancel_session(self, session_id):
        """Cancel a session that I have to finish; its connections stay as time spent."""
        session = self._get_session(session_id)
        session.action_cancel()
        message = self.env._("%(session)s is cancelled.", session=session.name)
        return {**self._get_timers(), "message": message}

    @api.model
    def close_session(self, session_id):
        """Close a session and return the timers, with what it costs."""
        session = self._get_session(session_id)
        session.action_done()
        return {**self._get_timers(), "message": self._get_closing_message(session)}

    @api.model
    def _get_closing_message(self, session):
        charge = session.sudo().charge_ids.sorted("revision")[-1:]
        return self.env._(
            "%(session)s is closed. %(price)s",
            session=session.name,
            price=charge._explain()[-1] if charge else "",
        )

    @api.model
    def _get_session(self, session_id):
        self._check_technician()
        session = self.env["service.session"].browse(session_id)
        session.check_access("write")
        return session
