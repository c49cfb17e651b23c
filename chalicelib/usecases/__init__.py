"""What can be done, one verb a file: look, decide, save."""
