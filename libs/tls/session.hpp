// One TLS connection as a reactor: bytes in, bytes out, no sockets, no clock, no waiting.
//
//   auto session = Session::client(context, {.host = "csms.example", .now_unix_s = now});
//   for (;;) {
//     send(socket, session->output());  session->consume_output(sent);
//     auto refused = session->feed(received);      // whatever the socket gave
//     if (!refused) { send the alert that is in output(), then close; refused.error() says why }
//     use(session->plain());  session->consume_plain(used);
//   }
//
// Nothing of the application passes before the handshake is done and the policy check has accepted it.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>

#include "libs/tls/context.hpp"

namespace bulwatt::tls {

inline constexpr std::size_t kFeedLimit = 64 * 1024;     ///< bytes of one feed
inline constexpr std::size_t kPlainLimit = 256 * 1024;   ///< decrypted bytes that may wait for their reader
inline constexpr std::size_t kOutputLimit = 512 * 1024;  ///< encrypted bytes that may wait for the socket

struct SessionOptions {
  std::string_view host{};      ///< client: DNS name or IP address; named in the first message and checked
  std::string_view domain{};    ///< client, in place of a host, which a station on a car's link does not have: what the
                                ///< peer's certificate must have as its domain component, "CPO"
  std::int64_t now_unix_s = 0;  ///< the time that certificates are judged by
  bool allow_wildcards = false;      ///< client: "*.example" in the peer's certificate will do
  bool quantum_safe_pinned = false;  ///< see Expectation
  bool small_hello = false;  ///< client: the second attempt when the first was lost before any answer. The first
                             ///< message then fits one packet: it carries only a small key share, and the
                             ///< server asks for the hybrid one (HelloRetryRequest). A server that takes the
                             ///< small share instead is refused wherever the policy demands hybrid
};

class Session {
 public:
  /// Starts the handshake: output() has the first message at once.
  static std::expected<Session, Refusal> client(const Context& context, const SessionOptions& options);
  static std::expected<Session, Refusal> server(const Context& context, const SessionOptions& options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Takes what the socket received. On refusal the session is over, for good and with the same answer to every later
  /// call; output() may still hold an alert worth sending.
  std::expected<void, Refusal> feed(std::span<const std::byte> cipher);
  /// The handshake stands still until a slow key has signed (ContextOptions::slow_key). resume() when it may have; more often
  /// does no harm, and feed() goes on as well.
  bool waits_for_key() const;
  std::expected<void, Refusal> resume();
  /// Encrypts; only while open().
  std::expected<void, Refusal> write(std::span<const std::byte> plain);
  /// Tells the peer that nothing more will come (close_notify).
  void close();

  std::span<const std::byte> plain() const;
  void consume_plain(std::size_t count);
  std::span<const std::byte> output() const;
  void consume_output(std::size_t count);

  /// The handshake is done and accepted, and neither side has closed.
  bool open() const;
  /// The handshake was done and accepted at some time; report() says with what result.
  bool established() const;
  /// The peer said that nothing more will come. A connection that ends without it may have been cut.
  bool peer_closed() const;
  const Report& report() const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  static std::expected<Session, Refusal> start(const Context& context, const SessionOptions& options);

  std::unique_ptr<State> state_;
};

}  // namespace bulwatt::tls
