/// Whether requests go through an HTTP proxy, set in `EventClientConfiguration.proxy`.
///
/// An `http` URL is asked of the proxy itself, an `https` URL through a tunnel that the proxy makes (CONNECT). A proxy
/// is written `http://user:password@host:port`; without a port it is 1080, as for curl, and credentials are sent to it
/// as `Proxy-Authorization: Basic`. Other kinds of proxy (`https`, `socks5`) are
/// `EventClientError.unusableProxy`.
public struct ProxySetting: Sendable, Hashable {
  enum Choice: Hashable {
    case environment
    case none
    case url(String)
  }

  let choice: Choice

  /// As curl does: `http_proxy` for `http` URLs, `https_proxy` or `HTTPS_PROXY` for `https` URLs, else `all_proxy` or
  /// `ALL_PROXY`; none for the hosts that `no_proxy` or `NO_PROXY` lists. The variables are read at each attempt, the
  /// lower case name first; an empty one counts as not set. `HTTP_PROXY` is not read: a CGI program has it from its
  /// requester.
  ///
  /// `no_proxy` is `*` for all hosts, or a list with commas or blanks between: a name stands for itself and all names
  /// below it (`example.com` and `.example.com` alike), an IP address for itself, `10.0.0.0/8` for a block of them. A
  /// port cannot be given.
  ///
  /// Unlike curl, `localhost`, names below it, and the loopback addresses are always reached without it.
  public static let environment = ProxySetting(choice: .environment)

  /// No proxy, whatever the environment says.
  public static let none = ProxySetting(choice: .none)

  /// This proxy for every URL, loopback addresses too, whatever the environment says.
  public static func url(_ url: String) -> ProxySetting { ProxySetting(choice: .url(url)) }
}
