from . import test_control
