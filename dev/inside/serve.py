"""Odoo's own server, as a file: it starts its helper processes by the name of its script."""

from odoo.cli import main

if __name__ == "__main__":
    main()
