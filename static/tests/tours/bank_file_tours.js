/**
 * What the bank returned, from the file that is dropped to the booked return, by the accountant:
 * tests/returns/test_bank_file_tour.py prepares the debits and the file, and reads the database.
 */
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

const PATIENCE = 30000; // milliseconds for each step, since the machine may be busy
const LINE = ".o_field_widget[name=line_ids] .o_data_row";

/**
 * Return the file that waits as an attachment, as the desktop would give it.
 */
async function fetchFile() {
    const [attachment] = await rpc("/web/dataset/call_kw/ir.attachment/search_read", {
        model: "ir.attachment",
        method: "search_read",
        args: [[["name", "=", "returns.xml"]], ["datas"]],
        kwargs: {},
    });
    const transfer = new DataTransfer();
    transfer.items.add(new File([atob(attachment.datas)], "returns.xml", { type: "text/xml" }));
    return transfer;
}

async function drag(element, kind) {
    const dataTransfer = await fetchFile();
    element.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
}

registry.category("web_tour.tours").add("service_contract_bank_file", {
    steps: () =>
        [
            {
                content: "Bring the file",
                trigger: ".o_list_renderer",
                run: ({ anchor }) => drag(anchor, "dragenter"),
            },
            {
                content: "Drop it",
                trigger: ".o_drop_area",
                run: ({ anchor }) => drag(anchor, "drop"),
            },
            {
                content: "One is not found, the other is booked",
                trigger: ".o_form_view button[name=action_book]",
                run: "click",
            },
            {
                content: "It is",
                trigger: ".o_field_widget[name=booked_count]:contains(1)",
            },
            {
                content: "Open the returns",
                trigger: "button[name=action_open_returns]",
                run: "click",
            },
            {
                content: "Open the one that is not booked",
                trigger: "body:not(:has(.o_form_view)) .o_data_row:eq(0) td[name=name]",
                run: "click",
            },
            {
                content: "Why it waits",
                trigger: `${LINE} td[name=service_problem]:not(:empty)`,
            },
            {
                content: "Choose its invoice",
                trigger: `${LINE} td[name=service_invoice_id]`,
                run: "click",
            },
            {
                content: "Look for it",
                trigger: `${LINE} .o_field_widget[name=service_invoice_id] input`,
                run: "edit INV",
            },
            {
                content: "The only one that the bank debited and has not returned",
                trigger:
                    ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains(INV)",
                run: "click",
            },
            {
                content: "Nothing is in its way any more",
                trigger: `${LINE}:not(:has(td[name=service_problem] :visible:contains(a)))`,
            },
            {
                content: "Book it",
                trigger: "button[name=action_confirm]",
                run: "click",
            },
            {
                content: "It is done",
                trigger: ".o_arrow_button_current[data-value=done]",
            },
        ].map((step) => ({ timeout: PATIENCE, ...step })),
});
