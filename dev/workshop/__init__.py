"""The workshop: everything the commands in `dev/` share, in plain Python."""
