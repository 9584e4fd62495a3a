"""Take the README's pictures: take_screens.py BROWSER PORT DB OUT.

Methods are called through the browser's own login, which a client such as OdooRPC cannot share.
"""

import functools
import io
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

DESK = (1400, 900)
LOW_DESK = (1400, 480)
PHONE = (400, 800)
COLOURS = 256
PATIENCE = 60_000  # milliseconds
PAUSE = 1000
FORM = ".o_form_view .o_form_sheet"
# The chatter of a form is not shown: its text is in the language of those who wrote it.
STYLE = """
.o-mail-Form-chatter { display: none !important; }
.o_form_sheet { max-width: none !important; }
"""
SETTLED = """
(ready) => Boolean(document.querySelector(ready))
    && !document.querySelector(".o_blockUI, .o_ui_blocked, .o_loading_indicator")
    && document.fonts.status === "loaded"
    && [...document.images].every((image) => image.complete)
"""
COMPLAINT = """
[...document.querySelectorAll(".modal, .o_notification")].map((box) => box.innerText).join("; ")
"""


class Person:
    """A user of the demo, who is logged in, in a browser window of their own."""

    def __init__(self, browser, address, database, login, size=DESK):
        self._open = functools.partial(Person, browser, address, database)
        self.window = browser.new_context(
            base_url=address,
            viewport=dict(zip(("width", "height"), size, strict=True)),
            is_mobile=size == PHONE,
            has_touch=size == PHONE,
            timezone_id="Europe/Paris",
        )
        self.window.set_default_timeout(PATIENCE)
        self._post("/web/session/authenticate", db=database, login=login, password=login)

    def _post(self, path, **parameters):
        body = {"jsonrpc": "2.0", "params": parameters}
        answer = self.window.request.post(path, data=body, timeout=PATIENCE).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer.get("result")

    def colleague(self, login):
        """Return another user, logged in."""
        return self._open(login)

    def call(self, model, method, *arguments, **options):
        """Call a method as this person and return its value."""
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=arguments,
            kwargs=options,
        )

    def find(self, model, *domain, order="id"):
        """Return the id of the first record."""
        found = self.call(model, "search", list(domain), limit=1, order=order)
        if not found:
            raise LookupError(f"{model} {domain}: the demo database has none")
        return found[0]


# ----- What the pictures show -----


def quote(sales):
    """Make a quotation of recurring and one-off products."""
    products = [
        sales.find("product.product", ("name", "=", name))
        for name in ("Accès Internet fibre", "Téléphonie IP, poste", "Mise en service fibre")
    ]
    lines = [
        {"product_id": product, "product_uom_qty": quantity}
        for product, quantity in zip(products, (1, 5, 1), strict=True)
    ]
    return sales.call(
        "sale.order",
        "create",
        {
            "partner_id": sales.find("res.partner", ("name", "=", "Demo EIS 2")),
            "service_start_date": "2026-12-01",
            "order_line": [(0, 0, line) for line in lines],
        },
    )


def contract(manager):
    """Find a contract that is paid by direct debit."""
    return manager.find(
        "service.contract",
        ("partner_id.name", "=", "Demo EIS 1"),
        ("family_id.initial_months", "=", 36),
    )


def session(technician):
    """Find the session of 65 minutes on one computer."""
    return technician.find(
        "service.session",
        ("partner_id.name", "=", "Demo 2CLICKS 1"),
        ("connected_seconds", "=", 3900),
    )


def running_session(technician):
    """Make a session whose timer runs since nine minutes."""
    start = datetime.now(timezone.utc) - timedelta(minutes=9, seconds=12)
    return record(
        technician,
        "Demo NETSI 1",
        "The printer of the shop prints no more receipts",
        {"service_start": f"{start:%Y-%m-%d %H:%M:%S}", "service_workstation": "Shop"},
    )


def desk(technician):
    """Let a timer run at the desk, which is no record."""
    running_session(technician)


def last_running(technician):
    """Find the session whose timer runs."""
    return technician.find("service.session", ("state", "=", "running"), order="id desc")


def record(technician, customer, request, connection):
    """Make a session of one connection and return its id."""
    return technician.call(
        "service.session",
        "create",
        {
            "partner_id": technician.find("res.partner", ("name", "=", customer)),
            "request": request,
            "line_ids": [(0, 0, connection)],
        },
    )


def charged_contract(accountant):
    """Find a contract with charges of periods and sessions; those of November are not billed."""
    technician = accountant.colleague("technician")
    start = datetime(2026, 11, 3, 9)
    connection = {
        "service_start": str(start),
        "service_stop": str(start + timedelta(minutes=47)),
        "service_workstation": "PC1",
    }
    session = record(technician, "Demo NETSI 1", "Demonstration session", connection)
    technician.call("service.session", "action_done", [session])
    vals = {"cutoff_date": "2026-11-30", "invoice_date": "2026-11-30"}
    november = accountant.call("service.billing.run", "create", vals)
    bill(accountant, "action_start", november)
    drafts = accountant.call("account.move", "search", [("service_run_id", "=", november)])
    accountant.call("account.move", "unlink", drafts)
    return accountant.find("service.contract", ("partner_id.name", "=", "Demo NETSI 1"))


def bill(accountant, verb, run):
    """Press a button of a run, and go on where it asks."""
    action = accountant.call("service.billing.run", verb, [run]) or {}
    if action.get("res_model") == "service.billing.question":
        accountant.call("service.billing.question", "action_confirm", [action["res_id"]])


def posted_run(accountant):
    """Bill November and post it: what comes next is the collection."""
    vals = {"cutoff_date": "2026-11-30", "invoice_date": "2026-11-30"}
    november = accountant.call("service.billing.run", "create", vals)
    bill(accountant, "action_start", november)
    accountant.call("service.billing.run", "action_post_invoices", [november])
    return november


def debit_order(accountant):
    """Collect the last run and find its debit order."""
    run = accountant.find("service.billing.run", ("state", "=", "done"), order="id desc")
    accountant.call("service.billing.run", "action_collect", [run])
    return accountant.find("account.payment.order", ("service_run_id", "=", run))


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at what."""

    name: str
    login: str
    action: str
    find: object
    ready: str = FORM
    click: str = ""
    shown: str = ""
    size: tuple = DESK


# Some need what an earlier one has made.
PICTURES = (
    Picture("quote", "sales", "sale.action_quotations_with_onboarding", quote),
    Picture("contract", "manager", "service_contract.service_contract_action", contract),
    Picture("session", "technician", "service_contract.service_session_action", session),
    Picture(
        "charges",
        "accountant",
        "service_contract.service_contract_action",
        charged_contract,
        click="button[name=action_open_charges]",
        shown=".o_list_view .o_data_row",
    ),
    Picture(
        "run",
        "accountant",
        "service_contract.service_billing_run_action",
        posted_run,
        size=LOW_DESK,
    ),
    Picture(
        "debit_order",
        "accountant",
        "account_payment_batch_oca.account_payment_order_inbound_action",
        debit_order,
    ),
    Picture(
        "desk",
        "technician",
        "service_contract.service_desk_action",
        desk,
        ready=".o_service_desk_clock",
        size=LOW_DESK,
    ),
    Picture(
        "phone",
        "technician",
        "service_contract.service_session_action",
        last_running,
        size=PHONE,
    ),
)


def main(program, port, database, out):
    address = f"http://127.0.0.1:{port}"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for picture in PICTURES:
            person = Person(browser, address, database, picture.login, picture.size)
            png = take(person, picture)
            (Path(out) / f"screen_{picture.name}.png").write_bytes(smaller(png))


def take(person, picture):
    """Return the picture as PNG."""
    record_id = picture.find(person)
    page = person.window.new_page()
    page.goto(f"/odoo/action-{picture.action}" + (f"/{record_id}" if record_id else ""))
    settle(page, picture.ready)
    page.add_style_tag(content=STYLE)
    if picture.click:
        page.click(picture.click)
    settle(page, picture.shown or picture.ready)
    return page.screenshot()


def settle(page, ready):
    """Wait until an element is there, nothing is loading and nothing moves any more."""
    for pause in (PAUSE, 0):
        page.wait_for_function(SETTLED, arg=ready)
        page.wait_for_timeout(pause)
    if complaint := page.evaluate(COMPLAINT):
        raise RuntimeError(f"{page.url}: {complaint}")


def smaller(png):
    """Return a picture with a palette, which takes a third of the room."""
    target = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
