import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { useInterval } from "../session/interval_hook";
import { formatServiceDuration } from "../session/service_duration_field";

/** Let the clocks of a component go on: each second, it shows the time of its timers anew. */
function useClock() {
    const now = () => Date.now() / 1000;
    const clock = useState({ now: now() });
    useInterval(() => (clock.now = now()), 1000);
    return clock;
}

/** The time of a timer, by the server's clock whatever the browser's one says. */
function formatTimer(timers, timer, now) {
    const ahead = timers.received - timers.now;
    return formatServiceDuration(timer.seconds + now - ahead - timer.since);
}

/** My running timers. */
export class ServiceDeskTimers extends Component {
    static template = "service_contract.DeskTimers";
    static props = {
        timers: Object,
        isBusy: Boolean,
        onStop: Function,
        onOpen: Function,
    };

    setup() {
        this.clock = useClock();
    }

    duration(timer) {
        return formatTimer(this.props.timers, timer, this.clock.now);
    }
}

/** What I have to finish, and the timers of colleagues. */
export class ServiceDeskUnfinished extends Component {
    static template = "service_contract.DeskUnfinished";
    static props = {
        timers: Object,
        isBusy: Boolean,
        stoppedId: Number,
        drafts: Object, // what was typed here, by session
        onNote: Function,
        onResume: Function,
        onClose: Function,
        onOpen: Function,
    };

    setup() {
        this.root = useRef("root");
        this.clock = useClock();
        useEffect(
            (report) => report?.focus(),
            () => [this.stoppedReport]
        );
    }

    /** The report of the session that was stopped last, once it stands on the page; else null. */
    get stoppedReport() {
        const { stoppedId } = this.props;
        return this.root.el.querySelector(`[data-session="${stoppedId}"] textarea`);
    }

    noteWorkType(session, value) {
        this.props.onNote(session.id, { work_type_id: Number(value) });
    }

    duration(timer) {
        return formatTimer(this.props.timers, timer, this.clock.now);
    }

    formatDuration(seconds) {
        return formatServiceDuration(seconds);
    }

    /** A session as it stands on the page: what was typed goes before what the server knew. */
    drafted(session) {
        return { ...session, ...this.props.drafts[session.id] };
    }
}
