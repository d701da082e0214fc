// The car's end of the link: finds the station by SDP, connects, cuts what arrives into messages.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/tls/session.hpp"
#include "peers/simbus/loop.hpp"
#include "protocols/v2gtp/frame.hpp"

namespace bulwatt::evcc {

/// What the car wants of the connection.
struct Security {
  bool tls = false;
  bool iso2_only = false;  ///< TLS 1.2 with the one suite of ISO 15118-2 that can be had, as cars of that standard
  std::string trust_pem;   ///< V2G roots
};

struct Events {
  std::function<void()> connected;  ///< with TLS: and the handshake done
  std::function<void(std::span<const std::byte> exi)> message;
  /// The connection or the search ended; a sentence.
  std::function<void(const std::string& why)> lost;
};

class Link {
 public:
  Link(simbus::Loop& loop, std::string interface, const Security& security, Events events);
  ~Link();

  /// SDP, then TCP. Asks every 250 ms, 50 times.
  void find();
  /// TCP at once; an address of the link without the interface, and a port.
  void connect(const std::string& address, std::uint16_t port);
  void send(std::span<const std::byte> bytes);
  void close();
  bool open() const { return connected_; }
  /// Where the station said it is; empty before.
  const std::string& station() const { return station_; }
  /// Version, group and suite; empty without TLS.
  const std::string& secured() const { return secured_; }

 private:
  void ask();
  void answered();
  void writable();
  void readable();
  void lose(const std::string& why);
  void begin_tls();
  void progress(const std::expected<void, tls::Refusal>& went);
  void take(std::span<const std::byte> bytes);

  simbus::Loop& loop_;
  std::string interface_;
  Events events_;
  simbus::Fd sdp_;
  simbus::Fd tcp_;
  simbus::Timer again_;
  int asked_ = 0;
  bool connected_ = false;
  std::optional<tls::Context> context_;
  std::optional<tls::Session> tls_;
  std::string secured_;
  std::string station_;
  std::vector<std::byte> out_;
  std::vector<std::byte> storage_;
  v2gtp::Framer framer_;
};

}  // namespace bulwatt::evcc
