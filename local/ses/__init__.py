"""SES v2, which moto lacks: what it refuses, what becomes of a mail, the mailbox it ends in, and faults on purpose."""
