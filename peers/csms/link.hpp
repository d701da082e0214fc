// One TCP connection of the CSMS: TLS if wanted, the HTTP upgrade, then WebSocket; or requests that are POSTed one after the other.
// Non-blocking; the owner deletes it after on_end, never inside a callback.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libs/bytes/queue.hpp"
#include "libs/http/head.hpp"
#include "libs/tls/session.hpp"
#include "libs/websocket/connection.hpp"
#include "libs/websocket/handshake.hpp"
#include "peers/simbus/loop.hpp"

namespace bulwatt::csms {

inline constexpr std::int64_t kUpgradeTimeoutMs = 10'000;  ///< from accept to upgrade
inline constexpr std::int64_t kFarewellTimeoutMs = 2'000;  ///< for the last bytes to leave
inline constexpr std::int64_t kPostIdleMs = 60'000;        ///< from one POSTed request to the next
inline constexpr std::size_t kPostMost = 256 * 1024;       ///< bytes of one

/// What the owner answers to an upgrade request.
struct Decision {
  int status = 101;           ///< anything else refuses, and closes
  std::string subprotocol{};  ///< empty: upgrade, say so by leaving it out, then close
};

/// Answer to a request that was POSTed.
struct PostAnswer {
  int status = 404;
  std::string type{};
  std::string body{};
};

class Link {
 public:
  struct Handlers {
    /// Empty: nothing may be POSTed.
    std::function<PostAnswer(const std::string& path, const std::string& body)> on_post;
    std::function<Decision(const http::Request&, const websocket::UpgradeOffer&)> on_request;
    std::function<void()> on_open;
    std::function<void(const std::vector<std::string>& texts)> on_texts;
    std::function<void()> on_pong;
    /// Once; nothing else is called afterwards. With a sentence for people.
    std::function<void(const std::string& why)> on_end;
  };
  /// `context` is nullptr for plain TCP.
  Link(simbus::Loop& loop, simbus::Fd socket, const tls::Context* context, Handlers handlers);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void send_text(const std::string& text);
  void ping();
  void close(std::uint16_t code, const std::string& reason);
  /// Ends at once, as a failing network does.
  void cut(const std::string& why);
  /// What TLS agreed on; nullptr without TLS or before its handshake is done.
  const tls::Report* report() const;
  const std::optional<tls::Refusal>& refusal() const { return refusal_; }

 private:
  void ready(std::uint32_t events);
  void take_received(std::span<const std::byte> bytes);
  void take_plain(std::span<const std::byte> bytes);
  std::size_t take_http(std::span<const std::byte> bytes);
  void take_head();
  void take_body();
  bool begins_post(const http::Request& request);
  void refuse(int status, const std::string& why);
  void take_frames(std::span<const std::byte> bytes);
  void send_plain(std::span<const std::byte> bytes);
  void flush();
  void break_later();
  void finish(const std::string& why);

  simbus::Loop& loop_;
  simbus::Fd socket_;
  Handlers handlers_;
  std::optional<tls::Session> tls_;
  std::optional<tls::Refusal> refusal_;
  bytes::Queue plain_output_{1024 * 1024};
  http::HeadReader head_;
  struct Post {
    std::string path;
    std::size_t length = 0;
    std::string body{};
  };
  std::optional<Post> post_;  // its body is coming
  std::optional<websocket::Connection> websocket_;
  simbus::Timer timer_;
  std::optional<std::string> finishing_;  // why; the socket closes when the output has left
  bool ended_ = false;
};

}  // namespace bulwatt::csms
