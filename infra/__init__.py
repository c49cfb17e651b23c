"""What AWS gets: the template's own part, and the command that builds template and zip."""
