/**
 * Billing days, discounts that end, what is billed once and goodwill: each by the person whose work
 * it is, in French, hence by names and never by words.
 *
 * tests/contract/test_billing_widgets.py prepares the contracts and reads the database afterwards.
 */
import { registry } from "@web/core/registry";

const PATIENCE = 30000; // milliseconds for each step, since the machine may be busy
const FORM = ".o_form_view";
const DIALOG = ".modal .o_form_view";
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

function type(field, text, place = FORM) {
    return change(
        `Type ${text}`,
        `${place} .o_field_widget[name=${field}] input`,
        `edit ${text} && press Tab`
    );
}

function select(field, index, place = FORM) {
    return [
        change(`Open ${field}`, `${place} .o_field_widget[name=${field}] input`),
        change("Choose", `.o_field_selection_menu .o_select_menu_item:eq(${index})`),
    ];
}

function choose(field, text, place = FORM) {
    return [
        change(`Look for ${text}`, `${place} .o_field_widget[name=${field}] input`, `edit ${text}`),
        change(
            "Choose it",
            `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains("${text}")`
        ),
        look("It is chosen", `${place} .o_field_widget[name=${field}] input:value("${text}")`),
    ];
}

function confirmDialog() {
    return [
        change("Confirm", `${DIALOG.split(" ")[0]} button[name=action_confirm]:enabled`),
        look("The dialogue is closed", "body:not(:has(.modal))"),
    ];
}

addTour("service_contract_billing_day_draft", () => [
    change("Billing", `${FORM} .o_notebook .nav-link[name=billing]`),
    ...select("billing_start", 1),
    look("It is said in words", `${FORM} .o_field_widget[name=billing_words]:contains(20)`),
    change("Products", `${FORM} .o_notebook .nav-link[name=lines]`),
    change("The line", `${FORM} .o_data_row .o_data_cell[name=discount]`),
    type("discount", "25", `${FORM} .o_data_row`),
    type("discount_until", "31/12/2027", `${FORM} .o_data_row`),
    change("Save", `${FORM} .o_form_button_save`),
    look("It is saved", SAVED),
]);

addTour("service_contract_billing_day_amended", () => [
    change("Amend", `${FORM} button[name=action_amend]`),
    change("Another billing day", `${FORM} .o_field_widget[name=is_new_billing] input`),
    ...select("billing_start", 1),
    look("From which day on", `${FORM} .o_field_widget[name=billing_since]:contains(/)`),
    change("The row", `${FORM} .o_data_row .o_data_cell[name=discount]`),
    type("discount", "10", `${FORM} .o_data_row`),
    type("discount_until", "31/12/2027", `${FORM} .o_data_row`),
    change("Put it in force", `${FORM} button[name=action_confirm]:enabled`),
    look("Before and after", `${FORM} .o_field_widget[name=comparison] table`),
]);

addTour("service_contract_billed_once", () => [
    change("Bill once", `${FORM} button[name=action_bill_once]`),
    ...choose("product_id", "Access fee", DIALOG),
    look("Its price is there", `${DIALOG} .o_field_widget[name=price_unit] input:value(15)`),
    type("quantity", "2", DIALOG),
    type("reason", "Asked for", DIALOG),
    ...confirmDialog(),
    change("Goodwill", `${FORM} button[name=action_give_goodwill]`),
    type("amount", "5", DIALOG),
    ...choose("reason_id", "Geste", DIALOG),
    type("note", "By telephone", DIALOG),
    ...confirmDialog(),
]);
