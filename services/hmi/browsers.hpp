// The sockets of the browsers: accepting, reading, writing, giving up on those that do not speak or do not read.
#pragma once
#include <memory>
#include <span>

#include "libs/os/clock.hpp"
#include "libs/runtime/loop.hpp"
#include "services/hmi/page_server.hpp"

namespace bulwatt::hmi {

inline constexpr std::size_t kMostBrowsers = 16;
inline constexpr Duration kIdleLimit = std::chrono::seconds{20};  ///< for a request to arrive and its answer to leave

class Browsers {
 public:
  Browsers(runtime::Loop& loop, Resources& resources) : loop_(loop), resources_(resources) {}
  /// Descriptors that are not open (a host without IPv6) are left out.
  void listen(std::span<const int> listeners);
  /// Tells everybody who follows the stream.
  void tell(std::string_view station);
  /// Call about once a second.
  void drop_idle();

 private:
  struct Browser {
    int fd = -1;
    Instant since{};
    std::unique_ptr<Connection> connection{};
  };
  void arrival(runtime::Readiness);
  void take_from(int listener);
  void any_browser(runtime::Readiness);
  void receive(Browser& browser);
  void flush(Browser& browser);
  void drop(Browser& browser);

  runtime::Loop& loop_;
  Resources& resources_;
  std::span<const int> listeners_{};
  std::array<Browser, kMostBrowsers> browsers_{};
};

}  // namespace bulwatt::hmi
