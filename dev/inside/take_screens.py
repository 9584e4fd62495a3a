"""Take the README's pictures: take_screens.py BROWSER PORT DB OUT."""

import io
import json
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.request import Request, urlopen

from chromium import browser
from PIL import Image

DESK = (1400, 900)
LOW_DESK = (1400, 480)
PHONE = (400, 800)
COLOURS = 256
FORM = ".o_form_view .o_form_sheet"
# The chatter of a form is not shown: its text is in the language of those who wrote it.
STYLE = """
const style = document.createElement("style");
style.textContent = `
    .o-mail-Form-chatter { display: none !important; }
    .o_form_sheet { max-width: none !important; }
`;
document.head.append(style);
"""


class Person:
    """A user of the demo, who is logged in."""

    def __init__(self, address, database, login):
        self._address, self._database = address, database
        answer = self._post("/web/session/authenticate", db=database, login=login, password=login)
        self.cookie = answer.headers["Set-Cookie"].partition("session_id=")[2].partition(";")[0]
        self.uid = json.load(answer)["result"]["uid"]

    def _post(self, path, **parameters):
        body = json.dumps({"jsonrpc": "2.0", "params": parameters}).encode()
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "cookie"):
            headers["Cookie"] = f"session_id={self.cookie}"
        return urlopen(Request(self._address + path, body, headers), timeout=60)

    def colleague(self, login):
        """Return another user, logged in."""
        return Person(self._address, self._database, login)

    def call(self, model, method, *arguments, **options):
        """Call a method as this person and return its value."""
        answer = self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=arguments,
            kwargs=options,
        )
        answer = json.load(answer)
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer.get("result")

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
    accountant.call("service.billing.run", "action_preview", [november])
    return accountant.find("service.contract", ("partner_id.name", "=", "Demo NETSI 1"))


def posted_run(accountant):
    """Bill November and post it: what comes next is the collection."""
    vals = {"cutoff_date": "2026-11-30", "invoice_date": "2026-11-30"}
    november = accountant.call("service.billing.run", "create", vals)
    accountant.call("service.billing.run", "action_start", [november])
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
    with browser(program) as page:
        page.send("Emulation.setTimezoneOverride", timezoneId="Europe/Paris")
        for picture in PICTURES:
            person = Person(address, database, picture.login)
            png = take(page, address, person, picture)
            (Path(out) / f"screen_{picture.name}.png").write_bytes(smaller(png))


def take(page, address, person, picture):
    """Return the picture as PNG."""
    url = f"{address}/odoo/action-{picture.action}"
    if record_id := picture.find(person):
        url += f"/{record_id}"
    page.resize(*picture.size, is_phone=picture.size == PHONE)
    page.set_cookie(address, "session_id", person.cookie)
    page.open(url, picture.ready)
    page.evaluate(STYLE)
    if picture.click:
        page.evaluate(f"document.querySelector({json.dumps(picture.click)}).click()")
    page.settle(picture.shown or picture.ready)
    return page.picture()


def smaller(png):
    """Return a picture with a palette, which takes a third of the room."""
    target = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
