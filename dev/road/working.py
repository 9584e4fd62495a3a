"""Record sessions: two months of work, as technicians type it in and managers approve it."""

from datetime import timedelta

from odoo import Command

from . import clock, consents, sheets

# Day of the month, hour (UTC), seconds, workstations: as uneven as real days are. Each offer comes
# a day after the one before it, since the same technician works for all of them.
PATTERN = [
    (2, 7, 1_800, 1),
    (3, 9, 754, 1),
    (7, 13, 2_833, 1),
    (9, 8, 3_601, 2),
    (10, 6, 411, 1),
    (14, 12, 5_400, 1),
    (16, 9, 1_799, 1),
    (18, 7, 2_700, 2),
    (21, 13, 95, 1),
    (23, 8, 7_265, 1),
]


def work(house, offer, customers, env):
    """Record the sessions of an offer over both months; return them, the special ones first."""
    sessions = house.envs["technician"]["service.session"]
    for special in offer.special_sessions:
        sessions += record(house, offer, customers[special.customer], special.connections, env)
    for month in (clock.FIRST_MONTH, clock.SECOND_MONTH):
        for index, (day, hour, seconds, workstations) in enumerate(PATTERN):
            start = clock.moment(month, day + offer.number - 1, hour, 5 * index)
            connections = [(start, seconds, f"PC{i + 1}") for i in range(workstations)]
            customer = customers[index % len(customers)]
            work_type = offer.work_types[index // len(customers) % len(offer.work_types)]
            session = record(house, offer, customer, connections, env, work_type)
            sheets.answer(session, index, session.stop)
            sessions += session
    approve(house, sessions)
    return sessions


def approve(house, sessions):
    """Approve, as the manager, what waits for an approval."""
    waiting = sessions.filtered(lambda session: session.approval_state == "waiting")
    waiting.with_env(house.envs["manager"]).action_approve()


def record(house, offer, customer, connections, env, work_type=None):
    """Record and close one session when its last connection has ended."""
    end = max(start + timedelta(seconds=seconds) for start, seconds, _name in connections)
    begin = min(start for start, _seconds, _name in connections)
    work_type = work_type or offer.work_types[0]
    reason = dict(offer.reasons).get(work_type)
    lines = [
        Command.create(_connection(house, customer, *connection)) for connection in connections
    ]
    vals = {
        "partner_id": customer.id,
        "request": "Demonstration session",
        "work_type_id": _ref(env, work_type).id,
        "scope_reason_id": reason and _ref(env, reason).id,
        **_contract_vals(house, offer, customer, env),
    }
    sessions = house.envs["technician"]["service.session"]
    if offer.is_ordered:
        with clock.at(begin - consents.BEFORE):
            session = sessions.create(vals)
        consents.order(house, session, begin)
    with clock.at(end):
        if offer.is_ordered:
            session.line_ids = lines
        else:
            session = sessions.create({**vals, "line_ids": lines})
        session.action_done()
    return session


def _contract_vals(house, offer, customer, env):
    """Return what the technician chooses where the customer's contracts do not say it."""
    domain = [("partner_id", "=", customer.id), ("state", "=", "active")]
    contracts = house.envs["technician"]["service.contract"].search(domain)
    if not contracts:
        return {"level_id": _ref(env, offer.level_without_contract).id}
    if not offer.session_family:
        return {}
    family = _ref(env, offer.session_family)
    return {"contract_id": contracts.filtered(lambda contract: contract.family_id == family).id}


def _connection(house, customer, start, seconds, workstation):
    equipment = house.envs["technician"]["service.equipment"].search(
        [("partner_id", "=", customer.id), ("name", "=", workstation)], limit=1
    )
    return {
        "service_equipment_id": equipment.id,
        "service_start": start,
        "service_stop": start + timedelta(seconds=seconds),
        "service_workstation": workstation,
        "employee_id": house.employee.id,
    }


def _ref(env, xmlid):
    return env.ref(f"service_contract.{xmlid}")
