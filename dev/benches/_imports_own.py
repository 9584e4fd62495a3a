"""Measure the import of a connection log, or as many plain timesheet lines in one `create`."""

import base64
import sys
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _drafts_common import customers, french_company, measure  # noqa: E402 (path set above)

from odoo import Command  # noqa: E402

START = datetime(2026, 1, 5, 6)
MINUTES = 6
TECHNICIANS = 20


def main(env, size, mode):
    """Return the figures of one way: import, single (each line its own session) or plain."""
    env = french_company(env)
    seed(env)
    rows = connections(size)
    if mode == "plain":
        return measure(env, lambda: create_plain(env, rows), size)
    gap = 0 if mode == "single" else 15
    wizard = env["service.connection.import"].create(
        {"file": base64.b64encode(write(rows)), "file_name": "bench.csv", "gap_minutes": gap}
    )

    def work():
        wizard.action_import()
        assert wizard.log_id.line_count == size, wizard.summary

    return measure(env, work, size)


def seed(env):
    """Make technicians, customers with two workstations each, and some contracts."""
    company = env.company
    company._prepare_service_company()
    env.user.tz = "UTC"
    employees = env["hr.employee"].create(
        [{"name": f"Technician {n}", "company_id": company.id} for n in range(TECHNICIANS)]
    )
    env["service.remote.user"].create(
        [{"name": employee.name, "employee_id": employee.id} for employee in employees]
    )
    partners = customers(env, 200)
    env["service.equipment"].create(
        [
            {"name": f"PC {n % 2}", "partner_id": partners[n // 2].id, "remote_tool_id": f"9{n}"}
            for n in range(400)
        ]
    )
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


def connections(size):
    """Return (technician, device, start, stop): pairs of connections to one customer."""
    rows = []
    for number in range(size):
        turn, technician = divmod(number, TECHNICIANS)
        day, slot = divmod(turn, 60)
        start = START + timedelta(days=day, minutes=10 * slot)
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
