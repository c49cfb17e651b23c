"""DynamoDB: every key, every item, one table."""
