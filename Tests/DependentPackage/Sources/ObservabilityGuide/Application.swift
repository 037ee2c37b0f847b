// What the page leaves to the reader.

let token = "a secret"
