"""``infra/resources.json``, read: what production gets besides the functions, and how it shapes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalice.utils import to_cfn_resource_name

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Deployment:
    file: Path = ROOT / "infra" / "resources.json"

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """By logical id. Those with a condition wait for a parameter that nobody gives here."""
        return {name: found for name, found in self._read()["Resources"].items() if "Condition" not in found}

    @property
    def variables(self) -> dict[str, Any]:
        """Environment variables of the functions."""
        found: dict[str, Any] = self._read()["Globals"]["Function"]["Environment"]["Variables"]
        return found

    @property
    def gateway_responses(self) -> dict[str, dict[str, Any]]:
        """How API Gateway's own answers look, by response type."""
        body = self.resources.get("RestAPI", {}).get("Properties", {}).get("DefinitionBody", {})
        found: dict[str, dict[str, Any]] = body.get("x-amazon-apigateway-gateway-responses", {})
        return found

    @property
    def compressed_from(self) -> int | None:
        """From how many bytes on API Gateway compresses an answer; None where it does not."""
        found: int | None = self.resources.get("RestAPI", {}).get("Properties", {}).get("MinimumCompressionSize")
        return found

    def batch_size(self, function: str, *, default: int) -> int:
        """How many messages a queue's handler gets at most: what the template says goes over what the code says."""
        events = self.resources.get(to_cfn_resource_name(function), {}).get("Properties", {}).get("Events", {})
        sizes = [source["Properties"]["BatchSize"] for source in events.values() if "BatchSize" in source["Properties"]]
        return int(sizes[0]) if sizes else default

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found
