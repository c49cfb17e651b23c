"""The table as earlier versions of this software left it."""

from __future__ import annotations

from chalicelib.store import keys
from chalicelib.store.keys import Key
from tests.stage import Stage


def before_counts_were_kept(on_stage: Stage) -> None:
    """Leave the table as the software without counts did."""
    table = on_stage.world.store.table
    for item in on_stage.items():
        where = Key(item["pk"]["S"], item["sk"]["S"])
        of_an_edition = where.pk.startswith(keys.EDITION) and where.sk.startswith(keys.REGISTRATION_COUNT)
        if where == keys.tick():
            table.client.put_item(TableName=table.name, Item={name: item[name] for name in ("pk", "sk", "since")})
        elif of_an_edition or where.pk == keys.subscriber_counts("kaffeepause"):
            table.delete([where])
        elif '"counted":true' in item.get("body", {}).get("S", ""):
            body = item["body"]["S"].replace('"counted":true', '"counted":false')
            table.client.put_item(TableName=table.name, Item=item | {"body": {"S": body}})
