"""Words for people and from people: in their language, as they paste them, fit for pages and mails."""
