/**
 * A debit from the run to the money, and back: looked at, made in spite of a doubt, given to the
 * bank, credited, returned by hand and debited again. The accountant works in French, hence by names
 * and never by words.
 *
 * tests/proof/test_debit_tour.py prepares the run and reads the database after each part.
 */
import { registry } from "@web/core/registry";

const PATIENCE = 30000; // milliseconds for each step, since the machine may be busy
const FORM = ".o_form_view";
const DIALOG = ".modal .o_form_view";
const LINE = ".o_field_widget[name=line_ids] .o_data_row";

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

addTour("service_contract_debit_checked", () => [
    change("What speaks against them", `${FORM} button[name=action_check_debits]`),
    change("A doubt", `${DIALOG} ${LINE} button[name=action_debit_anyway]`),
    change("Why", `${DIALOG} .o_field_widget[name=reason] input`, "edit He has agreed"),
    change("All the same", ".modal:has([name=reason]) button[name=action_confirm]:enabled"),
    look("Nothing speaks against them", `${DIALOG} .text-success`),
    change("Collect them", ".modal button[name=action_collect]"),
    look("The order is there", `${FORM} .o_arrow_button_current[data-value=generated]`),
    change("The bank has it", `${FORM} button[name=generated2uploaded]`),
    look("It is booked", `${FORM} .o_arrow_button_current[data-value=uploaded]`),
]);

addTour("service_contract_debit_credited", () => [
    change("Credited", ".o_data_row button[name=action_credit]"),
    look("What is expected", `${DIALOG} .o_field_widget[name=expected]:contains(4)`),
    change("On its day", ".modal button[name=action_confirm]:enabled"),
    look("The dialogue is closed", "body:not(:has(.modal))"),
]);

addTour("service_contract_debit_came_back", () => [
    change("It came back", `${FORM} button[name=action_return_by_hand]`),
    look("Its debit is found", `${LINE} td[name=amount]:contains(4)`),
    change("The reason", `${LINE} td[name=reason_id]`),
    change("Look for it", `${LINE} .o_field_widget[name=reason_id] input`, "edit MS02"),
    change(
        "Choose it",
        '.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains("MS02")'
    ),
    change("Book it", "button[name=action_confirm]"),
    look("It is done", ".o_arrow_button_current[data-value=done]"),
]);

addTour("service_contract_debit_decided", () => [
    change("Debit it again", `${FORM} .alert-warning button[name=action_debit_again]`),
    change("It is meant", ".modal-footer .btn-primary"),
    look("It is decided", `${FORM} .alert-info button[name=action_no_debit]`),
]);

addTour("service_contract_debit_again", () => [
    change("Collect", `${FORM} button[name=action_collect]`),
    look("Another order", "body:not(:has(.o_form_view)) .o_data_row:eq(1)"),
]);
