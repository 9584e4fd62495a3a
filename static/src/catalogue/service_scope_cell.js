import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What a level does with a work type; an empty cell shows, in grey, what applies without a rule. */
export class ServiceScopeCell extends Component {
    static template = "service_contract.ScopeCell";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get default() {
        return this.props.record.data.default_effect || "";
    }

    /** The effects to choose from: what is billed at every level cannot be included. */
    get options() {
        const isFixed = ["always", "warranty"].includes(this.default);
        const { selection } = this.props.record.fields[this.props.name];
        return selection.filter(
            ([value]) => value === this.value || !isFixed || value === "not_offered"
        );
    }

    get defaultLabel() {
        const { selection } = this.props.record.fields.default_effect;
        return Object.fromEntries(selection)[this.default] || "";
    }

    get label() {
        const work = this.props.record.data.work_type_id;
        const level = this.props.record.data.level_id;
        return _t("%(work)s at level %(level)s", {
            work: work ? work.display_name : "",
            level: level ? level.display_name : "",
        });
    }

    onChange(ev) {
        this.props.record.update({ [this.props.name]: ev.target.value || false });
    }
}

registry.category("fields").add("service_scope_cell", {
    component: ServiceScopeCell,
    displayName: _t("Cell of the scope matrix"),
    supportedTypes: ["selection"],
});
