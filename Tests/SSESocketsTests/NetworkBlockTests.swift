import Testing

@testable import SSESockets

@Suite("Blocks of addresses")
struct NetworkBlockTests {
  @Test(
    "A block holds the addresses that begin with its bits",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
      ("10.1.2.3/8", "10.200.0.1", true), ("192.168.1.128/25", "192.168.1.127", false),
      ("192.168.1.128/25", "192.168.1.255", true), ("127.0.0.1", "127.0.0.1", true),
      ("127.0.0.1/32", "127.0.0.2", false), ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false),
      ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
      ("2001:db8::/65", "2001:db8:0:0:7fff::1", true), ("2001:db8::/65", "2001:db8:0:0:8000::1", false),
      ("::1", "[::1]", true), ("::/0", "ffff::1", true), ("::/0", "127.0.0.1", false), ("::1", "localhost", false),
    ])
  func holds(_ text: String, _ host: String, _ expected: Bool) throws {
    let block = try #require(NetworkBlock(text[...]))
    #expect(block.contains(host) == expected)
  }

  @Test(
    "What is no block is refused",
    arguments: ["", "/8", "localhost", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129", "10.0.0/8"])
  func refused(_ text: String) { #expect(NetworkBlock(text[...]) == nil) }
}
