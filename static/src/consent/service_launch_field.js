import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A link by which another program opens, such as anydesk:123; Odoo's own links lead to pages. */
export class ServiceLaunchField extends Component {
    static template = "service_contract.LaunchField";
    static props = { ...standardFieldProps };

    get url() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("service_launch", {
    component: ServiceLaunchField,
    supportedTypes: ["char"],
});
