import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useInputField } from "@web/views/fields/input_field_hook";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useInterval } from "./interval_hook";

const { DateTime } = luxon;

/** Write seconds as hours, minutes and seconds: 3905 is 1:05:05. */
export function formatServiceDuration(seconds) {
    if (seconds === false || seconds === undefined) {
        return "";
    }
    const pad = (number) => String(number).padStart(2, "0");
    const total = Math.abs(Math.round(seconds));
    const sign = seconds < 0 ? "−" : "";
    return `${sign}${Math.floor(total / 3600)}:${pad(Math.floor(total / 60) % 60)}:${pad(total % 60)}`;
}
formatServiceDuration.extractOptions = () => ({});

/** Read h:mm:ss, h:mm or a number of minutes as seconds. */
export function parseServiceDuration(text) {
    const parts = text.trim().split(":");
    const isValid = parts.length <= 3 && parts.every((part) => /^\d+$/.test(part.trim()));
    if (!isValid) {
        throw new Error(_t("Type a duration as hours:minutes:seconds, or in minutes."));
    }
    const numbers = parts.map(Number);
    if (numbers.length === 1) {
        return numbers[0] * 60;
    }
    const [hours, minutes, seconds = 0] = numbers;
    return hours * 3600 + minutes * 60 + seconds;
}

/** Seconds as h:mm:ss; with the option `since` they go on from that instant while it is set. */
export class ServiceDurationField extends Component {
    static template = "service_contract.DurationField";
    static props = {
        ...standardFieldProps,
        since: { type: String, optional: true },
    };

    setup() {
        this.clock = useState({ now: DateTime.now() });
        if (this.props.since) {
            useInterval(() => (this.clock.now = DateTime.now()), 1000);
        }
        useInputField({
            getValue: () => (this.seconds ? formatServiceDuration(this.seconds) : ""),
            parse: parseServiceDuration,
        });
    }

    get seconds() {
        return this.props.record.data[this.props.name] || 0;
    }

    get start() {
        return this.props.since && this.props.record.data[this.props.since];
    }

    get formattedValue() {
        const running = this.start ? Math.max(0, this.clock.now.diff(this.start).as("seconds")) : 0;
        return formatServiceDuration(this.seconds + running);
    }
}

export const serviceDurationField = {
    component: ServiceDurationField,
    displayName: _t("Duration to the second"),
    supportedTypes: ["integer"],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ since: options.since }),
};

registry.category("fields").add("service_duration", serviceDurationField);
registry.category("formatters").add("service_duration", formatServiceDuration);
