"""Settings that hold for every test: how Hypothesis looks for counterexamples."""

from hypothesis import HealthCheck, settings

# The same examples in every run, and no limit on how long one takes: a run fails because of what was changed, never
# because of luck or a busy machine. `pytest --hypothesis-profile=search` looks for new examples, and prints what
# repeats one that fails.
_PATIENT = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeatable", derandomize=True, **_PATIENT)
settings.register_profile("search", derandomize=False, max_examples=2_000, **_PATIENT)
settings.load_profile("repeatable")
