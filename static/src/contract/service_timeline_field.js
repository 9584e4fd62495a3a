import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/** How much of the line a year takes on a phone, in percent. */
const YEAR_WIDTH = 10;

/** The life of a contract drawn to scale: bars in rows, marked days, today. */
export class ServiceTimelineField extends Component {
    static template = "service_contract.TimelineField";
    static props = { ...standardFieldProps };

    get timeline() {
        return this.props.record.data[this.props.name];
    }

    get rows() {
        const rows = new Map();
        for (const bar of this.timeline.bars) {
            rows.set(bar.row, [...(rows.get(bar.row) || []), bar]);
        }
        return [...rows].map(([name, bars]) => ({ name, bars }));
    }

    get years() {
        const first = DateTime.fromISO(this.timeline.start).year;
        const last = DateTime.fromISO(this.timeline.end).year;
        const years = [];
        for (let year = first; year <= last; year++) {
            years.push({ year, left: Math.max(0, this.at(`${year}-01-01`)) });
        }
        if (years.length > 1 && years[1].left < YEAR_WIDTH) {
            years.shift();
        }
        return years;
    }

    /** What each colour and sign means: labels of small bars and marks have no room on a phone. */
    get legend() {
        const items = new Map();
        const bars = this.timeline.bars.filter((bar) => bar.row !== "term");
        for (const [sign, shown] of [
            ["bar", bars],
            ["mark", this.timeline.marks],
        ]) {
            for (const item of shown) {
                const { row, kind, label, group } = item;
                items.set(kind, { row: row || "marks", kind, sign, label: group || label });
            }
        }
        return [...items.values()];
    }

    get notes() {
        return new Set((this.timeline?.bars ?? []).map((bar) => bar.note).filter(Boolean));
    }

    get todayStyle() {
        return `left: ${this.at(this.timeline.today)}%`;
    }

    get todayLabel() {
        return _t("Today");
    }

    /** Where a day lies, in percent of the whole; the last day counts in full. */
    at(day, isEnd = false) {
        const from = DateTime.fromISO(this.timeline.start);
        const days = (other) => DateTime.fromISO(other).diff(from, "days").days;
        return (100 * (days(day) + (isEnd ? 1 : 0))) / (days(this.timeline.end) + 1);
    }

    barStyle(bar) {
        const left = this.at(bar.start);
        return `left: ${left}%; width: ${this.at(bar.end, true) - left}%`;
    }

    markStyle(mark) {
        return `left: ${this.at(mark.date)}%`;
    }

    title(item) {
        return `${item.label}: ${item.shown}`;
    }
}

registry.category("fields").add("service_timeline", {
    component: ServiceTimelineField,
    supportedTypes: ["json"],
});
