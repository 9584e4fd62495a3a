import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";

const RETRY_MS = 10000;

/** Tell whether something did not reach the server, which therefore may be sent again. */
export function isConnectionLost(error) {
    return error instanceof ConnectionLostError;
}

/** What waits for a connection, kept by this browser for the user who did it, also when it ends. */
class Waiting {
    constructor(name) {
        this.key = `service_contract.${name}:${session.db}:${user.userId}`;
        this.items = reactive(this.read());
    }

    read() {
        try {
            return JSON.parse(browser.localStorage.getItem(this.key)) || {};
        } catch {
            return {};
        }
    }

    get ids() {
        return Object.keys(this.items).map(Number);
    }

    set(id, value) {
        this.items[id] = value;
        this.write();
    }

    /** Keep something in case this page ends before it is known to wait. */
    hold(id, value) {
        this.write({ ...this.items, [id]: value });
    }

    delete(id) {
        delete this.items[id];
        this.write();
    }

    write(items = this.items) {
        browser.localStorage.setItem(this.key, JSON.stringify(items));
    }
}

/**
 * Stops that were pressed and reports that were typed without a connection: sent on its return.
 *
 * A stop counts from the instant of the click. Its age is sent, not its time: the clock of this
 * machine may be wrong.
 */
export const serviceOfflineService = {
    dependencies: ["orm", "notification"],

    start(env, { orm, notification }) {
        const stops = new Waiting("stops");
        const reports = new Waiting("reports");
        let isSending = false;
        let onReturn = () => {};

        function call(method, ...values) {
            return orm.silent.call("service.desk", method, values);
        }

        function age(clicked) {
            return Math.max(0, Math.round((Date.now() - clicked) / 1000));
        }

        /** Stop now, or note the click; return the timers, or nothing while there is no way. */
        async function stop(id) {
            const clicked = stops.items[id] || Date.now();
            stops.hold(id, clicked);
            try {
                const timers = await orm.call("service.desk", "stop_session", [id, age(clicked)]);
                stops.delete(id);
                return timers;
            } catch (error) {
                if (!isConnectionLost(error)) {
                    stops.delete(id);
                    throw error;
                }
                stops.set(id, clicked);
                notification.add(
                    _t(
                        "No connection: the timer counts as stopped at %s, and this is sent as soon as the connection is back.",
                        formatClick(clicked)
                    ),
                    { type: "warning" }
                );
            }
        }

        async function sendOne(waiting, id, work) {
            try {
                await work();
            } catch (error) {
                if (!(error instanceof RPCError)) {
                    throw error;
                }
                const message = error.data?.message || error.message;
                notification.add(message, { type: "danger", sticky: true });
            }
            waiting.delete(id);
        }

        /** Send what waits; what the server refuses is said, and waits no more. */
        async function send() {
            if (isSending || !(stops.ids.length || reports.ids.length)) {
                return;
            }
            isSending = true;
            try {
                const count = stops.ids.length;
                for (const id of stops.ids) {
                    await sendOne(stops, id, () => call("stop_session", id, age(stops.items[id])));
                }
                if (count) {
                    notification.add(_t("The connection is back: the stop was sent."), {
                        type: "success",
                    });
                    env.bus.trigger("service_contract.sent");
                }
                if (!(await onReturn())) {
                    for (const id of reports.ids) {
                        await sendOne(reports, id, () =>
                            call("save_session", id, reports.items[id])
                        );
                    }
                }
            } catch (error) {
                if (!isConnectionLost(error)) {
                    throw error;
                }
            } finally {
                isSending = false;
            }
        }

        browser.addEventListener("online", send);
        browser.setInterval(send, RETRY_MS);
        send();
        return {
            stops: stops.items,
            reports: reports.items,
            stop,
            send,
            keepReport: (id, draft) => reports.set(id, { ...draft }),
            dropReport: (id) => reports.delete(id),
            /** Let a page that shows reports send them itself: it returns true when it does. */
            setOnReturn: (work) => (onReturn = work || (() => false)),
        };
    },
};

/** The time of a click as its maker's clock shows it. */
export function formatClick(clicked) {
    return luxon.DateTime.fromMillis(clicked).toFormat("HH:mm:ss");
}

registry.category("services").add("service_contract.offline", serviceOfflineService);
