"""The rules, pure: values in, decisions out. Imports the standard library only."""
