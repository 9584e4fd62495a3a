import { Component, markup, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useInterval } from "./interval_hook";

const REFRESH_MS = 15000;

/**
 * The explanation of a price, asked again while the session's timer runs.
 *
 * With the options `coverage` and `isCovered`, fields of the session, it says whether the hours
 * are covered right now as well, while the timer runs.
 */
export class ServiceLivePriceField extends Component {
    static template = "service_contract.LivePriceField";
    static props = {
        ...standardFieldProps,
        coverage: { type: String, optional: true },
        isCovered: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ html: "", coverage: false });
        useRecordObserver((record) => this.show(record.data));
        useInterval(() => this.refresh(), REFRESH_MS);
    }

    get html() {
        return markup(this.state.html || "");
    }

    get isRunning() {
        return this.props.record.data.state === "running";
    }

    get fields() {
        return [this.props.name, this.props.coverage, this.props.isCovered].filter(Boolean);
    }

    show(values) {
        const { name, coverage, isCovered } = this.props;
        const text = coverage && values[coverage];
        this.state.html = values[name];
        this.state.coverage = text ? { text, is_open: values[isCovered] } : false;
    }

    async refresh() {
        const { resModel, resId } = this.props.record;
        if (this.isRunning && resId && !document.hidden) {
            const [values] = await this.orm.silent.read(resModel, [resId], this.fields);
            this.show(values);
        }
    }
}

registry.category("fields").add("service_live_price", {
    component: ServiceLivePriceField,
    supportedTypes: ["html"],
    extractProps: ({ options }) => ({ coverage: options.coverage, isCovered: options.is_covered }),
});
