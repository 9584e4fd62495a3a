from odoo import models


class ServiceConnectionImport(models.TransientModel):
    """What is said of files, columns and lines."""

    _inherit = "service.connection.import"

    def _get_file_texts(self):
        """Return what is said of files that cannot be read, by the code of the error."""
        return {
            "empty": self.env._("The file is empty."),
            "too_large": self.env._(
                "The file is larger than %(limit)s MB. Export a shorter period."
            ),
            "too_many_rows": self.env._(
                "The file has more than %(limit)s lines. Export a shorter period."
            ),
            "too_many_cells": self.env._(
                "The file has more than %(limit)s cells. Export fewer columns or a shorter period."
            ),
            "not_text": self.env._("The file is no text. Export the log as CSV or Excel (.xlsx)."),
            "not_workbook": self.env._("The file is no Excel workbook that can be read."),
            "no_device": self.env._(
                "This file tells who connected, not to which computer: type the TeamViewer ID or "
                "the name of the computer it comes from."
            ),
            "not_csv": self.env._("The file is no CSV: too many of its quotes never end."),
            "unknown_columns": self.env._(
                "The columns are not those of this format: a device, a user, a start and an end or "
                "a duration are needed. The file begins with: %(found)s"
            ),
        }

    def _get_column_texts(self):
        """Return how the columns of a log are called, by their role."""
        return {
            "device": self.env._("Device"),
            "device_name": self.env._("Device name"),
            "user": self.env._("User"),
            "start": self.env._("Start"),
            "stop": self.env._("End"),
            "customer": self.env._("Customer"),
            "session": self.env._("Session"),
        }

    def _get_line_texts(self):
        """Return what is said of lines put aside, by the code of the problem."""
        return {
            "missing": self.env._("The column “%(column)s” is empty."),
            "bad_time": self.env._("“%(value)s” is no date and time that can be read."),
            "date_order": self.env._(
                "“%(value)s” can be read in two ways: choose the order of day and month."
            ),
            "bad_duration": self.env._("“%(value)s” is no duration that can be read."),
            "skipped_time": self.env._(
                "%(value)s does not exist in %(zone)s: the clocks were put forward then."
            ),
            "repeated_time": self.env._(
                "%(value)s happened twice in %(zone)s: the clocks were put back then. Record this "
                "connection by hand, or export with an offset."
            ),
            "end_before_start": self.env._("It ends before it starts."),
            "empty": self.env._("It starts and ends in the same second."),
            "too_long": self.env._("It lasts more than 24 hours."),
            "future": self.env._("It ends in the future (%(value)s UTC): is the time zone right?"),
            "duplicate": self.env._("It says the same as line %(other)s."),
            "same_session": self.env._(
                "It tells of session “%(value)s”, at the same time as line %(other)s."
            ),
            "shortened": self.env._(
                "“%(value)s” in column “%(column)s” is what a spreadsheet left of a long number: "
                "its digits are lost. Export the file anew, and import it without saving it in a "
                "spreadsheet."
            ),
            "cells": self.env._("It has more cells than the file has columns."),
            "long_text": self.env._("The text in column “%(column)s” is too long."),
            "long_line": self.env._("The line is too long to be one of a log."),
            "quote": self.env._("A quote begins and never ends."),
            "unknown_device": self.env._("Nobody has said yet whose device “%(value)s” is."),
            "unknown_user": self.env._("Nobody has said yet which technician “%(value)s” is."),
            "not_yours": self.env._(
                "It is a connection of %(value)s: they import it themselves, or a manager does."
            ),
            "recorded": self.env._("It was imported already, in session %(other)s."),
            "recorded_session": self.env._(
                "Session “%(value)s” of the remote tool was imported already, in session %(other)s."
            ),
            "recorded_zone": self.env._(
                "It was imported already, in session %(other)s, its times read in another zone."
            ),
            "overlap_recorded": self.env._(
                "The same technician is connected to the same workstation at that time in session "
                "%(other)s."
            ),
            "overlap_line": self.env._(
                "The same technician is connected to the same workstation at that time in line "
                "%(other)s."
            ),
        }
