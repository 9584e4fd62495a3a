"""Measure how long workers take to send the invoices that wait."""

import importlib.util
import os
import resource
import threading
import time
from pathlib import Path

from _common import commit_counted, make_company, make_customers

import odoo
from odoo import Command

SINK = Path(__file__).resolve().parents[2] / "tests" / "sending" / "sink.py"
START, DAY = "2026-01-01", "2026-02-01"


def main(env, size, workers):
    """Return the seconds per invoice until all are sent."""
    spec = importlib.util.spec_from_file_location("sink", SINK)
    sink = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sink)
    with sink.Sink() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env["ir.mail_server"].create(
            {"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": server.port}
        )
        env.cr.commit()
        begin, cpu = time.perf_counter(), get_cpu()
        for pid in [fork(env) for _worker in range(workers)]:
            os.waitpid(pid, 0)
        wall, cpu = time.perf_counter() - begin, get_cpu() - cpu
        server.shutdown()
    env.cr.rollback()
    env.invalidate_all()
    sent = env["account.move"].search_count([("service_sending", "=", "sent")])
    assert (sent, len(server.mails)) == (size, size), f"{sent} sent, {len(server.mails)} mails"
    return {"wall": wall / size, "cpu": cpu / size}


def get_cpu():
    """Return the processor's seconds of the workers, and of the printing that they had done."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fork(env):
    """Start a worker: a process of its own, as the server's are."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        # The connections of this process are not shared with the other one.
        odoo.sql_db._Pool = odoo.sql_db._Pool_readonly = None
        env.registry._db = odoo.sql_db.db_connect(env.cr.dbname)
        with env.registry.cursor() as cr:
            own = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
            own["account.move"]._cron_send_service()
        code = 0
    finally:
        os._exit(code)


def seed(env, size):
    """Make customers with a contract and a billed session, and their invoices, which wait."""
    env = make_company(env)
    env.company.email = "billing@example.com"
    env.company._prepare_service_project()
    customers = make_customers(env, size)
    for index, customer in enumerate(customers):
        customer.email = f"customer{index}@example.com"
    commit_counted(env)
    make_services(env, customers)
    commit_counted(env)
    run = env["service.billing.run"].create(
        {"cutoff_date": DAY, "invoice_date": DAY, "is_auto_post": True}
    )
    run._start()
    run._run_to_end()
    assert len(run.invoice_ids) == size, f"{len(run.invoice_ids)} invoices"
    assert len(run.invoice_ids.invoice_line_ids.service_charge_id.session_id) == size
    run.action_send_invoices()


def make_services(env, customers):
    """Give each customer a monthly contract, and a session of an hour beside it."""
    family = env["service.family"].create({"name": "Bench"})
    level = env["service.level"].create(
        {"name": "Bench", "kind": "per_intervention", "family_id": family.id}
    )
    block, monthly = env["product.product"].create(
        [
            {"name": "Half-hour", "type": "service", "list_price": 30},
            {
                "name": "Monthly",
                "type": "service",
                "list_price": 50,
                "service_is_recurring": True,
                "service_family_id": family.id,
                "service_level_id": level.id,
            },
        ]
    )
    env["service.tariff"].create(
        {
            "level_id": level.id,
            "date_from": START,
            "block_minutes": 30,
            "first_block_product_id": block.id,
            "next_block_product_id": block.id,
        }
    )
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": customer.id,
                "family_id": family.id,
                "level_id": level.id,
                "date_start": START,
                "line_ids": [Command.create({"product_id": monthly.id})],
            }
            for customer in customers
        ]
    )
    contracts._set_active()
    make_sessions(env, customers)


def make_sessions(env, customers):
    employee = env["hr.employee"].create({"name": "Technician", "company_id": env.company.id})
    sessions = env["service.session"].create(
        [
            {
                "partner_id": customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "service_start": "2026-01-15 09:00:00",
                            "service_stop": "2026-01-15 10:00:00",
                            "employee_id": employee.id,
                        }
                    )
                ],
            }
            for customer in customers
        ]
    )
    sessions.action_done()
