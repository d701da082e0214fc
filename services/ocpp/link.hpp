// One connection to the backend: TCP, TLS, HTTP upgrade, WebSocket, driven by readiness. Knows nothing of OCPP but the name
// of its subprotocol. A link is used once; the dialer makes a new one for each attempt.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include "libs/base/line.hpp"
#include "libs/http/head.hpp"
#include "libs/runtime/loop.hpp"
#include "libs/tls/session.hpp"
#include "libs/websocket/connection.hpp"
#include "libs/websocket/handshake.hpp"

namespace bulwatt::ocpp {

inline constexpr std::string_view kSubprotocol = "ocpp2.0.1";

/// Why a link ended.
struct Ended {
  enum class Why : std::uint8_t {
    unreachable,
    timed_out,
    tls,
    http,
    no_subprotocol,
    broken_protocol,
    lost,
    closed_by_backend,
    closed_by_us
  };
  Why why{};
  std::optional<tls::Refusal> refusal{};  ///< of Why::tls
  int http_status = 0;                    ///< of Why::http
  bool silent = false;                    ///< TLS: not one byte came back
  bool was_open = false;
  Line<200> text{};  ///< for people
};
constexpr auto enum_names(Ended::Why) {
  return names("unreachable", "timed_out", "tls", "http", "no_subprotocol", "broken_protocol", "lost",
               "closed_by_backend", "closed_by_us");
}

/// Who is told. May call send() and close(), and must not destroy the link inside of a call.
struct LinkUser {
  virtual void link_opened(const tls::Report* report) = 0;
  virtual void link_text(std::string_view text) = 0;
  virtual void link_ended(const Ended& ended) = 0;

 protected:
  ~LinkUser() = default;
};

struct Destination {
  sockaddr_storage address{};
  socklen_t address_size = 0;
  Text<256> host_header{};
  Text<400> target{};
  Text<200> authorization{};          ///< empty: none
  const tls::Context* tls = nullptr;  ///< nullptr: not encrypted
  tls::SessionOptions tls_options{};
};

class Link {
 public:
  Link(runtime::Loop& loop, LinkUser& user) : loop_(loop), user_(user) {}
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Begins to connect. The user hears of every further outcome, but not before this returns true.
  bool start(const Destination& destination);
  /// The key that the handshake may be waiting for has signed.
  void key_ready();
  bool is_open() const { return stage_ == Stage::open; }
  bool over() const { return stage_ == Stage::over; }
  /// False when the link is not open or its buffer is full.
  bool send(std::string_view text);
  bool ping();
  /// Sends the rest and a close frame, then ends.
  void close(std::uint16_t code, std::string_view reason);
  /// Ends at once.
  void abort(Ended::Why why, std::string_view text);
  Instant last_received() const { return last_received_; }

 private:
  enum class Stage : std::uint8_t { connecting, securing, upgrading, open, closing, over };
  void ready(runtime::Readiness readiness);
  void connected();
  void receive();
  void take(std::span<const std::byte> bytes);
  void after_tls(std::expected<void, tls::Refusal> done);
  void take_plain(std::span<const std::byte> bytes);
  void take_head(std::span<const std::byte> bytes);
  void take_frames(std::span<const std::byte> bytes);
  void request_upgrade();
  void upgraded(std::span<const std::byte> rest);
  void refuse(const tls::Refusal& refusal);
  void flush();
  bool flush_plain();
  bool write_out();
  std::span<const std::byte> pending() const;
  void consume(std::size_t count);
  void watch();
  void end(const Ended& ended);
  void end(Ended::Why why, std::string_view text);

  runtime::Loop& loop_;
  LinkUser& user_;
  Stage stage_ = Stage::over;
  int fd_ = -1;
  Destination destination_{};
  std::optional<tls::Session> tls_{};
  http::HeadReader head_{};
  websocket::Key key_{};
  std::array<char, http::kHeadLimit> request_{};
  std::size_t request_size_ = 0;
  std::size_t request_sent_ = 0;
  std::optional<websocket::Connection> websocket_{};
  bool heard_ = false;
  bool was_open_ = false;
  bool busy_ = false;  ///< inside ready(): flushing comes at its end
  Instant last_received_{};
};

}  // namespace bulwatt::ocpp
