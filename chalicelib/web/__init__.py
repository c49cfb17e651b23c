"""HTTP: parse, act, answer."""
