"""The whole system on one machine, never shipped: AWS by moto, the site, the worker, an inbox and time travel."""
