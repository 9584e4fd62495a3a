import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

const OFF_CONTRACT = "none";

/** All that a technician needs to know of a customer, and the button that starts the timer. */
export class ServiceDeskCustomer extends Component {
    static template = "service_contract.DeskCustomer";
    static props = {
        hit: Object,
        card: Object,
        channels: Array,
        isBusy: Boolean,
        onStart: Function,
        onAsk: Function,
        onResume: Function,
        onOpen: Function,
        onLeave: Function,
    };

    setup() {
        this.root = useRef("root");
        this.start = useRef("start");
        this.form = useRef("form");
        const { hit, card } = this.props;
        this.state = useState({
            contract:
                this.lookedFor || card.contract_id || (this.isChoiceNeeded ? "" : OFF_CONTRACT),
            channel: "remote",
            contactId: hit.contact_id || 0,
            workstation: hit.workstation,
            workTypeId: 0,
            request: "",
            isRefused: false,
        });
        onMounted(() => this.focus());
    }

    get offContract() {
        return OFF_CONTRACT;
    }

    get priced() {
        return this.props.card.contracts.filter((contract) => contract.is_pricing);
    }

    get others() {
        return this.props.card.contracts.filter((contract) => !contract.is_pricing);
    }

    /** The contract whose number was looked for, where it can price a session. */
    get lookedFor() {
        const { kind, document_id } = this.props.hit;
        return kind === "contract" && this.priced.some(({ id }) => id === document_id)
            ? document_id
            : 0;
    }

    get isChoiceNeeded() {
        return Boolean(this.priced.length) && !this.props.card.contract_id && !this.lookedFor;
    }

    get chosenContract() {
        return this.priced.find((contract) => contract.id === this.state.contract);
    }

    /** The work types of the chosen contract's level, or of the level without a contract. */
    get workTypes() {
        return (this.chosenContract || { work_types: this.props.card.default_work_types })
            .work_types;
    }

    /** Whether the customer has to order the session before its timer starts. */
    get isConsentNeeded() {
        const { consent } = this.chosenContract || { consent: this.props.card.default_consent };
        return this.state.channel === "remote" && consent === "code";
    }

    /** Say who the référent is when somebody else calls; the server says it on the session. */
    get callerWarning() {
        const caller = this.props.card.contacts.find(
            (person) => person.id === this.state.contactId
        );
        const contract = this.chosenContract;
        if (!caller || !contract?.referent_id || contract.referent_id === caller.id) {
            return "";
        }
        return _t("%(caller)s is not the référent of %(contract)s. The référent is %(referent)s.", {
            caller: caller.name,
            contract: contract.name,
            referent: `${contract.referent} ${contract.referent_phone}`.trim(),
        });
    }

    coverageOf(contract) {
        return contract.coverage[this.state.channel];
    }

    /** Be ready to start, unless somebody types the next name already. */
    focus() {
        const { activeElement } = document;
        if (activeElement?.matches("input[type=search]") && activeElement.value) {
            return;
        }
        const first = this.form.el.querySelector("input[name=contract]");
        (this.isChoiceNeeded ? first : this.start.el)?.focus({ preventScroll: this.env.isSmall });
        if (this.env.isSmall) {
            this.root.el.scrollIntoView();
        }
    }

    /** Without a chosen contract, the arrow down takes the first one. */
    onContractKey(ev) {
        if (!this.state.contract && ["ArrowDown", "ArrowRight"].includes(ev.key)) {
            ev.preventDefault();
            this.chooseContract(this.priced[0].id);
        }
    }

    chooseContract(value) {
        this.state.contract = value;
        this.state.isRefused = false;
        if (!this.workTypes.some(([id]) => id === this.state.workTypeId)) {
            this.state.workTypeId = 0;
        }
    }

    chooseCaller(value) {
        this.state.contactId = Number(value);
    }

    chooseWorkType(value) {
        this.state.workTypeId = Number(value);
    }

    submit() {
        if (!this.state.contract) {
            this.state.isRefused = true;
            return;
        }
        const isOff = this.state.contract === OFF_CONTRACT;
        const { onAsk, onStart } = this.props;
        return (this.isConsentNeeded ? onAsk : onStart)({
            partner_id: this.props.card.partner.id,
            contact_id: this.state.contactId || false,
            contract_id: isOff ? false : this.state.contract,
            is_off_contract: isOff && Boolean(this.priced.length),
            channel: this.state.channel,
            workstation: this.state.workstation,
            work_type_id: this.state.workTypeId || false,
            request: this.state.request,
        });
    }
}
