import { Component, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { hasTouch } from "@web/core/browser/feature_detection";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

const DELAY_MS = 200;
const SHORTEST_TEXT = 2;

/** The one search box: shows what is found while one types, and says which hit is chosen. */
export class ServiceDeskSearch extends Component {
    static template = "service_contract.DeskSearch";
    static props = {
        onChoose: Function,
        onError: Function,
        isFree: Boolean, // no card is shown, which would take the focus
        turn: Number, // grows when the next call may come
        bus: Object, // tells what is typed elsewhere on the desk
    };

    setup() {
        this.orm = useService("orm");
        this.input = useRef("input");
        this.list = useRef("list");
        this.question = 0;
        this.state = useState({ text: "", asked: "", hits: [], isLimited: false, active: 0 });
        this.searchSoon = useDebounced(() => this.search(), DELAY_MS);
        useEffect(
            () => this.focus(),
            () => [this.props.turn]
        );
        useEffect(
            () => {
                const hit = this.list.el?.querySelector("[aria-selected=true]");
                hit?.scrollIntoView({ block: "nearest" });
            },
            () => [this.state.active]
        );
        useBus(this.props.bus, "type", ({ detail }) => this.type(detail));
        onWillUnmount(() => (this.question = Infinity));
    }

    /** Take over what was typed elsewhere; a space alone begins no name. */
    type(text) {
        this.state.text = (this.state.text + text).trimStart();
        this.input.el.value = this.state.text;
        this.input.el.focus();
        this.searchSoon();
    }

    /** Be ready for the next call; on a phone, the keyboard comes with a touch only. */
    focus() {
        if (this.props.isFree && !hasTouch()) {
            this.input.el.focus();
        }
    }

    get isOpen() {
        return this.isLongEnough && this.state.asked === this.text;
    }

    get text() {
        return this.state.text.trim();
    }

    get isLongEnough() {
        return this.text.length >= SHORTEST_TEXT;
    }

    get announcement() {
        const count = this.state.hits.length;
        if (!this.isOpen) {
            return "";
        }
        return count ? _t("%(count)s found", { count }) : _t("Nothing found");
    }

    icon(hit) {
        return {
            customer: "fa-building-o",
            contact: "fa-user-o",
            workstation: "fa-desktop",
            contract: "fa-file-text-o",
            session: "fa-clock-o",
        }[hit.kind];
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        this.searchSoon();
    }

    async search({ isEntered = false } = {}) {
        const text = this.text;
        const question = ++this.question;
        if (!this.isLongEnough) {
            return;
        }
        try {
            const answer = await this.orm.silent.call("service.desk", "search_customers", [text]);
            if (question === this.question) {
                this.show(text, answer);
                if (isEntered && answer.hits.length === 1) {
                    this.choose(answer.hits[0]);
                }
            }
        } catch (error) {
            this.props.onError(error);
        }
    }

    show(text, { hits, is_limited }) {
        Object.assign(this.state, { asked: text, hits, isLimited: is_limited, active: 0 });
    }

    onKeydown(ev) {
        const handlers = {
            ArrowDown: () => this.move(1),
            ArrowUp: () => this.move(-1),
            Enter: () => this.enter(),
            Escape: () => this.clear(),
        };
        if (handlers[ev.key] && !ev.isComposing) {
            ev.preventDefault();
            handlers[ev.key]();
        }
    }

    move(step) {
        const count = this.state.hits.length;
        if (this.isOpen && count) {
            this.state.active = (this.state.active + step + count) % count;
        }
    }

    enter() {
        if (this.isOpen) {
            const hit = this.state.hits[this.state.active];
            return hit && this.choose(hit);
        }
        return this.search({ isEntered: true });
    }

    choose(hit) {
        this.clear();
        this.props.onChoose(hit);
    }

    clear() {
        this.question++;
        this.input.el.value = ""; // at once: the next letter may come before the page is drawn
        Object.assign(this.state, { text: "", asked: "", hits: [], active: 0 });
    }
}
