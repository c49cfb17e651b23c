"""What is sent to us, read field by field, so that one answer names everything that is wrong with it."""
