import { Component, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { formatServiceDuration } from "../session/service_duration_field";

/** My running timers, what I have to finish, and the timers of colleagues. */
export class ServiceDeskTimers extends Component {
    static template = "service_contract.DeskTimers";
    static props = {
        timers: Object,
        workTypes: Array,
        isBusy: Boolean,
        stoppedId: { type: Number, optional: true },
        onStop: Function,
        onResume: Function,
        onClose: Function,
        onOpen: Function,
    };

    setup() {
        this.root = useRef("root");
        this.clock = useState({ now: this.now() });
        this.drafts = useState({});
        const ticking = setInterval(() => (this.clock.now = this.now()), 1000);
        onWillUnmount(() => clearInterval(ticking));
        useEffect(
            (id) => this.root.el.querySelector(`[data-session="${id}"] textarea`)?.focus(),
            () => [this.props.stoppedId]
        );
    }

    now() {
        return Date.now() / 1000;
    }

    /** The time of a timer, by the server's clock whatever the browser's one says. */
    duration(timer) {
        const ahead = this.props.timers.received - this.props.timers.now;
        return formatServiceDuration(timer.seconds + this.clock.now - ahead - timer.since);
    }

    formatDuration(seconds) {
        return formatServiceDuration(seconds);
    }

    draft(session) {
        this.drafts[session.id] ||= { report: "", work_type_id: session.work_type_id || 0 };
        return this.drafts[session.id];
    }
}
