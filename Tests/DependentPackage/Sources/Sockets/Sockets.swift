/// What the user has under a name that a library might have taken.
public let sockets = "sockets of its own"
