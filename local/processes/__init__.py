"""The three processes ``aws``, ``site`` and ``worker``, and ``LocalSystem``, which starts and ends them."""
