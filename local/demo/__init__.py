"""People at the local system: the series to look at, and the story that ``make story`` lives through."""
