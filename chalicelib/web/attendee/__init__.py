"""What attendees see: pages, and the forms on them. Every change is a POST by a button; GET changes nothing."""
