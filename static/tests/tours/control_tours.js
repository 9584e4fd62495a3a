/**
 * Every control of every widget that is ours, changed once: what a template calls by a wrong name
 * breaks only when somebody touches it.
 *
 * tests/desk/test_desk_widgets.py prepares the records and reads from the database what became of them.
 */
import { registry } from "@web/core/registry";

const PATIENCE = 30000; // milliseconds for each step, since the machine may be busy
const SEARCH = ".o_service_desk_search input";
const CARD = ".o_service_desk_customer";
const OPEN = ".o_service_desk_unfinished[open]";
const SAVED = ".o_form_view .o_form_status_indicator_buttons.invisible:not(:visible)";

function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        steps: () => steps().map((step) => ({ timeout: PATIENCE, ...step })),
    });
}

function change(content, trigger, run = "click") {
    return { content, trigger, run };
}

function look(content, trigger) {
    return { content, trigger };
}

function choose(name) {
    return [
        change(`Type ${name}`, SEARCH, `edit ${name}`),
        change("Choose with the mouse", `.o_service_desk_hit:contains("${name}")`),
    ];
}

addTour("service_contract_controls_desk", () => [
    ...choose("Desk Other"),
    change("Another customer", `${CARD} button[title="Another customer"]`),
    look("The desk is empty", ".o_service_desk_empty"),
    ...choose("Desk Customer"),
    change("A waiting request: look", `${CARD} li:contains("Waiting") button:contains("Details")`),
    change("Come back", ".o_form_view .breadcrumb-item a, .o_form_view .o_back_button a"),
    change("The caller", "#o_service_desk_caller", "selectByLabel Desk Caller"),
    change("Outside of any contract", `${CARD} .o_service_desk_contract:eq(1) input`),
    change("Within it", `${CARD} .o_service_desk_contract:eq(0) input`),
    change("Another workstation", "#o_service_desk_workstation", "edit DESK-2"),
    change("The recorded one", `${CARD} button:contains("DESK-PC")`),
    look("It is taken", "#o_service_desk_workstation:value(DESK-PC)"),
    change("The work type", "#o_service_desk_type", "selectByLabel Remote help"),
    change("The request", "#o_service_desk_request", "edit Printer"),
    change("By telephone", `${CARD} label[for=o_service_desk_phone]`),
    change("Start", ".o_service_desk_go"),
    change("Why this price", ".o_service_desk_timer .o_service_desk_price summary"),
    look("A second is over", ".o_service_desk_clock:not(:contains(0:00:00))"),
    change("Stop", ".o_service_desk_timer .o_service_desk_stop"),
    change("Why this price, stopped", `${OPEN} .o_service_desk_price summary`),
    change("What was done", `${OPEN} textarea`, "edit Paper put in"),
    change("Another work type", `${OPEN} select`, "selectByLabel On-site work"),
    change("Go on", `${OPEN} button:contains("Resume")`),
    change("Details", '.o_service_desk_timer button:contains("Details")'),
    look("The form", '.o_form_view .o_field_widget[name=report]:contains("Paper put in")'),
    change("Back", ".o_form_view .breadcrumb-item a, .o_form_view .o_back_button a"),
    change("Stop again", ".o_service_desk_timer .o_service_desk_stop"),
    look("Nothing typed is lost", `${OPEN} textarea:value(Paper put in)`),
    change("Close", `${OPEN} .o_service_desk_close`),
    look("It is closed", '.o_notification:contains("is closed")'),
    ...choose("Desk Customer"),
    change("The last session", `${CARD} .o_service_desk_session:contains("Printer")`),
    change("Back", ".o_form_view .breadcrumb-item a, .o_form_view .o_back_button a"),
    change("Start the waiting request", `${CARD} li:contains("Waiting") button:contains("Start")`),
    look("It runs", '.o_service_desk_timer:contains("Waiting")'),
]);

addTour("service_contract_controls_duration", () => [
    change("Type minutes", ".o_field_widget[name=research_seconds] input", "edit 25"),
    change("Save", ".o_form_button_save"),
    look("Minutes are meant", ".o_field_widget[name=research_seconds] input:value(0:25:00)"),
    look("Saved", SAVED),
    change("Type seconds as well", ".o_field_widget[name=research_seconds] input", "edit 1:02:03"),
    change("Save", ".o_form_button_save"),
    look("Saved", SAVED),
]);

addTour("service_contract_controls_scope", () => [
    change("Open the grid", ".o_form_view button[name=action_open_scope]"),
    change(
        "Bill it",
        ".modal .o_service_scope_cell[aria-label*='Remote help'][aria-label*='Controls']",
        "select billed"
    ),
    change("Save", ".modal button[name=action_save]"),
    look("The grid is closed", "body:not(:has(.modal)) .o_form_view"),
]);
