from . import service_setup
