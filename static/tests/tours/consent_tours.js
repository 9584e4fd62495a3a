/**
 * A technician asks for a customer's order at the desk, and starts once it is given.
 *
 * tests/consent/test_consent_tour.py prepares the customer and looks at the records afterwards.
 */
import { registry } from "@web/core/registry";

const PATIENCE = 60000; // milliseconds for each step, since the machine may be busy
const SEARCH = ".o_service_desk_search input";

/** Send a form of a page as a browser does, and return the page that comes back. */
async function submit(page, values, action) {
    const form = page.querySelector("form");
    const data = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(values)) {
        data.set(name, value);
    }
    const response = await fetch(action || form.getAttribute("action"), {
        method: "POST",
        body: data,
    });
    return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** Do what the customer does meanwhile: type the code, tick all, and order. */
async function order(code) {
    const answer = await fetch("/service/consent");
    const first = new DOMParser().parseFromString(await answer.text(), "text/html");
    const declare = await submit(first, { code });
    const ticks = [...declare.querySelectorAll("input[type=checkbox]")].map(({ name }) => [
        name,
        "1",
    ]);
    const summary = await submit(declare, {
        ...Object.fromEntries(ticks),
        reservations: "Not the mailbox",
    });
    await submit(summary, {});
}

registry.category("web_tour.tours").add("service_contract_consent", {
    url: "/odoo/service-desk",
    steps: () =>
        [
            { content: "Type who calls", trigger: SEARCH, run: "edit Desk Customer" },
            {
                content: "Choose the customer",
                trigger: '.o_service_desk_hit[aria-selected=true]:contains("Desk Customer")',
                run: "click",
            },
            {
                content: "The customer's order comes before the timer",
                trigger: ".o_service_desk_go:has(.fa-key)",
                run: "click",
            },
            {
                content: "Read the code out; the customer orders",
                trigger: ".o_service_desk_consent .o_service_desk_code",
                run: ({ anchor }) => order(anchor.textContent),
            },
            {
                content: "It is shown without a click, with the reservations",
                trigger:
                    ".o_service_desk_consent:has(.o_service_desk_given) " +
                    '.o_service_desk_reservations:contains("Not the mailbox")',
            },
            {
                content: "Start at take-over",
                trigger: ".o_service_desk_begin",
                run: "click",
            },
            {
                content: "The timer runs",
                trigger:
                    ".o_service_desk:not(:has(.o_service_desk_consent)) " +
                    '.o_service_desk_timer:contains("Desk Customer")',
            },
        ].map((step) => ({ timeout: PATIENCE, ...step })),
});
