from . import test_reminders
from . import test_reminder_sending
from . import test_reminder_obstacles
