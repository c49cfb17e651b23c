"""``/local/forms``: forms elsewhere, played.

Each posts as its tool does; beside it is what its source has got, from the admin API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import FORBIDDEN, NOT_FOUND, OK
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local.aws.clock import Clock
from local.site.client import Client, Unexpected
from local.site.form_tools import TOOLS, Delivery, FilledIn, Tool, deliver

RULES = (
    Rule("/local/forms", endpoint="show_first", methods=["GET"]),
    Rule("/local/forms/<source_id>", endpoint="show_form", methods=["GET"]),
    Rule("/local/forms/<source_id>", endpoint="send_form", methods=["POST"]),
    Rule("/local/forms/<source_id>/mapping", endpoint="mend_mapping", methods=["POST"]),
    Rule("/local/forms/<source_id>/submissions/<submission_id>/replay", endpoint="replay", methods=["POST"]),
)

PEOPLE = {"typeform": ("Kim Berger", "kim"), "tally": ("Noor Aziz", "noor"), "token": ("Toni Lauer", "toni")}
_SHOWN = 10
_SECRET_UNKNOWN = "Only its tool knows the secret of this source, so it cannot be played here. Add one that we issue."

TOOL_OF = {tool.kind: tool for tool in TOOLS}


@dataclass(frozen=True, slots=True)
class Exchange:
    """The last request of a form, and what was answered."""

    filled: FilledIn
    delivery: Delivery
    status: int
    answer: str
    how: str

    @property
    def body(self) -> str:
        return json.dumps(json.loads(self.delivery.body), ensure_ascii=False, indent=2)

    @property
    def state(self) -> str:
        return str(json.loads(self.answer)["state"]) if self.status == OK else ""


class FormPages:
    """``page`` renders a template. The last exchange of each source is kept for as long as the process lives."""

    def __init__(self, client: Client, clock: Clock, page: Callable[..., Response]) -> None:
        self._client, self._clock, self._page = client, clock, page
        self._last: dict[str, Exchange] = {}

    def show_first(self, request: Request) -> Response:
        forms = self._forms()
        return self._shown(forms, forms[0], request.args) if forms else self._page("forms.html", form=None)

    def show_form(self, request: Request, source_id: str) -> Response:
        return self._shown(self._forms(), self._source(source_id), request.args)

    def send_form(self, request: Request, source_id: str) -> Response:
        """``do`` is the button that was pressed: send, break, test or again."""
        source = self._source(source_id)
        tool, how, last = TOOL_OF[source["kind"]], request.form.get("do", "send"), self._last.get(source_id)
        filled = _filled_in(request.form, source, tool)
        if how == "again":
            if last is None:
                return self._shown(self._forms(), source, {}, error="Nothing was sent yet that could be repeated.")
            filled, delivery = last.filled, last.delivery
        else:
            secret, now = self._secret(source_id), self._clock.now()
            if not secret:
                return self._shown(self._forms(), source, {}, error=_SECRET_UNKNOWN)
            if how == "break":
                filled = replace(filled, email_field=_another(tool, filled.email_field))
            test = tool.test(now) if how == "test" else None
            delivery = deliver(tool, test or tool.payload(filled, now), secret)
        status, answer = self._client.send("POST", source["url"], delivery.body, delivery.headers)
        self._last[source_id] = Exchange(filled, delivery, status, answer, how)
        return redirect(f"/local/forms/{source_id}#answer", 303)

    def mend_mapping(self, request: Request, source_id: str) -> Response:
        """Tell the source which field has the e-mail address."""
        source = self._source(source_id)
        fields = {name: value for name, value in source["fields"].items() if value}
        fields["email"] = request.form.get("email", "")
        try:
            self._client.api("PATCH", f"/sources/{source_id}", {"fields": fields})
        except Unexpected as refused:
            return self._shown(self._forms(), source, {}, error=str(refused))
        return redirect(f"/local/forms/{source_id}?mended=1#submissions", 303)

    def replay(self, _: Request, source_id: str, submission_id: str) -> Response:
        source = self._source(source_id)
        try:
            replayed = self._client.api("POST", f"/sources/{source_id}/submissions/{submission_id}/replay")
        except Unexpected as refused:
            return self._shown(self._forms(), source, {}, error=str(refused))
        return redirect(f"/local/forms/{source_id}?replayed={replayed['state']}#submissions", 303)

    def _forms(self) -> list[dict[str, Any]]:
        """Sources whose tool is played here, in the order of ``TOOLS``."""
        order = list(TOOL_OF)
        try:
            found = self._client.api("GET", "/sources")["items"]
        except Unexpected as refused:
            if refused.status not in (FORBIDDEN, NOT_FOUND):
                raise
            return []  # an application without sources: what API Gateway answers where there is no such route
        living = [one for one in found if one["kind"] in order and not one["deleted_at"]]
        return sorted(living, key=lambda one: (order.index(one["kind"]), one["created_at"]))

    def _source(self, source_id: str) -> dict[str, Any]:
        found = next((one for one in self._forms() if one["id"] == source_id), None)
        if found is None:
            raise NotFound
        return found

    def _secret(self, source_id: str) -> str:
        items = self._client.api("GET", f"/sources/{source_id}/secrets")["items"]
        return next((str(one["secret"]) for one in reversed(items) if one["secret"]), "")

    def _shown(
        self, forms: list[dict[str, Any]], source: dict[str, Any], said: Mapping[str, str], *, error: str = ""
    ) -> Response:
        tool, last = TOOL_OF[source["kind"]], self._last.get(source["id"])
        listed = self._client.api("GET", f"/sources/{source['id']}/submissions?limit={_SHOWN}")["items"]
        replayed = said.get("replayed", "")
        return self._page(
            "forms.html",
            status=409 if error else 200,
            forms=forms,
            form=source,
            tool=tool,
            can_test=tool.test(self._clock.now()) is not None,
            filled=last.filled if last else _sample(source, tool),
            last=last,
            submissions=[self._with_person(source["id"], one) for one in listed],
            mended=source["fields"]["email"] if "mended" in said else "",
            replayed=replayed if replayed in ("registered", "kept") else "",
            error=error,
        )

    def _with_person(self, source_id: str, listed: dict[str, Any]) -> dict[str, Any]:
        """With the address somebody filled in, and the field it was in.

        The list has no personal data, so each is asked for singly.
        """
        answers = self._client.api("GET", f"/sources/{source_id}/submissions/{listed['id']}")["answers"]
        field, email = next(
            ((one["field"], value) for one in answers for value in one["values"] if "@" in value), ("", "")
        )
        return listed | {"email": email, "email_field": field}


def _sample(source: dict[str, Any], tool: Tool) -> FilledIn:
    name, account = PEOPLE[tool.kind]
    return FilledIn(
        name=name,
        email=f"{account}@example.org",
        organisation="Nachbarschaftshilfe",
        email_field=source["fields"]["email"] or tool.email_field,
    )


def _filled_in(given: Mapping[str, str], source: dict[str, Any], tool: Tool) -> FilledIn:
    """The form's question for the address is called what the source looks for: so the two fit until
    somebody breaks it."""
    return FilledIn(
        name=given.get("name", ""),
        email=given.get("email", ""),
        organisation=given.get("organisation", ""),
        note=given.get("note", ""),
        privacy="privacy" in given,
        newsletter="newsletter" in given,
        email_field=source["fields"]["email"] or tool.email_field,
    )


def _another(tool: Tool, email_field: str) -> str:
    return tool.renamed if email_field != tool.renamed else tool.email_field
