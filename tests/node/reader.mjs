// A calendar as people write one: reads entries with the npm package ical.js, and says what it would show.
// Standard input: a list of iCalendar texts; standard output: what it found in each.
import ICAL from "ical.js";

const found = [];
for (const text of JSON.parse(await new Response(process.stdin).text())) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
  found.push({
    method: calendar.getFirstPropertyValue("method"),
    uid: event.uid,
    sequence: event.sequence,
    summary: event.summary,
    start: event.startDate.toJSDate().toISOString(),
    end: event.endDate.toJSDate().toISOString(),
    status: event.component.getFirstPropertyValue("status"),
  });
}
console.log(JSON.stringify(found));
