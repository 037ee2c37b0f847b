/// The header fields of a message, in their order. Names are compared without regard to case; a name may occur more
/// than once (RFC 9110, 5).
public struct HeaderFields: Sendable, Hashable, Sequence, ExpressibleByDictionaryLiteral, CustomStringConvertible {
  /// One field line.
  public struct Field: Sendable, Hashable {
    /// As it was written.
    public var name: String
    /// Without white space around it. It goes as its UTF-8; what comes and is not UTF-8 reads as U+FFFD.
    public var value: String

    /// A field; it is checked when it is sent.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }

    /// Case counts in values only.
    public static func == (a: Field, b: Field) -> Bool { Token.areEqual(a.name, b.name) && a.value == b.value }

    /// Goes with `==`.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(name.lowercased())
      hasher.combine(value)
    }
  }

  private var fields: [Field] = []

  /// No fields.
  public init() {}

  /// Fields in the literal's order: `["Cache-Control": "no-cache"]`.
  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }

  package init(_ fields: [Field]) { self.fields = fields }

  /// The field's value, several joined with ", " (RFC 9110, 5.3); nil where there is none. Setting replaces all of
  /// that name, setting nil removes them.
  public subscript(name: String) -> String? {
    get {
      var found: String?
      for field in fields where Token.areEqual(field.name, name) {
        found = found.map { "\($0), \(field.value)" } ?? field.value
      }
      return found
    }
    set {
      guard let newValue else { return remove(name) }
      guard let first = fields.firstIndex(where: { Token.areEqual($0.name, name) }) else {
        return append(name, newValue)
      }
      fields[first].value = newValue
      let rest = fields[(first + 1)...].filter { !Token.areEqual($0.name, name) }
      fields.replaceSubrange((first + 1)..., with: rest)
    }
  }

  /// The values of all fields of that name, one a field line.
  public func values(of name: String) -> [String] {
    fields.compactMap { Token.areEqual($0.name, name) ? $0.value : nil }
  }

  /// Adds a field line after the others.
  public mutating func append(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

  /// Removes all fields of that name.
  public mutating func remove(_ name: String) {
    // Where there is none the fields stay shared.
    if contains(name) { fields.removeAll { Token.areEqual($0.name, name) } }
  }

  /// Whether there is a field of that name.
  public func contains(_ name: String) -> Bool { fields.contains { Token.areEqual($0.name, name) } }

  /// How many field lines there are.
  public var count: Int { fields.count }

  /// The field lines in their order.
  public func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

  /// One line a field.
  public var description: String { fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n") }

  /// Throws when a name is not a token or a value holds CR, LF or NUL, which would begin another line.
  package func validate() throws(HTTP1Error) {
    for field in fields where !Token.isValid(field.name) || !Token.isFieldValue(field.value) {
      throw .invalidField(name: field.name)
    }
  }

  /// These fields, of which the others replace those of the same names.
  package func replacing(with others: HeaderFields) -> HeaderFields {
    let names = Set(others.map { $0.name.lowercased() })
    return HeaderFields(fields.filter { !names.contains($0.name.lowercased()) } + others.fields)
  }

  /// The elements of a list field (RFC 9110, 5.6.1), empty ones left out.
  package func list(_ name: String) -> [Substring] {
    values(of: name).flatMap { Token.elements(of: $0) }
  }
}
