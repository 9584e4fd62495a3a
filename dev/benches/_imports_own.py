"""Measure the import of a connection log, or as many plain timesheet lines in one `create`."""

import base64
from datetime import datetime, timedelta

from _common import (
    commit_counted,
    find_company,
    make_company,
    make_customers,
    measure,
)

from odoo import Command

BEFORE, START = datetime(2025, 10, 6, 6), datetime(2026, 1, 5, 6)
MINUTES = 6
TECHNICIANS = 20


def main(env, size, mode):
    """Return the figures of one way: import, single (each line its own session) or plain."""
    env = find_company(env)
    rows = connections(size, START)
    if mode == "plain":
        return measure(env, lambda: create_plain(env, rows), size)
    wizard = make_import(env, rows, 0 if mode == "single" else 15)
    return measure(env, lambda: import_all(wizard, size), size)


def make_import(env, rows, gap):
    """Return the wizard that imports connections; those within a gap make one session."""
    return env["service.connection.import"].create(
        {"file": base64.b64encode(write(rows)), "file_name": "bench.csv", "gap_minutes": gap}
    )


def import_all(wizard, size):
    """Import the file of a wizard; each line must go in."""
    wizard.action_import()
    assert wizard.log_id.line_count == size, wizard.summary


def seed(env, size):
    """Make the company, its catalogue and its customers, and import a first log."""
    env = make_company(env)
    env.user.tz = "UTC"
    make_remote_tools(env)
    make_contracts(env)
    commit_counted(env)
    import_all(make_import(env, connections(size, BEFORE), 15), size)


def make_remote_tools(env):
    """Make technicians, and customers with two workstations each."""
    company = env.company
    company._prepare_service_company()
    employees = env["hr.employee"].create(
        [{"name": f"Technician {n}", "company_id": company.id} for n in range(TECHNICIANS)]
    )
    env["service.remote.user"].create(
        [{"name": employee.name, "employee_id": employee.id} for employee in employees]
    )
    partners = make_customers(env, 200)
    env["service.equipment"].create(
        [
            {"name": f"PC {n % 2}", "partner_id": partners[n // 2].id, "remote_tool_id": f"9{n}"}
            for n in range(400)
        ]
    )


def make_contracts(env):
    """Make contracts for half of the customers."""
    partners = env["service.equipment"].search([]).partner_id.sorted("id")
    family = env["service.family"].create({"name": "Bench"})
    level = env["service.level"].create(
        {"name": "Bench", "kind": "unlimited", "family_id": family.id}
    )
    product = env["product.product"].create(
        {
            "name": "Support",
            "type": "service",
            "service_is_recurring": True,
            "service_family_id": family.id,
            "service_level_id": level.id,
        }
    )
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": partner.id,
                "family_id": family.id,
                "level_id": level.id,
                "date_start": "2025-01-01",
                "line_ids": [Command.create({"product_id": product.id})],
            }
            for partner in partners[:100]
        ]
    )
    contracts._set_active()


def connections(size, first):
    """Return (technician, device, start, stop): pairs of connections to one customer."""
    rows = []
    for number in range(size):
        turn, technician = divmod(number, TECHNICIANS)
        day, slot = divmod(turn, 60)
        start = first + timedelta(days=day, minutes=10 * slot)
        device = 2 * ((technician * 7 + slot // 2) % 200) + slot % 2
        rows.append((technician, device, start, start + timedelta(minutes=MINUTES)))
    return rows


def write(rows):
    lines = ["device;user;start;stop"]
    lines += [f"9{device};Technician {n};{start};{stop}" for n, device, start, stop in rows]
    return "\n".join(lines).encode()


def create_plain(env, rows):
    """Create the same time as timesheet lines that nobody groups, checks or prices."""
    employees = env["service.remote.user"].search([]).employee_id.sorted("id")
    project = env.company.service_project_id
    env["account.analytic.line"].create(
        [
            {
                "name": "Session",
                "project_id": project.id,
                "employee_id": employees[number].id,
                "date": start.date(),
                "unit_amount": (stop - start).total_seconds() / 3600,
            }
            for number, _device, start, stop in rows
        ]
    )
