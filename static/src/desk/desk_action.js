import { Component, onWillStart, useState } from "@odoo/owl";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useInterval } from "../session/interval_hook";
import { ServiceDeskCustomer } from "./desk_customer";
import { ServiceDeskSearch } from "./desk_search";
import { ServiceDeskTimers, ServiceDeskUnfinished } from "./desk_timers";

const REFRESH_MS = 20000;

/** The technicians' desk: from the telephone's ring to the running timer in two keys. */
export class ServiceDesk extends Component {
    static template = "service_contract.Desk";
    static components = {
        Layout,
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
        this.layout = { controlPanel: {} };
        this.state = useState({
            isBusy: false,
            error: "",
            hit: null,
            card: null,
            stoppedId: 0,
            turn: 0,
        });
        useSetupAction({ getLocalState: () => ({ hit: this.state.hit }) });
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
        if (!(error instanceof RPCError)) {
            throw error;
        }
        this.state.error = error.data?.message || error.message;
    }

    received(timers) {
        return { ...timers, received: Date.now() / 1000 };
    }

    async refresh() {
        const { isBusy, timers } = this.state;
        if (document.hidden || isBusy || !timers) {
            return;
        }
        try {
            const fresh = await this.orm.silent.call("service.desk", "get_timers", []);
            const isOvertaken = this.state.isBusy || this.state.timers !== timers;
            if (!isOvertaken) {
                this.state.timers = this.received(fresh);
            }
        } catch {
            // The clocks go on by themselves; the next round asks again.
        }
    }

    choose(hit) {
        return this.attempt(() => this.loadCard(hit));
    }

    async loadCard(hit) {
        this.state.card = null;
        const card = await this.call("get_card", hit.partner_id);
        Object.assign(this.state, { hit, card });
    }

    leave() {
        Object.assign(this.state, { hit: null, card: null, turn: this.state.turn + 1 });
    }

    work(method, ...values) {
        return this.attempt(async () => {
            const { message, ...timers } = await this.call(method, ...values);
            this.state.timers = this.received(timers);
            this.state.stoppedId = method === "stop_session" ? values[0] : 0;
            if (message) {
                this.notification.add(message, { type: "success" });
            }
            if (method !== "stop_session") {
                this.leave();
            }
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
