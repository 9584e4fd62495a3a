import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { fileUploadListView } from "@account/views/file_upload_list/file_upload_list_view";
import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";

class BankFileListRenderer extends FileUploadListRenderer {
    setup() {
        super.setup();
        this.dropZoneTitle = _t("Drop the bank's files: which debits came back, and why");
    }
}

registry.category("views").add("service_bank_file_list", {
    ...fileUploadListView,
    Renderer: BankFileListRenderer,
});
