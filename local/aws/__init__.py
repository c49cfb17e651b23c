"""AWS as the application meets it: moto repaired, what ``infra/resources.json`` deploys, API Gateway, queues and
schedule, and the clock."""
