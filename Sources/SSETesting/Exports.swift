// One import is enough for a test of any client: events, statuses and header fields are part of what a script says.
@_exported public import SSEHTTP1
@_exported public import ServerSentEvents
