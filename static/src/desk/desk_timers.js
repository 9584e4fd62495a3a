import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useInterval } from "../session/interval_hook";
import { formatClick } from "../session/offline_service";
import { formatServiceDuration } from "../session/service_duration_field";

const MISTAKE_SECONDS = 60; // in which a timer can be taken back, as the server has it

/** Let the clocks of a component go on: each second, it shows the time of its timers anew. */
function useClock() {
    const now = () => Date.now() / 1000;
    const clock = useState({ now: now() });
    useInterval(() => (clock.now = now()), 1000);
    return clock;
}

/** For how long a timer runs, by the server's clock whatever the browser's one says. */
function getRunningSeconds(timers, timer, now) {
    const ahead = timers.received - timers.now;
    return now - ahead - timer.since;
}

function formatTimer(timers, timer, now) {
    return formatServiceDuration(timer.seconds + getRunningSeconds(timers, timer, now));
}

/** My running timers. */
export class ServiceDeskTimers extends Component {
    static template = "service_contract.DeskTimers";
    static props = {
        timers: Object,
        isBusy: Boolean,
        stops: Object, // when each session was stopped without a connection
        onStop: Function,
        onDiscard: Function,
        onOpen: Function,
    };

    setup() {
        this.clock = useClock();
    }

    /** The clock of a timer; one that was stopped without a connection stands still. */
    duration(timer) {
        const clicked = this.props.stops[timer.id];
        return formatTimer(this.props.timers, timer, clicked ? clicked / 1000 : this.clock.now);
    }

    /** Say that a stop waits for a connection, if it does. */
    waitingWords(timer) {
        const clicked = this.props.stops[timer.id];
        return (
            clicked &&
            _t(
                "Stopped at %s: this is sent as soon as the connection is back.",
                formatClick(clicked)
            )
        );
    }

    canDiscard(timer) {
        const { timers } = this.props;
        return getRunningSeconds(timers, timer, this.clock.now) < MISTAKE_SECONDS;
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
        onCancel: Function,
        onOpen: Function,
        onOpenAll: Function,
    };

    setup() {
        this.root = useRef("root");
        this.clock = useClock();
        useEffect(
            (report) => report?.focus(),
            () => [this.stoppedReport]
        );
    }

    /** Say how many wait to be finished, where there are more than the page shows. */
    get moreWords() {
        const { unfinished, unfinished_count: count } = this.props.timers;
        return count > unfinished.length && _t("All %s sessions to finish", count);
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
