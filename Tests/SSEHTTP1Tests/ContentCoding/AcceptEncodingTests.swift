import SSEHTTP1
import Testing

@Suite("Accept-Encoding")
struct AcceptEncodingTests {
  @Test(
    "S58: gzip is preferred where it is named with a weight, and not with less than content as it is",
    arguments: [
      // RFC 9110, 12.5.3, has these examples.
      ("compress, gzip", true), ("", false), ("*", true), ("compress;q=0.5, gzip;q=1.0", true),
      ("gzip;q=1.0, identity; q=0.5, *;q=0", true),
      // No field: any coding will do, but nobody has asked for one.
      (nil, false),
      // What browsers, curl and this package's client send.
      ("gzip, deflate, br, zstd", true), ("deflate, gzip, br", true), ("gzip, deflate", true),
      ("GZip", true), ("x-gzip", true), (" , gzip ;\tq=0.001,", true), ("gzip; Q=1", true),
      ("gzip;q=0", false), ("gzip;q=0.000", false), ("gzip; q=0, *", false), ("*;q=0", false), ("*, gzip;q=0", false),
      ("identity", false), ("br", false), ("deflate", false), ("gzipped", false), ("gzip/1", false),
      ("identity;q=0", false), ("identity;q=0, gzip", true), ("identity, gzip;q=0.5", false),
      ("identity;q=0.5, gzip;q=0.5", true), ("identity;q=0.5, *;q=0.4", false), ("*;q=0.1, gzip", true),
      // No weights (RFC 9110, 12.4.2): not taken for a wish.
      ("gzip;q=2", false), ("gzip;q=-1", false), ("gzip;q=", false), ("gzip;q", true), ("gzip;q=0.12345", false),
    ] as [(String?, Bool)])
  func preferred(value: String?, isPreferred: Bool) {
    var headers: HeaderFields = [:]
    headers["Accept-Encoding"] = value
    #expect(Negotiation.prefersGzip(headers) == isPreferred)
  }

  @Test("several fields are one list")
  func severalFields() {
    #expect(Negotiation.prefersGzip(["Accept-Encoding": "br", "accept-encoding": "gzip"]))
  }
}
