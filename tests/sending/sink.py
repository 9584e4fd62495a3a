"""A mail server for tests and benchmarks: it keeps what it gets. Nothing of Odoo is needed."""

import email
import socketserver
from email.utils import getaddresses


class _Handler(socketserver.StreamRequestHandler):
    """Speak as much of SMTP as Python's own client does (RFC 5321)."""

    def handle(self):
        self._say(220, "ready")
        for line in self.rfile:
            verb = line[:4].strip().upper().decode()
            if verb == "QUIT":
                self._say(221, "bye")
                return
            if verb == "DATA":
                self._say(354, "go on")
                self.server.keep(self._read())
                self._say(250, "kept")
            elif verb == "RCPT" and self.server.answer:
                self._say(*self.server.answer)
            else:
                self._say(250, "fine")

    def _read(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())


class Sink(socketserver.ThreadingTCPServer):
    """A mail server: ``mails`` are what it got, ``answer`` is what it says to each recipient."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mails, self.answer, self.on_mail = [], None, None

    @property
    def port(self):
        return self.server_address[1]

    def keep(self, raw):
        message = email.message_from_bytes(raw)
        self.mails.append(message)
        if self.on_mail:
            self.on_mail(message)

    def get_addresses(self):
        """Return to whom the mails were written, in the order of the alphabet."""
        fields = [mail["To"] for mail in self.mails]
        return sorted(address for _name, address in getaddresses(fields) if address)
