"""Where moto falls short of what our promises rest on. Each repair says what would go wrong without it (moto 5.2.5)."""

from __future__ import annotations

import copy
import inspect
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

import moto.core.models
import moto.core.responses
import moto.sqs.models
from moto.core.model import Shape
from moto.core.serialize import DEFAULT_ALIAS_PROVIDERS, AttributePickerContext, ResponseSerializer
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.sqs.models import Message, Queue, SQSBackend

from local.aws.clock import Clock

Wsgi = Callable[[dict[str, Any], Any], Any]


def repair(clock: Clock) -> None:
    """Mend moto in this process, once, before it serves."""
    for mend in repairs(clock).values():
        mend()


def repairs(clock: Clock) -> dict[str, Callable[[], None]]:
    """Each by its name.

    ``tests/local/test_repairs.py`` tries moto without each, and fails when moto no longer needs it.
    """
    return {
        "transactions": _let_transactions_undo_only_their_own_writes,
        "queries": _let_queries_look_at_their_partition_only,
        "deletions": _let_queues_keep_what_is_sent_while_something_is_deleted,
        "counts": lambda: _let_queues_count_only_when_asked(clock),
        "clock": lambda: _let_queues_live_by(clock),
        "answers": _let_answers_know_where_their_values_stand,
        "methods": _let_the_methods_of_a_service_be_looked_up_once,
        "attributes": _let_names_of_attributes_be_worked_out_once,
        "responses": _let_library_requests_alone,
    }


def one_at_a_time(serve: Wsgi) -> Wsgi:
    """DynamoDB's conditional writes are atomic; moto's look first and write then, while other threads do the same."""
    turn = threading.Lock()

    def served(environ: dict[str, Any], start_response: Any) -> Any:
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB"):
            return serve(environ, start_response)
        with turn:
            return serve(environ, start_response)

    return served


def _let_transactions_undo_only_their_own_writes() -> None:
    """moto copies the whole table before each transaction, which takes longer with every item."""
    transact = DynamoDBBackend.transact_write_items

    def transact_write_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        before = [_item_before(backend, operation) for item in transact_items for operation in item.values()]
        try:
            transact(backend, transact_items)
        except Exception:
            for table, hash_key, range_key, item in before:
                if item is None:
                    table.delete_item(hash_key, range_key)
                else:
                    table.items[hash_key][range_key] = item
            raise

    _replace(DynamoDBBackend, transact_write_items=transact_write_items)
    _replace(Table, __deepcopy__=lambda table, _: table)


def _item_before(backend: DynamoDBBackend, operation: dict[str, Any]) -> tuple[Table, DynamoType, DynamoType, Any]:
    table = backend.get_table(operation["TableName"])
    key = operation.get("Key") or operation["Item"]
    hash_key, range_key = DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])
    return table, hash_key, range_key, copy.deepcopy(table.get_item(hash_key, range_key))


def _let_queries_look_at_their_partition_only() -> None:
    """moto sorts the whole table for every query."""
    query = Table.query
    signature = inspect.signature(query)

    def narrow(table: Table, hash_key: DynamoType, *given: Any, **more: Any) -> Any:
        if not signature.bind(table, hash_key, *given, **more).arguments.get("index_name"):
            partition, table = table.items.get(hash_key, {}), copy.copy(table)
            table.items = defaultdict(dict, {hash_key: partition})
        return query(table, hash_key, *given, **more)

    _replace(Table, query=narrow)


def _let_queues_keep_what_is_sent_while_something_is_deleted() -> None:
    """moto deletes by making a new list of what stays; a message added to the old list meanwhile would be lost."""
    delete = Queue.delete_message

    def delete_message(queue: Queue, receipt_handle: str) -> None:
        with queue._messages_lock:  # noqa: SLF001
            messages = queue._messages  # noqa: SLF001
            message = next((found for found in messages if found.had_receipt_handle(receipt_handle)), None)
            if message is None:
                delete(queue, receipt_handle)
                return
            queue.pending_messages.discard(message)
            queue.deleted_messages.update(handle for handle in message.all_receipt_handles if handle)
            messages.remove(message)

    _replace(Queue, delete_message=delete_message)


def _let_queues_count_only_when_asked(clock: Clock) -> None:
    """moto counts a queue's messages, several times over, whenever one is sent or received."""
    attributes_of = SQSBackend.get_queue_attributes
    counts = {name: camelcase_to_underscores(name) for name in Queue.BASE_ATTRIBUTES if name.startswith("Approximate")}

    def get_queue_attributes(backend: SQSBackend, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        wanted = [name for name in counts if name in attribute_names or "All" in attribute_names]
        plain = attributes_of(backend, queue_name, [name for name in attribute_names if name not in counts])
        return plain | {name: getattr(backend.get_queue(queue_name), counts[name]) for name in wanted}

    def messages(queue: Queue) -> list[Message]:
        now = clock.now().timestamp() * 1000
        return [message for message in list(queue._messages) if message.visible_at < now >= message.delayed_until]  # noqa: SLF001

    _replace(SQSBackend, get_queue_attributes=get_queue_attributes)
    _replace(
        Queue,
        BASE_ATTRIBUTES=[name for name in Queue.BASE_ATTRIBUTES if name not in counts],
        messages=property(messages),
    )


def _let_queues_live_by(clock: Clock) -> None:
    """Visibility timeouts and delays pass when the clock travels, as they would if one waited."""
    _replace(
        moto.sqs.models,
        unix_time=lambda: clock.now().timestamp(),
        unix_time_millis=lambda: clock.now().timestamp() * 1000,
    )


def _let_answers_know_where_their_values_stand() -> None:
    """moto works out anew, for every member of every answer, under which names a dictionary could hold it: a third of
    its time."""
    value_of = ResponseSerializer.get_value
    names: dict[tuple[type, Shape, str], tuple[str, ...]] = {}

    def get_value(serializer: ResponseSerializer, value: Any, key: str, shape: Shape) -> Any:
        picker = serializer._value_picker  # noqa: SLF001
        if (
            type(value) is not dict
            or picker.response_transformers
            or picker.alias_providers is not DEFAULT_ALIAS_PROVIDERS
        ):
            return value_of(serializer, value, key, shape)
        asked = type(picker), shape, key
        if asked not in names:
            model = serializer.operation_model
            names[asked] = tuple(
                picker.get_possible_keys(AttributePickerContext(value, key, shape, model, model.service_model, ""))
            )
        return next((value[name] for name in names[asked] if name in value), None)

    _replace(ResponseSerializer, get_value=get_value)


def _let_the_methods_of_a_service_be_looked_up_once() -> None:
    """moto looks through all of a service's methods for every call."""
    _replace(moto.core.responses, method_names_from_class=cache(method_names_from_class))


def _let_names_of_attributes_be_worked_out_once() -> None:
    """moto looks through the letters of each attribute's name for every message."""
    _replace(moto.sqs.models, camelcase_to_underscores=cache(camelcase_to_underscores))


def _let_library_requests_alone() -> None:
    """moto registers some hundreds of addresses with ``responses`` whenever it starts, for a library that nothing here
    calls AWS with."""
    _replace(moto.core.models, RESPONSES_METHODS=[])


def _replace(owner: Any, **replacements: Any) -> None:
    for name, replacement in replacements.items():
        setattr(owner, name, replacement)
