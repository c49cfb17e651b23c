"""What to click and to paste in each tool, so that its form posts here. English, like the rest of the API."""

from __future__ import annotations

from chalicelib.domain.source import Source, SourceKind

SECRET = "Ask for the secret: GET /api/v1/sources/{id}/secrets."  # noqa: S105  # a sentence
LOOK = "Send a test, and look at it: GET /api/v1/sources/{id}/submissions."

STEPS: dict[SourceKind, tuple[str, ...]] = {
    SourceKind.TYPEFORM: (
        "In Typeform, open the form, then Connect, then Webhooks, and choose Add a webhook.",
        "Paste {url} as the endpoint, and save.",
        SECRET,
        "Choose Edit on the webhook, paste the secret as its Secret, and save.",
        "Turn the webhook on. Leave partial responses off; they are ignored here.",
        LOOK + " In Typeform: View deliveries, Send test request.",
    ),
    SourceKind.TALLY: (
        "In Tally, open the form, then Integrations, and choose Connect beside Webhooks.",
        "Paste {url} as the endpoint URL.",
        SECRET,
        "Choose Add signing secret, paste it, and connect.",
        "Submit the form once yourself.",
        "Look at what came: GET /api/v1/sources/{id}/submissions.",
    ),
    SourceKind.STANDARD: (
        "In the sender, add an endpoint with the URL {url}.",
        "If the sender shows a secret of its own (whsec_…), add it here: POST /api/v1/sources/{id}/secrets.",
        "Else ask for ours, and give it to the sender: GET /api/v1/sources/{id}/secrets.",
        'Send {{"type": "registration.created", "data": {{…}}}}; docs/reference/webhooks.md has the fields.',
        LOOK,
    ),
    SourceKind.TOKEN: (
        SECRET,
        "Let the tool POST to {url} with the header Authorization: Bearer <secret>.",
        "If it can send no such header, name another one, or a field, by PATCH /api/v1/sources/{id}:",
        '{{"token": {{"header": "X-Token"}}}} or {{"token": {{"field": "token"}}}}.',
        "If it can send neither, as Jotform: let it POST to {url}/<secret>. The address is then a secret itself.",
        "docs/howto/connect-a-form.md has the exact steps for the usual tools, from Contact Form 7 to Zapier.",
        LOOK,
    ),
}


def steps(source: Source, url: str) -> list[str]:
    return [step.format(url=url, id=source.id) for step in STEPS[source.kind]]
