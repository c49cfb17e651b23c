"""How fast, how small, how cheap: each figure beside its floor or peer, measured in the same run. Never shipped."""
