/// Comparing what a requester gave with a secret.
enum ConstantTime {
  /// Whether both are the same bytes. Each byte of `given` is looked at, wherever the first difference is, so that the
  /// time tells nothing about the secret but, at most, its length.
  @inline(never)
  static func areEqual(_ given: some Collection<UInt8>, _ secret: some Collection<UInt8>) -> Bool {
    var difference = UInt(bitPattern: given.count) ^ UInt(bitPattern: secret.count)
    var index = secret.startIndex
    for byte in given where !secret.isEmpty {
      difference |= UInt(byte ^ secret[index])
      secret.formIndex(after: &index)
      // A longer text is compared with the secret again and again.
      if index == secret.endIndex { index = secret.startIndex }
    }
    return difference == 0
  }
}
