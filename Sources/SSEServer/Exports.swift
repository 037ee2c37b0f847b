// One import is enough: events, statuses and header fields are part of this module's interface.
@_exported public import SSEHTTP1
@_exported public import ServerSentEvents
