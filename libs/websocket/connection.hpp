// RFC 6455 framing as a reactor over byte buffers: feed what was received, take messages, send what is in output().
//
//   Connection connection{Role::client, {.fill = from_kernel}};
//   if (auto fed = connection.feed(received); !fed) { the peer broke the protocol: flush output(), then close }
//   while (auto message = connection.next()) …
//
// Pings are answered by themselves, and so is a close. Text messages are valid UTF-8. Single-threaded.
#pragma once
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/fields/fields.hpp"

namespace bulwatt::websocket {

inline constexpr std::size_t kMessageLimit = 64 * 1024;  ///< bytes of a message, fragments together
inline constexpr std::size_t kOutputLimit = 512 * 1024;  ///< bytes that may wait for the socket
inline constexpr std::size_t kMessagesLimit = 64;        ///< received messages that may wait for next()
inline constexpr std::size_t kControlLimit = 125;        ///< bytes of a ping, pong or close payload

enum class Role : std::uint8_t { client, server };

enum class Error : std::uint8_t {
  protocol_violation,  ///< reserved bits or opcodes, wrong masking, bad fragmentation, bad close payload (1002)
  bad_utf8,            ///< a text message or close reason that is not UTF-8 (1007)
  message_too_big,     ///< (1009)
  unread_messages,     ///< more than kMessagesLimit messages wait: call next() between feeds
  output_full,         ///< the peer sends but does not read
  closed,              ///< nothing more can be sent: a close was sent or received, or an error ended the connection
  bad_argument,        ///< a message, ping or close that is too long or no UTF-8, or a close code that must not be sent
};
constexpr auto enum_names(Error) {
  return names("protocol_violation", "bad_utf8", "message_too_big", "unread_messages", "output_full", "closed",
               "bad_argument");
}

/// Close codes of RFC 6455 section 7.4.1.
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kNoStatus = 1005;  ///< reported for a close without a code; never sent
inline constexpr std::uint16_t kBadPayload = 1007;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kTooBig = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
}  // namespace close_code

struct Message {
  enum class Kind : std::uint8_t { text, binary, ping, pong, close };
  Kind kind = Kind::text;
  std::string payload;           ///< for a close: the reason
  std::uint16_t close_code = 0;  ///< for a close
};

/// Where masks come from (clients mask what they send, with bytes an attacker cannot predict).
struct RandomSource {
  void (*fill)(void* context, std::span<std::byte> out) = nullptr;
  void* context = nullptr;
};

struct ConnectionOptions {
  std::size_t message_limit = kMessageLimit;
  std::size_t output_limit = kOutputLimit;
};

class Connection {
 public:
  /// A client must have a random source; a server does not use one.
  Connection(Role role, RandomSource random, ConnectionOptions options = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// After an error nothing more is read; output() ends with a close frame that says why, where RFC 6455 has one.
  std::expected<void, Error> feed(std::span<const std::byte> received);
  /// The oldest received message.
  std::optional<Message> next();

  std::expected<void, Error> send_text(std::string_view utf8);
  std::expected<void, Error> send_binary(std::span<const std::byte> bytes);
  std::expected<void, Error> ping(std::string_view payload = {});
  /// Starts the closing handshake; nothing else can be sent afterwards.
  std::expected<void, Error> close(std::uint16_t code, std::string_view reason = {});

  std::span<const std::byte> output() const;
  void consume_output(std::size_t count);

  bool close_sent() const;
  bool close_received() const;
  /// Both closed, or failed: flush output() and close the socket.
  bool finished() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bulwatt::websocket
