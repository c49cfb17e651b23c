"""boto3 clients without botocore's costliest steps.

Most of what a mail costs is what botocore costs: it validates parameters that are typed already, puts its user agent
together anew for each request, and walks through every attribute of every item it reads. The clients made here skip
these steps, and are boto3's in everything else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import botocore.session
import msgspec
from botocore.config import Config
from botocore.exceptions import UnknownServiceError
from botocore.loaders import JSONFileLoader, Loader
from botocore.parsers import JSONParser, ResponseParserFactory

from chalicelib.aws.fast_calls import quicken


class PlainJSON(JSONParser):
    """DynamoDB and SQS answer in the very JSON that a client hands out (we keep no binary attributes): decode it, and
    be done."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:
        if raw_body:
            return msgspec.json.decode(raw_body)
        return super()._handle_json_body(raw_body, shape)  # type: ignore[misc]  # botocore's seam for this has no types


class PlainParsers(ResponseParserFactory):
    """``PlainJSON`` for services that speak the JSON protocol; botocore's own parsers for the others (SES
    speaks REST)."""

    def create_parser(self, protocol_name: str) -> Any:
        return PlainJSON() if protocol_name == "json" else super().create_parser(protocol_name)


class WithoutRuleSets(Loader):
    """A client whose service has no rule set knows its endpoint when it is made.

    With one, it would find it out anew for each call, by some thirty rules.
    """

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if type_name == "endpoint-rule-set-1":
            raise UnknownServiceError(service_name=service_name, known_service_names="those with legacy endpoints")
        return super().load_service_model(service_name, type_name, api_version)


class Clients(Protocol):
    """What makes AWS clients."""

    def client(self, service: str, **config: Any) -> Any:
        """``config`` goes to ``botocore.config.Config``."""


class LeanClients:
    """All from one session: each session of its own would cost a cold start sixty milliseconds more."""

    def __init__(self, *, plain: bool = False) -> None:
        """``plain``: every call by botocore alone."""
        self._plain = plain
        self._session = botocore.session.get_session()
        self._session.register_component("response_parser_factory", PlainParsers())
        self._session.register_component("data_loader", loader())

    def client(self, service: str, **config: Any) -> Any:
        lean = Config(parameter_validation=False, user_agent="kaffeepause", **config)
        made = self._session.create_client(service, config=lean)
        if not self._plain:
            quicken(made, self._session)
        return made


class PlainFiles(JSONFileLoader):
    """Reads what botocore knows of a service with msgspec: at a cold start, a client waits for it."""

    def load_file(self, file_path: str) -> Any:
        file = Path(f"{file_path}.json")
        return msgspec.json.decode(file.read_bytes()) if file.is_file() else super().load_file(file_path)


def loader() -> Loader:
    return WithoutRuleSets(file_loader=PlainFiles())
