/// What the user has under a name that a library might have taken.
public let http1 = "HTTP1 of its own"
