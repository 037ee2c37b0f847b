// One import is enough for a user of the client, also under `MemberImportVisibility`.
@_exported public import SSEHTTP1
@_exported public import ServerSentEvents
