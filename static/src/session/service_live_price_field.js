import { Component, markup, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const REFRESH_MS = 15000;

/** The explanation of a price, asked again while the session's timer runs. */
export class ServiceLivePriceField extends Component {
    static template = "service_contract.LivePriceField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ html: "" });
        useRecordObserver((record) => {
            this.state.html = record.data[this.props.name];
        });
        const timer = setInterval(() => this.refresh(), REFRESH_MS);
        onWillUnmount(() => clearInterval(timer));
    }

    get html() {
        return markup(this.state.html || "");
    }

    async refresh() {
        const { resModel, resId, data } = this.props.record;
        if (data.state === "running" && resId) {
            const [values] = await this.orm.silent.read(resModel, [resId], [this.props.name]);
            this.state.html = values[this.props.name];
        }
    }
}

registry.category("fields").add("service_live_price", {
    component: ServiceLivePriceField,
    supportedTypes: ["html"],
});
