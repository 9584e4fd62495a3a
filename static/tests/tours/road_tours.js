/**
 * The road from the quotation to the bank file, each part by the person whose work it is.
 *
 * The tours are run one after the other by tests/test_tours.py, which prepares the customer and
 * the catalogue and looks at the records afterwards.
 */
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import quotation from "@sale/js/tours/tour_utils";

const CUSTOMER = "Road Customer";
const PRODUCT = "Road Fibre";
const BANK_ACCOUNT = "FR76"; // how the customer's IBAN begins

const PATIENCE = 30000; // milliseconds for each step, since the machine may be busy

function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        url: "/odoo",
        steps: () => steps().map((step) => ({ timeout: PATIENCE, ...step })),
    });
}

function openMenu(section, entry) {
    return [
        ...stepUtils.goToAppSteps(
            "service_contract.service_contract_menu_root",
            "Open the application"
        ),
        {
            content: "Open the section",
            trigger: `button[data-menu-xmlid="service_contract.${section}"]`,
            run: "click",
        },
        {
            content: "Open the entry",
            trigger: `.dropdown-item[data-menu-xmlid="service_contract.${entry}"]`,
            run: "click",
        },
    ];
}

function openContract() {
    return [
        ...openMenu("service_contract_menu_contracts", "service_contract_menu"),
        {
            content: "Open the customer's contract",
            trigger: `.o_list_view .o_data_row .o_data_cell[name=partner_id]:contains("${CUSTOMER}")`,
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=family_id]" },
    ];
}

function clickButton(name, content) {
    return {
        content,
        trigger: `.o_form_view button[name=${name}]:enabled`,
        run: "click",
    };
}

function checkState(label) {
    return {
        content: `The state is ${label}`,
        trigger: `.o_form_view .o_arrow_button_current:contains("${label}")`,
    };
}

function choose(field, text) {
    return [
        {
            content: `Look for ${text}`,
            trigger: `.o_form_view .o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        {
            content: `Choose ${text}`,
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains("${text}")`,
            run: "click",
        },
    ];
}

addTour("service_contract_sales", () => [
    ...stepUtils.goToAppSteps("sale.sale_menu_root", "Open Sales"),
    ...quotation.createNewSalesOrder(),
    ...quotation.selectCustomer(CUSTOMER),
    ...quotation.addProduct(PRODUCT),
    {
        content: "The line is recurring, at the price of a month",
        trigger: ".o_data_row .o_data_cell[name=service_price_period]:contains(Month)",
    },
    {
        content: "The quotation says what the customer pays each month",
        trigger: ".o_field_widget[name=service_monthly_total]:contains(39.00)",
    },
    {
        content: "The first day of the contract can be chosen",
        trigger: ".o_field_widget[name=service_start_date]",
    },
    clickButton("action_confirm", "Confirm the quotation"),
    checkState("Sales Order"),
    clickButton("action_open_service_contracts", "Open the contract"),
    checkState("Draft"),
    {
        content: "The contract says what is missing",
        trigger:
            '.alert-warning .o_field_widget[name=activation_issues]:contains("requires a valid SEPA mandate")',
    },
]);

addTour("service_contract_accountant_mandate", () => [
    ...openContract(),
    clickButton("action_open_mandates", "Create what is missing"),
    ...choose("partner_bank_id", BANK_ACCOUNT),
    {
        content: "The customer signed today",
        trigger: ".o_form_view .o_field_widget[name=signature_date] input",
        run: "edit today && press Tab",
    },
    clickButton("validate", "Validate the mandate"),
    checkState("Valid"),
    {
        content: "Back to the contract",
        trigger: ".o_breadcrumb .o_back_button",
        run: "click",
    },
    {
        content: "The contract has taken the mandate and lacks nothing",
        trigger: ".o_form_view:not(:has(.alert-warning)) .o_field_widget[name=family_id]",
    },
    checkState("Active"),
]);

addTour("service_contract_manager", () => [
    ...openContract(),
    checkState("Active"),
    {
        content: "The first commitment is recorded",
        trigger: ".o_form_view .o_field_widget[name=commitment_end]",
    },
]);

addTour("service_contract_technician", () => [
    ...openMenu("service_contract_menu_sessions", "service_session_menu"),
    {
        content: "A new session",
        trigger: ".o-kanban-button-new",
        run: "click",
    },
    ...choose("partner_id", CUSTOMER),
    {
        content: "The contract follows from the customer",
        trigger: ".o_form_view .o_field_widget[name=level_id]:contains(Road Support)",
    },
    clickButton("action_start", "Start the timer"),
    {
        content: "The clock has counted a second",
        trigger: '.o_service_timer_clock:not(:contains("0:00:00"))',
    },
    clickButton("action_stop", "Stop the timer"),
    {
        content: "The timer stands still",
        trigger: ".o_form_view button[name=action_start]:enabled",
    },
    clickButton("action_done", "Close the session"),
    checkState("Done"),
    {
        content: "The price is there, with its reason",
        trigger: '.o_service_price:contains("1 started block of 30 min"):contains("30.00")',
    },
]);

addTour("service_contract_accountant", () => [
    ...openMenu("service_contract_menu_billing", "service_billing_run_menu"),
    {
        content: "A new run, up to today",
        trigger: ".o_list_button_add",
        run: "click",
    },
    clickButton("action_start", "Bill"),
    checkState("Done"),
    {
        content: "One invoice holds the period and the session",
        trigger: ".o_form_view .o_field_widget[name=amount_untaxed]:contains(69.00)",
    },
    clickButton("action_post_invoices", "Post the invoice"),
    clickButton("action_collect", "Collect by direct debit"),
    {
        content: "The debit order keeps its files",
        trigger: ".o_form_view .o_notebook .nav-link[name=service_files]",
        run: "click",
    },
    {
        content: "The debit order has its file",
        trigger: '.o_form_view .o_field_widget[name=service_file_ids]:contains(".xml")',
    },
    {
        content: "It debits the invoice",
        trigger: ".o_form_view .o_field_widget[name=total_company_currency]:contains(82.80)",
    },
]);
