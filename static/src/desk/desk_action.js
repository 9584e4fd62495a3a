import {
    Component,
    EventBus,
    onWillStart,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { Mutex } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useInterval } from "../session/interval_hook";
import { isConnectionLost } from "../session/offline_service";
import { ServiceDeskConsents } from "./desk_consents";
import { ServiceDeskCustomer } from "./desk_customer";
import { ServiceDeskSearch } from "./desk_search";
import { ServiceDeskTimers, ServiceDeskUnfinished } from "./desk_timers";

const REFRESH_MS = 20000;
const KEEP_MS = 1000;
// What takes letters itself, and what a space must not press: who types it means a name.
const FIELDS = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";
const ENTER_ONLY = "[data-enter-only]";
// Where these are the answer, what was typed of a session can no longer be written on it.
const LOST = [
    "odoo.addons.service_contract.models.desk.service_desk_report.SessionNotOpen",
    "odoo.exceptions.MissingError",
];

/** Tell whether a session reads as it was typed, but for the space around it. */
function isWritten(draft, session) {
    const { report, work_type_id } = { ...session, ...draft };
    return (
        Boolean(session) &&
        report.trim() === session.report.trim() &&
        (work_type_id || 0) === (session.work_type_id || 0)
    );
}

/** Tell whether a key writes something, rather than being a command. */
function isLetter(ev) {
    const isCommand = (ev.ctrlKey || ev.metaKey || ev.altKey) && !ev.getModifierState("AltGraph");
    return !isCommand && !ev.isComposing && (ev.key.length === 1 || ev.key === "Dead");
}

/** The technicians' desk: from the telephone's ring to the running timer in two keys. */
export class ServiceDesk extends Component {
    static template = "service_contract.Desk";
    static components = {
        Layout,
        ServiceDeskConsents,
        ServiceDeskCustomer,
        ServiceDeskSearch,
        ServiceDeskTimers,
        ServiceDeskUnfinished,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.dialog = useService("dialog");
        this.ui = useService("ui");
        this.offline = useService("service_contract.offline");
        this.stops = useState(this.offline.stops);
        this.bus = new EventBus();
        this.root = useRef("root");
        this.layout = { controlPanel: {} };
        this.error = useRef("error");
        this.state = useState({
            isBusy: false,
            error: "",
            isUnsent: false,
            hit: null,
            card: null,
            stoppedId: 0,
            turn: 0,
            drafts: {},
            codes: {},
        });
        this.unsaved = new Set();
        this.mutex = new Mutex();
        this.keepSoon = useDebounced(() => this.keep(), KEEP_MS);
        useSetupAction({
            getLocalState: () => ({ hit: this.state.hit }),
            beforeLeave: () => this.keep(),
            beforeVisibilityChange: () => document.hidden && this.keep(),
            beforeUnload: () => this.keepUrgently(),
        });
        this.takeUnsent();
        useExternalListener(window, "keydown", (ev) => this.onKey(ev), { capture: true });
        useExternalListener(window, "keyup", (ev) => this.onKey(ev), { capture: true });
        useEffect(
            (error) => {
                error?.scrollIntoView({ block: "center" });
            },
            () => [this.error.el]
        );
        useBus(this.env.bus, "service_contract.sent", () => this.refresh());
        this.listenForConsents();
        onWillStart(() => this.open());
        useInterval(() => this.refresh(), REFRESH_MS);
    }

    async open() {
        await this.attempt(async () => {
            const { timers, ...desk } = await this.call("get_desk");
            Object.assign(this.state, { desk, timers: this.received(timers) });
            if (this.props.state?.hit) {
                await this.loadCard(this.props.state.hit);
            }
        });
    }

    /** Show at once that a customer has authorised a session. */
    listenForConsents() {
        const server = useService("bus_service");
        const onConsent = () => this.refresh();
        server.subscribe("service_contract.consent", onConsent);
        onWillUnmount(() => server.unsubscribe("service_contract.consent", onConsent));
    }

    /** Go on with what was typed without a connection, before this page was opened. */
    takeUnsent() {
        for (const [id, draft] of Object.entries(this.offline.reports)) {
            this.note(Number(id), draft);
        }
        this.offline.setOnReturn(() => this.keep());
        onWillUnmount(() => this.offline.setOnReturn());
    }

    /**
     * Let what one types go to the search, wherever the focus is but in a field.
     *
     * Who begins to type the next name must neither start a timer nor choose a contract.
     */
    onKey(ev) {
        const isHere = ev.target === document.body || this.root.el?.contains(ev.target);
        if (!isHere || !isLetter(ev) || this.ui.activeElement !== document) {
            return;
        }
        if (ev.target.matches(FIELDS) || (ev.key === " " && !ev.target.closest(ENTER_ONLY))) {
            return;
        }
        ev.preventDefault();
        if (ev.type === "keydown") {
            this.bus.trigger("type", ev.key === "Dead" ? "" : ev.key);
        }
    }

    call(method, ...values) {
        return this.orm.call("service.desk", method, values);
    }

    /** Do one thing at a time, and say in words, on the page, what was refused. */
    async attempt(work) {
        if (this.state.isBusy) {
            return;
        }
        Object.assign(this.state, { isBusy: true, error: "" });
        try {
            await work();
        } catch (error) {
            this.refuse(error);
        } finally {
            this.state.isBusy = false;
        }
    }

    refuse(error) {
        if (isConnectionLost(error)) {
            this.state.error = _t("No connection to the server: try again in a moment.");
            return;
        }
        if (!(error instanceof RPCError)) {
            throw error;
        }
        this.state.error = error.data?.message || error.message;
    }

    /** Take over newer timers; what is saved and reads otherwise by now gives way to them. */
    received(timers) {
        const sessions = new Map(timers.unfinished.map((session) => [session.id, session]));
        for (const id of Object.keys(this.state.drafts).map(Number)) {
            if (!this.unsaved.has(id) && !isWritten(this.state.drafts[id], sessions.get(id))) {
                delete this.state.drafts[id];
            }
        }
        return { ...timers, received: Date.now() / 1000 };
    }

    async refresh() {
        if (document.hidden || this.state.isBusy || !this.state.timers) {
            return;
        }
        await this.offline.send();
        try {
            await this.callSilently("get_timers");
        } catch {
            // The clocks go on by themselves; the next round asks again.
        }
    }

    /** Show the timers that come back, unless newer ones came meanwhile. */
    async callSilently(method, ...values) {
        const { timers } = this.state;
        const fresh = await this.orm.silent.call("service.desk", method, values);
        if (this.state.timers === timers) {
            this.state.timers = this.received(fresh);
        }
    }

    /** Note what is typed of a session; it goes to the session when one pauses or leaves. */
    note(id, values) {
        this.state.drafts[id] = { ...this.state.drafts[id], ...values };
        this.unsaved.add(id);
        this.keepSoon();
    }

    /** Tell whether all that was typed is on its sessions, and on the page what is not. */
    async keep() {
        try {
            await this.save();
            this.state.isUnsent = false;
            return true;
        } catch (error) {
            if (isConnectionLost(error)) {
                this.state.isUnsent = true; // kept by the browser: one may go on, or leave
                return true;
            }
            this.refuse(error);
            this.state.error = _t("What was typed is not saved: %s", this.state.error);
            return false;
        }
    }

    /** Write what is not on its session yet; what could not be written is tried again. */
    save(ids = this.unsaved) {
        return this.mutex.exec(async () => {
            const failures = [];
            for (const id of [...ids].filter((id) => this.unsaved.has(id))) {
                await this.saveSession(id).catch((error) => failures.push(error));
            }
            if (failures.length) {
                throw failures[0];
            }
        });
    }

    async saveSession(id) {
        const draft = this.state.drafts[id];
        try {
            await this.callSilently("save_session", id, draft);
        } catch (error) {
            if (isConnectionLost(error)) {
                this.offline.keepReport(id, draft);
            } else {
                this.offline.dropReport(id);
            }
            if (LOST.includes(error.exceptionName)) {
                this.unsaved.delete(id);
            }
            throw error;
        }
        if (this.state.drafts[id] === draft) {
            this.offline.dropReport(id);
            this.unsaved.delete(id);
        }
    }

    /** Write it while the page is closed, when an answer cannot be waited for any more. */
    keepUrgently() {
        for (const id of this.unsaved) {
            if (!navigator.onLine) {
                this.offline.keepReport(id, this.state.drafts[id]);
                continue;
            }
            const params = {
                model: "service.desk",
                method: "save_session",
                args: [id, this.state.drafts[id]],
                kwargs: { context: user.context },
            };
            const body = JSON.stringify({ jsonrpc: "2.0", method: "call", params });
            navigator.sendBeacon(
                "/web/dataset/call_kw/service.desk/save_session",
                new Blob([body], { type: "application/json" })
            );
        }
    }

    choose(hit) {
        if (!hit.partner_id) {
            return this.openSession(hit.document_id); // a request of nobody known
        }
        return this.attempt(() => this.loadCard(hit));
    }

    async loadCard(hit) {
        this.state.card = null;
        const sessionId = hit.kind === "session" && hit.document_id;
        const card = await this.call("get_card", hit.partner_id, sessionId);
        Object.assign(this.state, { hit, card });
    }

    leave() {
        Object.assign(this.state, { hit: null, card: null, turn: this.state.turn + 1 });
    }

    /** Work on a session, or start one; not before all that was typed of it is written. */
    work(method, ...values) {
        return this.attempt(async () => {
            await this.save(values);
            const { message, ...timers } = await this.call(method, ...values);
            Object.assign(this.state, { timers: this.received(timers), stoppedId: 0 });
            if (message) {
                this.notification.add(message, { type: "success" });
            }
            this.leave();
        });
    }

    /** Ask for a customer's order; the code to read out stays on this page alone. */
    askConsent(method, ...values) {
        return this.attempt(async () => {
            const { code, ...timers } = await this.call(method, ...values);
            this.state.timers = this.received(timers);
            this.state.codes[code.session_id] = code;
            this.leave();
        });
    }

    /** Stop a timer; without a connection the click is noted, and sent later. */
    stop(id) {
        return this.attempt(async () => {
            const timers = await this.offline.stop(id);
            if (timers) {
                this.state.timers = this.received(timers);
                this.state.stoppedId = id;
            }
        });
    }

    cancel(id) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Cancel Session"),
            body: _t(
                "Cancel this session? Nothing will be billed; its connections stay as time spent."
            ),
            confirmLabel: _t("Cancel Session"),
            cancelLabel: _t("Keep It"),
            confirm: () => this.work("cancel_session", id),
            cancel: () => {},
        });
    }

    openUnfinished() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("To Finish"),
            res_model: "service.session",
            domain: this.state.timers.unfinished_domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    openSession(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "service.session",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("service_contract.desk", ServiceDesk);
