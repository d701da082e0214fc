// The car's end of the link: finds the station by SDP, connects, cuts what arrives into messages.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "peers/simbus/loop.hpp"
#include "protocols/v2gtp/frame.hpp"

namespace bulwatt::evcc {

struct Events {
  std::function<void()> connected;
  std::function<void(std::span<const std::byte> exi)> message;
  /// The connection or the search ended; a sentence.
  std::function<void(const std::string& why)> lost;
};

class Link {
 public:
  Link(simbus::Loop& loop, std::string interface, Events events);
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

 private:
  void ask();
  void answered();
  void writable();
  void readable();
  void lose(const std::string& why);

  simbus::Loop& loop_;
  std::string interface_;
  Events events_;
  simbus::Fd sdp_;
  simbus::Fd tcp_;
  simbus::Timer again_;
  int asked_ = 0;
  bool connected_ = false;
  std::string station_;
  std::vector<std::byte> out_;
  std::vector<std::byte> storage_;
  v2gtp::Framer framer_;
};

}  // namespace bulwatt::evcc
