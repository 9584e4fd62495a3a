import { Component, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatInteger } from "@web/views/fields/formatters";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { formatServiceDuration } from "../session/service_duration_field";

const { DateTime } = luxon;

/** How far a billing run or an upload is, as its background job tells who started it: bar, rate and rest. */
export class ServiceRunProgressField extends Component {
    static template = "service_contract.RunProgressField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ first: null, last: null });
        const bus = useService("bus_service");
        const onTold = (told) => this.onTold(told);
        bus.subscribe("service_run_progress", onTold);
        onWillUnmount(() => bus.unsubscribe("service_run_progress", onTold));
    }

    async onTold(told) {
        const record = this.props.record;
        if (told.model !== record.resModel || told.id !== record.resId) {
            return;
        }
        const isNext = this.state.last && this.state.last.phase === told.phase;
        this.state.last = { ...told, at: DateTime.now() };
        this.state.first = isNext ? this.state.first : this.state.last;
        if (told.state !== record.data.state && !(await record.isDirty())) {
            await record.load();
        }
    }

    get percentage() {
        const { last } = this.state;
        const known = this.props.record.data[this.props.name] || 0;
        return Math.floor(last && last.total ? (100 * last.done) / last.total : known);
    }

    /** Records a second since the present phase was first told of; 0 until that is known. */
    get rate() {
        const { first, last } = this.state;
        const seconds = last ? last.at.diff(first.at).as("seconds") : 0;
        return seconds > 0 ? (last.done - first.done) / seconds : 0;
    }

    get text() {
        const { last } = this.state;
        if (!last) {
            return "";
        }
        const figures = {
            done: formatInteger(last.done),
            total: formatInteger(last.total),
            rate: formatInteger(Math.round(this.rate)),
            rest: this.rate && formatServiceDuration((last.total - last.done) / this.rate),
        };
        return this.rate >= 1
            ? _t("%(done)s of %(total)s · %(rate)s a second · %(rest)s left", figures)
            : _t("%(done)s of %(total)s", figures);
    }
}

export const serviceRunProgressField = {
    component: ServiceRunProgressField,
    displayName: _t("Progress of a billing run"),
    supportedTypes: ["float"],
};

registry.category("fields").add("service_run_progress", serviceRunProgressField);
