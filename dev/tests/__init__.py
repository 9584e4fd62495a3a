"""Tests of the workshop itself: plain unittest, no Odoo, no network."""
