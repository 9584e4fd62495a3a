/**
 * A call at the technicians' desk, by keyboard alone: from the search to the closed session.
 *
 * tests/test_desk_tour.py prepares the customers and looks at the records afterwards.
 */
import { browser } from "@web/core/browser/browser";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { delay } from "@web/core/utils/concurrency";

const PATIENCE = 30000; // milliseconds for each step, since the machine may be busy
const SEARCH = ".o_service_desk_search input";

function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        url: "/odoo/service-desk",
        steps: () => steps().map((step) => ({ timeout: PATIENCE, ...step })),
    });
}

function look(text, found) {
    return [
        { content: `Type ${text}`, trigger: SEARCH, run: `edit ${text}` },
        {
            content: `${found} is found`,
            trigger: `.o_service_desk_hit[aria-selected=true]:contains("${found}")`,
        },
    ];
}

/** Press a key where the focus is, as a person does who uses no mouse. */
function press(key, trigger, content) {
    return { content, trigger: `${trigger}:focus`, run: `press ${key}` };
}

function unfold() {
    return [
        {
            content: "Unfold what is to finish",
            trigger: ".o_service_desk_unfinished:not([open]) summary",
            run: "click",
        },
    ];
}

addTour("service_contract_desk", () => [
    {
        content: "The empty desk says what to type",
        trigger: '.o_service_desk_empty:contains("Who is calling?")',
    },
    { content: "The search box has the focus", trigger: `${SEARCH}:focus` },
    ...look("0692 12 34 56", "Desk Caller"),
    press("Enter", SEARCH, "First Enter: the caller is chosen"),
    {
        content: "The card shows the level and warns of the caller",
        trigger:
            '.o_service_desk_customer:has(.o_service_desk_contract:contains("Unlimited")) ' +
            '.o_service_desk_caller_warning:contains("Desk Référent")',
    },
    press("Enter", ".o_service_desk_go", "Second Enter: the timer starts"),
    {
        content: "The clock has counted a second, the price is said",
        trigger:
            '.o_service_desk_timer:contains("Desk Customer"):contains("Included") ' +
            '.o_service_desk_clock:not(:contains("0:00:00"))',
    },
    {
        content: "The search is ready for the next call",
        trigger: `${SEARCH}:focus`,
    },
    ...look("1 234 567", "DESK-PC"),
    press("Enter", SEARCH, "The workstation is chosen"),
    {
        content: "Nothing is guessed among several contracts",
        trigger: ".o_service_desk_customer input[name=contract]:focus:not(:checked)",
    },
    press("Enter", ".o_service_desk_customer input[name=contract]", "Start all the same"),
    {
        content: "A contract is asked for",
        trigger: '.o_service_desk_customer .alert-danger:contains("choose one")',
    },
    {
        content: "Choose the second one",
        trigger: ".o_service_desk_contract:eq(1) input",
        run: "click",
    },
    {
        content: "Start",
        trigger: ".o_service_desk_go",
        run: "click",
    },
    {
        content: "Two timers run",
        trigger:
            ".o_service_desk_timers:has(.o_service_desk_timer:contains(DESK-PC)) .o_service_desk_timer:contains(Desk Customer)",
    },
    {
        content: "Stop the first",
        trigger: '.o_service_desk_timer:contains("Desk Customer") .o_service_desk_stop',
        run: "click",
    },
    {
        content: "Say what was done",
        trigger: ".o_service_desk_unfinished[open] textarea:focus",
        run: "edit Paper put in",
    },
    {
        content: "Leave the desk in the middle of it",
        trigger: ".o_service_desk_unfinished[open] button:contains(Details)",
        run: "click",
    },
    {
        content: "What was typed stands on the session",
        trigger: '.o_form_view .o_field_widget[name=report]:contains("Paper put in")',
    },
    {
        content: "Come back",
        trigger: ".o_form_view .breadcrumb-item a, .o_form_view .o_back_button a",
        run: "click",
    },
    ...unfold(),
    {
        content: "It is still there; go on",
        trigger: ".o_service_desk_unfinished[open] textarea:value(Paper put in)",
        run: "edit Paper put in, tested",
    },
    {
        content: "Load the page anew, before anything else",
        trigger: ".o_service_desk_unfinished[open] textarea:value(Paper put in, tested)",
        run: () => browser.location.reload(),
        expectUnloadPage: true,
    },
    ...unfold(),
    {
        content: "All of it is kept",
        trigger: ".o_service_desk_unfinished[open] textarea:value(Paper put in, tested)",
    },
    {
        content: "Close it",
        trigger: ".o_service_desk_unfinished[open] .o_service_desk_close",
        run: "click",
    },
    {
        content: "It is told what it costs",
        trigger: '.o_notification:contains("is closed"):contains("Included")',
    },
    {
        content: "The other one still runs",
        trigger:
            '.o_service_desk:not(:has(.o_service_desk_unfinished)) .o_service_desk_timer:contains("DESK-PC")',
    },
]);

addTour("service_contract_desk_refused", () => [
    {
        content: "What is missing is said at once",
        trigger: '.alert-warning:contains("has no employee")',
    },
    ...look("desk", "Desk Customer"),
    press("ArrowDown", SEARCH, "Go to the next one"),
    {
        content: "It is selected",
        trigger: '.o_service_desk_hit[aria-selected=true]:contains("Desk Other")',
    },
    press("ArrowUp", SEARCH, "Go back"),
    {
        content: "The first one is selected again",
        trigger: '.o_service_desk_hit[aria-selected=true]:contains("Desk Customer")',
    },
    press("Enter", SEARCH, "Choose the customer"),
    press("Enter", ".o_service_desk_go", "Start"),
    {
        content: "The refusal is said on the page, not in a dialog",
        trigger:
            '.o_service_desk:not(:has(.modal)) .o_service_desk_error:contains("has no employee")',
    },
]);

const OPEN_REPORT = ".o_service_desk_unfinished[open] textarea";

addTour("service_contract_desk_kept", () => [
    ...unfold(),
    {
        content: "Type what the server refuses",
        trigger: OPEN_REPORT,
        run: "edit Paper?",
    },
    {
        content: "It is said not to be saved",
        trigger: '.o_service_desk_error:contains("is not saved: Try again.")',
    },
    {
        content: "Close it all the same",
        trigger: ".o_service_desk_close",
        run: "click",
    },
    {
        content: "A session is not closed without its report",
        trigger:
            '.o_service_desk_error:contains("Try again."):not(:contains("is not saved")), ' +
            ".o_notification",
    },
    {
        content: "Leave the desk",
        trigger: ".o_service_desk_unfinished[open] button:contains(Details)",
        run: "click",
    },
    {
        content: "One stays, and is told why",
        trigger: '.o_service_desk_error:contains("is not saved: Try again.")',
    },
    {
        content: "The text stands there still; mend it",
        trigger: `${OPEN_REPORT}:value(Paper?)`,
        run: "edit Paper put in",
    },
    {
        content: "Close it",
        trigger: ".o_service_desk_close",
        run: "click",
    },
    {
        content: "It is closed",
        trigger: '.o_notification:contains("is closed")',
    },
]);

/** Wait until the report of a session is saved, and write another one as its form does. */
async function overwriteReport(id, saved, written) {
    const call = (method, ...args) =>
        rpc(`/web/dataset/call_kw/service.session/${method}`, {
            model: "service.session",
            method,
            args: [[id], ...args],
            kwargs: {},
        });
    for (;;) {
        const [{ report }] = await call("read", ["report"]);
        if (report && report.includes(saved)) {
            break;
        }
        await delay(200);
    }
    await call("write", { report: written });
}

addTour("service_contract_desk_newer", () => [
    ...unfold(),
    {
        content: "Type at the desk",
        trigger: OPEN_REPORT,
        run: "edit At the desk",
    },
    {
        content: "Write something else on the form",
        trigger: `${OPEN_REPORT}:value(At the desk)`,
        run: ({ anchor }) =>
            overwriteReport(
                Number(anchor.closest("[data-session]").dataset.session),
                "At the desk",
                "<p>On the form</p>"
            ),
    },
    {
        content: "Stop another timer",
        trigger: ".o_service_desk_stop",
        run: "click",
    },
    {
        content: "What was written last is shown; go on",
        trigger: `${OPEN_REPORT}:value(On the form)`,
        run: "edit On the form, then here",
    },
    {
        content: "Close it",
        trigger: '.o_service_desk_unfinished:contains("Desk Customer") .o_service_desk_close',
        run: "click",
    },
    {
        content: "It is closed",
        trigger: '.o_notification:contains("is closed")',
    },
]);

addTour("service_contract_desk_typing", () => [
    ...look("desk other", "Desk Other"),
    press("Enter", SEARCH, "The customer is chosen"),
    press("Space", "input[name=contract]", "A space chooses no contract"),
    press("d", SEARCH, "It went to the search, where a name begins"),
    ...look("desk customer", "Desk Customer"),
    press("Enter", SEARCH, "Another customer"),
    press("Space", ".o_service_desk_go", "A space does not start"),
    {
        content: "Nothing runs",
        trigger: `.o_service_desk:not(:has(.o_service_desk_timer)) ${SEARCH}:focus`,
    },
    {
        content: "Go back to the button",
        trigger: ".o_service_desk_go",
        run: ({ anchor }) => anchor.focus(),
    },
    press("d", ".o_service_desk_go", "Type a letter of the next name"),
    { content: "The search has it", trigger: `${SEARCH}:focus:value(d)` },
    press("e", SEARCH, "Type on"),
    {
        content: "The next customer is found",
        trigger: '.o_service_desk_hit:contains("Desk Other")',
    },
    press("Escape", SEARCH, "Not that one"),
    {
        content: "Go back to the button",
        trigger: ".o_service_desk_go",
        run: ({ anchor }) => anchor.focus(),
    },
    press("Enter", ".o_service_desk_go", "Start, by mistake"),
    {
        content: "Take it back",
        trigger: '.o_service_desk_timer:contains("Desk Customer") .o_service_desk_discard',
        run: "click",
    },
    {
        content: "Nothing is left of it",
        trigger:
            ".o_service_desk:not(:has(.o_service_desk_timer)):not(:has(.o_service_desk_unfinished))",
    },
    ...look("desk other", "Desk Other"),
    press("Enter", SEARCH, "The customer of several contracts"),
    press("ArrowDown", "input[name=contract]", "The arrow chooses the first one"),
    press("Enter", "input[name=contract]:checked", "Start"),
    {
        content: "Stop",
        trigger: '.o_service_desk_timer:contains("Desk Other") .o_service_desk_stop',
        run: "click",
    },
    {
        content: "Cancel it",
        trigger: ".o_service_desk_unfinished[open] .o_service_desk_cancel",
        run: "click",
    },
    {
        content: "Think better of it",
        trigger: '.modal .btn:contains("Keep It")',
        run: "click",
    },
    {
        content: "Cancel it all the same",
        trigger: "body:not(:has(.modal)) .o_service_desk_unfinished[open] .o_service_desk_cancel",
        run: "click",
    },
    {
        content: "Yes",
        trigger: ".modal .modal-footer .btn-primary",
        run: "click",
    },
    {
        content: "It is told",
        trigger: '.o_notification:contains("is cancelled")',
    },
]);

/** What is asked of sessions never reaches the server, as where there is no network. */
class LostRequest extends browser.XMLHttpRequest {
    open(method, url, ...options) {
        this.isLost = /service\.(desk|session)/.test(url);
        super.open(method, url, ...options);
    }
    send(body) {
        if (this.isLost) {
            setTimeout(() => this.dispatchEvent(new Event("error")));
        } else {
            super.send(body);
        }
    }
}

const { XMLHttpRequest } = browser;

function cut(trigger) {
    return {
        content: "The connection is lost",
        trigger,
        run: () => (browser.XMLHttpRequest = LostRequest),
    };
}

function mend(trigger) {
    return {
        content: "After a while it is back",
        trigger,
        run: async () => {
            await delay(3000);
            browser.XMLHttpRequest = XMLHttpRequest;
            window.dispatchEvent(new Event("online"));
        },
    };
}

addTour("service_contract_desk_offline", () => [
    ...unfold(),
    cut(OPEN_REPORT),
    {
        content: "Stop",
        trigger: ".o_service_desk_stop",
        run: "click",
    },
    {
        content: "It is said that the click counts",
        trigger: '.o_notification:contains("counts as stopped at")',
    },
    {
        content: "And it stands on the timer, which cannot be stopped twice",
        trigger:
            ".o_service_desk_timer:has(.o_service_desk_waiting):not(:has(.o_service_desk_stop))",
    },
    {
        content: "Type a report",
        trigger: OPEN_REPORT,
        run: "edit Typed on the train",
    },
    {
        content: "It is said that it is kept",
        trigger: ".o_service_desk_unsent",
    },
    mend(".o_service_desk_unsent"),
    {
        content: "The stop was sent, and the report",
        trigger:
            ".o_service_desk:not(:has(.o_service_desk_timer)):not(:has(.o_service_desk_unsent))" +
            ':has(.o_service_desk_unfinished:contains("Desk Other"))',
    },
    { content: "It is told", trigger: '.o_notification:contains("the stop was sent")' },
]);

registry.category("web_tour.tours").add("service_contract_form_offline", {
    steps: () =>
        [
            cut(".o_form_view button[name=action_stop]"),
            {
                content: "Stop on the form",
                trigger: ".o_form_view button[name=action_stop]",
                run: "click",
            },
            {
                content: "It is said that the click counts",
                trigger: '.o_notification:contains("counts as stopped at")',
            },
            mend(".o_form_view button[name=action_stop]"),
            {
                content: "The timer is stopped",
                trigger: ".o_form_view button[name=action_start]",
            },
        ].map((step) => ({ timeout: PATIENCE, ...step })),
});
