"""Mail that really leaves: to a server on this machine."""

import threading
from contextlib import contextmanager
from unittest.mock import patch

from .sink import Sink


class SinkMixin:
    """For a test case: a mail server of its own, the only one of the database."""

    @contextmanager
    def receiving(self):
        """Let mails go out to a server, and return it."""
        with Sink() as sink:
            threading.Thread(target=sink.serve_forever, daemon=True).start()
            servers = self.env["ir.mail_server"]
            servers.search([]).active = False
            servers.create({"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": sink.port})
            model = type(servers)
            with patch.object(model, "_disable_send", classmethod(lambda cls: False)):
                yield sink
            sink.shutdown()

    def create_invoices(self, *names, **vals):
        """Post the invoices of new customers with these names, by one run, and return it."""
        for name in names:
            values = {"email": f"{name.lower()}@example.com", **vals}
            self.create_contract(self.create_customer(name, **values), start="2026-06-01")
        return self.create_run("2026-06-15", user=self.user_accountant, is_auto_post=True)

    def send(self):
        """Let the background job send what waits."""
        self.run_cron("service_contract.service_sending_cron")
