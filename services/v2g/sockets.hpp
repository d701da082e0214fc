// The sockets of one link: SDP, those that listen, and one for each connection. They were made by the supervisor on one interface;
// this service can make none.
#pragma once
#include "libs/runtime/loop.hpp"
#include "services/v2g/link.hpp"

namespace bulwatt::v2g {

/// Told when the link has something for session, which must hear it before the car does.
struct Teller {
  virtual void tell(std::size_t link) = 0;

 protected:
  ~Teller() = default;
};

class Sockets {
 public:
  /// `first`: the SDP socket; the next two listen. `index` as Teller knows the link.
  Sockets(runtime::Loop& loop, Link& link, const LinkConfig& config, int first, std::size_t index, Teller& teller)
      : loop_(loop), link_(link), config_(config), first_(first), index_(index), teller_(teller) {}
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  /// False: the interface was not there when the station started.
  bool open();
  /// Sends what waits, closes what is over.
  void flush();
  /// Every second: asks the link for the own address until it is known, and now and then whether it changed.
  void second();
  std::uint64_t ignored(sdp::Ignored why) const { return ignored_[std::to_underlying(why)]; }

 private:
  void requests(runtime::Readiness);
  void arrivals(runtime::Readiness);
  void any_car(runtime::Readiness);
  void request();
  bool is_own(std::span<const std::byte> datagram, const sdp::Source& source);
  void ask_for_address();
  void note_ignored(sdp::Ignored why);
  void receive(std::size_t slot);
  void flush(std::size_t slot);
  void drop(std::size_t slot);

  runtime::Loop& loop_;
  Link& link_;
  const LinkConfig& config_;
  int first_;
  std::size_t index_;
  Teller& teller_;
  std::array<int, kSlots> fds_{-1, -1, -1, -1};
  std::array<std::byte, 24> question_{};  ///< what this process asks itself
  std::optional<Address> address_{};
  std::uint32_t seconds_ = 0;
  std::array<std::uint64_t, sdp::kIgnoredCount> ignored_{};
};

}  // namespace bulwatt::v2g
