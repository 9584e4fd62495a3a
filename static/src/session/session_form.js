import { useBus, useService } from "@web/core/utils/hooks";
import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { isConnectionLost } from "./offline_service";

/** The form of a session: on the road, its *Stop* counts without a connection as well. */
export class ServiceSessionFormController extends formView.Controller {
    setup() {
        super.setup();
        this.offline = useService("service_contract.offline");
        useBus(this.env.bus, "service_contract.sent", () => this.show());
    }

    /** Show what a stop changed that was sent late; what is typed meanwhile stays. */
    async show() {
        if (!(await this.model.root.isDirty())) {
            await this.model.load();
        }
    }

    async beforeExecuteActionButton(clickParams) {
        if (clickParams.name !== "action_stop") {
            return super.beforeExecuteActionButton(clickParams);
        }
        // Not before the click is noted: what else is typed on the form may have to wait.
        const stopped = this.offline.stop(this.model.root.resId);
        try {
            if ((await stopped) && (await super.beforeExecuteActionButton(clickParams)) !== false) {
                await this.model.load();
            }
        } catch (error) {
            if (!isConnectionLost(error)) {
                throw error;
            }
        }
        return false;
    }
}

registry.category("views").add("service_session_form", {
    ...formView,
    Controller: ServiceSessionFormController,
});
