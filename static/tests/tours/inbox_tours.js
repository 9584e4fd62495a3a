/**
 * What needs a person, mended for all of a cause: tests/billing/test_inbox_tour.py prepares the
 * matters and reads from the database what became of them.
 */
import { registry } from "@web/core/registry";

const PATIENCE = 30000; // milliseconds for each step, since the machine may be busy
const HEADING = ".o_group_header:contains((5))";

registry.category("web_tour.tours").add("service_contract_inbox", {
    steps: () =>
        [
            {
                content: "Five of one cause, mended by one button",
                trigger: `${HEADING} button[name=action_mend]`,
                run: "click",
            },
            {
                content: "The product, and the tax that services have",
                trigger: ".modal .o_data_row .o_data_cell[name=tax_id]:not(:empty)",
            },
            {
                content: "Give it",
                trigger: ".modal footer button[name=action_confirm]",
                run: "click",
            },
            {
                content: "They are mended",
                trigger: `body:not(:has(.modal)):not(:has(${HEADING}))`,
            },
            {
                content: "Bill them",
                trigger: ".o_control_panel button[name=action_bill_mended]",
                run: "click",
            },
            {
                content: "They are billed",
                trigger: ".o_notification",
            },
        ].map((step) => ({ timeout: PATIENCE, ...step })),
});
