"""Values of the domain as the API's answers: wall-clock times beside UTC, and the words the API takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from chalicelib import paths
from chalicelib.domain import consent as consents
from chalicelib.domain import counts
from chalicelib.domain import edition as editions
from chalicelib.domain import mailing as mailings
from chalicelib.domain import registration as registrations
from chalicelib.domain import rhythm as rhythms
from chalicelib.domain import series as all_series
from chalicelib.domain import subscription as subscriptions
from chalicelib.domain import suppression as suppressions
from chalicelib.domain.delivery import Delivery, Outcome
from chalicelib.domain.halt import Halt
from chalicelib.domain.mails import Kind
from chalicelib.domain.troubles import Trouble
from chalicelib.usecases import audience as usecase
from chalicelib.usecases import future as futures
from chalicelib.usecases import report as reports
from chalicelib.usecases.attendees import MailOfAttendee
from chalicelib.usecases.mailings import Survey, To
from chalicelib.usecases.people import Erased
from chalicelib.usecases.people import PersonRecord as Record
from chalicelib.usecases.preview import Preview as Shown
from chalicelib.usecases.publish import Published
from chalicelib.usecases.rhythm import RhythmDate as Date
from chalicelib.web.api.schema import (
    AudiencePage,
    ComingMail,
    Consent,
    Deck,
    Edition,
    EditionDay,
    EditionReport,
    ErasedItems,
    Erasure,
    Failure,
    Future,
    Lifting,
    Location,
    MailAtAnyTime,
    Mailing,
    MailingReport,
    MailOfRegistration,
    MailToAPerson,
    Meant,
    PersonalMails,
    PersonRecord,
    Plan,
    Preview,
    Recipient,
    Registration,
    RegistrationCounts,
    Reminder,
    ReportedDay,
    ReportedMails,
    Rhythm,
    RhythmDate,
    Series,
    SeriesReport,
    Speaker,
    SubmissionOfAPerson,
    Subscriber,
    SubscriberCounts,
    Waits,
    Warned,
)
from chalicelib.web.pages import absolute

# Series and editions


def series(value: all_series.Series) -> Series:
    return Series(
        slug=value.slug,
        title=value.title,
        language=value.language,
        zone=value.zone,
        sender_name=value.sender_name,
        sender_address=value.sender_address,
        reply_to=value.reply_to,
        imprint_url=value.imprint_url,
        privacy_url=value.privacy_url,
        description=value.description,
        reminders=[_reminder(rule) for rule in value.reminders],
        rhythm=_rhythm(value.rhythm) if value.rhythm else None,
        drafts_ahead=value.drafts_ahead,
        retention_days=value.retention_days,
        created_at=value.created_at,
        url=absolute(paths.SERIES(value.slug)),
    )


def _rhythm(value: rhythms.Rhythm) -> Rhythm:
    return Rhythm(rule=value.rule, at=f"{value.at:%H:%M}", holiday_region=value.holiday_region)


def rhythm_date(value: Date, zone: str) -> RhythmDate:
    return RhythmDate(
        starts_at=_local(value.local_start),
        starts_at_utc=value.local_start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC),
        holiday=value.holiday or None,
    )


def _reminder(rule: all_series.ReminderRule) -> Reminder:
    if rule.minutes_before is not None:
        return Reminder(minutes_before=rule.minutes_before)
    return Reminder(days_before=rule.days_before or 0, at=f"{rule.at:%H:%M}")


def edition(value: editions.Edition, *, now: datetime) -> Edition:
    return Edition(
        id=value.id,
        series=value.series,
        status=value.status,
        phase=value.phase(now),
        title=value.title,
        starts_at=_local(value.local_start),
        zone=value.zone,
        starts_at_utc=value.starts_at,
        duration_minutes=value.minutes,
        ends_at=_local(value.local_end),
        ends_at_utc=value.ends_at,
        location=_location(value.location),
        speakers=[Speaker(name=one.name, organisation=one.organisation, link=one.link) for one in value.speakers],
        announcement=value.announcement,
        seats=value.seats,
        registration_closes_at=_local(value.local_close) if value.local_close else None,
        cancelled_because=value.cancelled_because,
        slides=[Deck(title=one.title, url=one.url) for one in value.slides],
        recording_url=value.recording_url,
        revision=value.revision,
        created_at=value.created_at,
        published_at=value.published_at,
        url=absolute(paths.EDITION(value.id)),
    )


def _location(value: editions.Location) -> Location:
    """As the API takes it."""
    return Location(
        join_url=value.join_url or UNSET,
        place=value.place or UNSET,
        online=True if value.online and not value.link_known else UNSET,
    )


def registration_counts(value: counts.Summary) -> RegistrationCounts:
    return RegistrationCounts(
        registered=value.here,
        cancelled=value.gone,
        new_today=value.new_today,
        new_since_yesterday=value.new_since_yesterday,
    )


def subscriber_counts(value: counts.Summary) -> SubscriberCounts:
    return SubscriberCounts(
        subscribed=value.here,
        ended=value.gone,
        new_today=value.new_today,
        new_since_yesterday=value.new_since_yesterday,
    )


def _local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def plan(value: Published, *, now: datetime, unchanged: str) -> Plan:
    """``unchanged`` is what is said where it was so already."""
    unused = f"Your {' and '.join(value.unused)} stand{'' if len(value.unused) > 1 else 's'} in no mail."
    said = [*([] if value.changed else [unchanged]), *([unused] if value.unused else [])]
    return Plan(
        edition=edition(value.edition, now=now),
        changed=value.changed,
        mailings=[mailing(one, value.edition) for one in value.mailings],
        note=" ".join(said) or UNSET,
        warnings=[Warned(field=one.field, detail=one.detail) for one in value.notices] or UNSET,
    )


def planned_already(value: Published, *, what: str, sent: str) -> str:
    """What is said where the very mailing was asked for before; ``sent`` is how it may stand if it is not planned."""
    if value.mailings[0].progress is mailings.Progress.PAUSED:
        return f"This {what} is paused, so nothing of it is sent; nothing has changed. Resume or cancel it."
    return f"This {what} is planned or {sent} already; nothing has changed."


def preview(value: Shown) -> Preview:
    return Preview(subject=value.subject, text=value.text, html=value.html, notes=value.notes)


def registration(value: registrations.Registration) -> Registration:
    return Registration(
        name=value.name,
        email=value.address,
        organisation=value.person.organisation,
        note=value.note,
        status=value.place,
        mail="bounced" if value.bounced else None,
        since=value.since,
        privacy_wording=value.wording,
        consent=consent(value.consent) if value.consent else None,
    )


def mails(value: Sequence[MailOfAttendee]) -> list[MailOfRegistration]:
    return [
        MailOfRegistration(mailing=mailing.id, message=mailing.kind, outcome=delivery.outcome, reason=delivery.reason)
        for mailing, delivery in value
    ]


def consent(value: consents.Consent) -> Consent:
    return Consent(
        wording=value.wording,
        wording_version=value.wording_version,
        source=value.source,
        requested_at=value.requested_at,
        confirmed_at=value.confirmed_at,
    )


def subscriber(value: subscriptions.Subscriber) -> Subscriber:
    return Subscriber(
        email=value.address, name=value.name, status=value.standing, since=value.since, consent=consent(value.consent)
    )


# Mailings


def mailing(value: mailings.Mailing, of: editions.Edition | None) -> Mailing:
    return Mailing(
        id=value.id,
        message=value.kind,
        audience=value.audience,
        due_at=_local(value.due_at.astimezone(ZoneInfo(of.zone))) if of else UNSET,
        due_at_utc=value.due_at,
        progress=value.progress,
        reason=value.reason,
        to=value.selection.whom if value.kind is Kind.ANNOUNCEMENT else UNSET,
        subject=value.subject or UNSET,
        text=value.text or UNSET,
        registered_since=_registered_since(value, of),
    )


def _registered_since(value: mailings.Mailing, of: editions.Edition | None) -> str | UnsetType:
    since = value.selection.since if value.mail.own_words else None
    return _local(since.astimezone(ZoneInfo(of.zone))) if of and since else UNSET


def audience(value: usecase.AudiencePage) -> AudiencePage:
    left_out = Counter(one.left_out for one in value.found if one.left_out)
    return AudiencePage(
        items=[Meant(email=one.person.address, name=one.person.name, left_out=one.left_out) for one in value.found],
        get_it=len(value.found) - left_out.total(),
        left_out={reason.value: number for reason, number in left_out.most_common()},
        state=value.state,
        next=value.next or None,
    )


def future(value: futures.Future, *, now: datetime) -> Future:
    zone = ZoneInfo(value.edition.zone)
    return Future(
        edition=edition(value.edition, now=now),
        items=[
            ComingMail(
                message=one.mailing.kind,
                audience=one.mailing.audience,
                due_at=_local(one.mailing.due_at.astimezone(zone)),
                due_at_utc=one.mailing.due_at,
                progress=one.mailing.progress,
                get_it=one.get_it,
                left_out=one.left_out,
                more=one.more,
                subject=one.says.subject,
                text=one.says.text,
                html=one.says.html,
            )
            for one in value.coming
        ],
        whenever=[
            MailAtAnyTime(message=one.kind, audience=one.audience, subject=says.subject, text=says.text, html=says.html)
            for one, says in value.whenever
        ],
    )


def edition_report(value: reports.EditionReport, *, now: datetime) -> EditionReport:
    return EditionReport(
        id=value.edition.id,
        title=value.edition.title,
        starts_at=_local(value.edition.local_start),
        status=value.edition.status,
        phase=value.edition.phase(now),
        seats=value.edition.seats,
        registered=value.registered,
        cancelled=value.cancelled,
        coming=value.coming,
        mails=[_reported(one) for one in value.mails],
        personal_mails=_personal(value.troubles),
        days=[
            EditionDay(date=one.day.isoformat(), came=one.came, left=one.left, sent=one.sent, bounced=one.bounced)
            for one in value.days
        ],
    )


def _reported(value: reports.Mails) -> ReportedMails:
    number = {outcome: value.outcomes.get(outcome, 0) for outcome in Outcome}
    return ReportedMails(
        message=value.kind,
        mailings=value.mailings,
        sent=value.sent,
        delivered=number[Outcome.SENT],
        bounced=number[Outcome.BOUNCED],
        complained=number[Outcome.COMPLAINED],
        failed=number[Outcome.FAILED],
        waiting=number[Outcome.WAITING] + number[Outcome.UNKNOWN],
        skipped=value.skipped,
        as_of=value.as_of,
    )


def _personal(value: reports.Troubles) -> list[PersonalMails]:
    return [
        PersonalMails(message=kind, **{trouble.value: found.get(trouble, 0) for trouble in Trouble})
        for kind, found in value.items()
    ]


def series_report(value: reports.SeriesReport, *, now: datetime, next_: str | None) -> SeriesReport:
    return SeriesReport(
        slug=value.series.slug,
        title=value.series.title,
        subscribed=value.subscribed,
        ended=value.ended,
        personal_mails=_personal(value.troubles),
        days=[ReportedDay(date=one.day.isoformat(), came=one.came, left=one.left) for one in value.days],
        items=[edition_report(one, now=now) for one in value.editions],
        next=next_,
    )


def recipient(value: To) -> Recipient:
    return Recipient(
        email=value.person.address if value.person else None,
        name=value.person.name if value.person else "",
        outcome=value.delivery.outcome,
        reason=value.delivery.reason,
    )


def report(value: Survey, addresses: dict[str, str], halt: Halt | None) -> MailingReport:
    """``addresses`` are those of the failures that are still known; ``halt`` is what holds the mailing up."""
    done = value.audience - value.totals.get(Outcome.WAITING, 0)
    return MailingReport(
        **asdict(mailing(value.mailing, value.edition)),
        series=value.mailing.series or None,
        edition=value.mailing.edition or None,
        recipients=value.audience,
        totals=value.totals,
        reasons=value.reasons,
        done=round(done / value.audience, 3) if value.audience else 0.0,
        as_of=value.as_of,
        expected_end=value.expected_end,
        waits=_waits(halt) if halt and (value.totals.get(Outcome.WAITING) or not value.audience) else None,
        failures=[
            Failure(email=addresses.get(person), reason=delivery.reason, earlier=_earlier(delivery))
            for person, delivery in value.failures.items()
        ],
    )


def _waits(halt: Halt) -> Waits:
    kind, _, name = halt.scope.partition("/")
    whose = {"account": "of this account", "identity": f"from {name}", "lane": f"of the {name} lane"}[kind]
    detail = (
        f"Amazon SES accepts no mail {whose} at the moment ({halt.reason}). Everything waits and is tried again at "
        "the time in until; nobody has to send it anew."
    )
    return Waits(scope=halt.scope, reason=halt.reason, until=halt.until, detail=detail)


def _earlier(delivery: Delivery) -> list[str]:
    """Why the tries before this one failed."""
    return [failure.reason for failure in delivery.earlier]


# People


def erased(email: str, value: Erased) -> Erasure:
    return Erasure(
        email=email,
        known=value.known,
        erased=ErasedItems(
            registrations=value.registrations,
            subscriptions=value.subscriptions,
            submissions=value.submissions,
            addressees=value.addressees,
            liftings=value.liftings,
        ),
        seats_freed=value.seats,
        suppressed=value.suppressed or None,
    )


def lifting(value: suppressions.Lifting) -> Lifting:
    return Lifting(
        suppressed=value.suppressed_for,
        suppressed_at=value.suppressed_at,
        lifted_at=value.lifted_at,
        by=value.by,
        key=value.key,
        reason=value.reason,
        person_asked=value.person_asked,
    )


def person(email: str, value: Record, lifted: list[suppressions.Lifting]) -> PersonRecord:
    return PersonRecord(
        email=email,
        suppressed=value.suppressed or None,
        lifted=[lifting(one) for one in lifted],
        registrations=[replace(registration(one), edition=one.edition) for one in value.registrations],
        subscriptions=[replace(subscriber(one), series=one.series) for one in value.subscriptions],
        submissions=[SubmissionOfAPerson(source=one.source, id=one.id, state=one.state) for one in value.submissions],
        mails=[
            MailToAPerson(
                mailing=told.mailing.id,
                message=told.mailing.kind,
                series=told.mailing.series or None,
                edition=told.mailing.edition or None,
                title=told.edition.title if told.edition else None,
                due_at_utc=told.mailing.due_at,
                outcome=told.delivery.outcome,
                reason=told.delivery.reason,
                earlier=_earlier(told.delivery),
                ses_message_id=told.delivery.message_id,
            )
            for told in value.mails
        ],
    )
