import { Component, useState } from "@odoo/owl";

/** My sessions that wait for their customer's order, or have it and are not begun. */
export class ServiceDeskConsents extends Component {
    static template = "service_contract.DeskConsents";
    static props = {
        consents: Array,
        codes: Object, // what this page was given to read out, by session: kept nowhere else
        isBusy: Boolean,
        onStart: Function,
        onRenew: Function,
        onPhone: Function,
        onOpen: Function,
    };

    setup() {
        this.state = useState({ reasons: {} });
    }

    /** The code of a session while it opens something. */
    codeOf(row) {
        return row.standing === "waiting" ? this.props.codes[row.id] : undefined;
    }

    note(row) {
        this.props.onPhone(row.id, this.state.reasons[row.id] || "");
    }
}
