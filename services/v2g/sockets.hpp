// The sockets of one link: SDP, those that listen, and one for each connection. They were made by the supervisor on one interface;
// this service can make none.
#pragma once
#include "libs/runtime/loop.hpp"
#include "services/v2g/link.hpp"
#include "services/v2g/tls_side.hpp"

namespace bulwatt::v2g {

/// Told when the link has something for session, which must hear it before the car does.
struct Teller {
  virtual void tell(std::size_t link) = 0;

 protected:
  ~Teller() = default;
};

class Sockets {
 public:
  /// `first`: the SDP socket; the next two listen, for cars without TLS and with. `index` as Teller knows the link.
  struct Place {
    const LinkConfig& config;
    bool require_tls = false;
    int first = -1;
    std::size_t index = 0;
  };
  Sockets(runtime::Loop& loop, Link& link, const Place& place, const TlsSide& tls, Teller& teller)
      : loop_(loop),
        link_(link),
        config_(place.config),
        require_tls_(place.require_tls),
        first_(place.first),
        index_(place.index),
        tls_(tls),
        teller_(teller) {}
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  /// False: the interface was not there when the station started.
  bool open();
  /// Sends what waits, closes what is over.
  void flush();
  /// Every second: asks the link for the own address until it is known, and now and then whether it changed.
  void second();
  /// Which ports are told to cars: when the own address or the certificates are others.
  void offer();
  /// A slow key may have signed.
  void key_ready();
  std::uint64_t ignored(sdp::Ignored why) const { return ignored_[std::to_underlying(why)]; }

 private:
  void requests(runtime::Readiness);
  void arrivals(runtime::Readiness);
  void any_car(runtime::Readiness);
  void request();
  bool is_own(std::span<const std::byte> datagram, const sdp::Source& source);
  void ask_for_address();
  void note_ignored(sdp::Ignored why);
  std::optional<std::size_t> seat(int fd, const Address& peer, bool secure);
  void receive(std::size_t slot);
  void progress(std::size_t slot, const std::expected<void, tls::Refusal>& went);
  void note_refusal(const tls::Refusal& why);
  void flush(std::size_t slot);
  bool send_plain(std::size_t slot);
  bool send_secure(std::size_t slot);
  std::size_t put(std::size_t slot, std::span<const std::byte> bytes);
  void drop(std::size_t slot);

  runtime::Loop& loop_;
  Link& link_;
  /// One connection; `tls` where it is one of TLS.
  struct End {
    int fd = -1;
    std::optional<tls::Session> tls{};
    bool secured = false;
    bool broken = false;
  };
  const LinkConfig& config_;
  bool require_tls_;
  int first_;
  std::size_t index_;
  const TlsSide& tls_;
  Teller& teller_;
  std::array<End, kSlots> ends_{};
  std::array<std::byte, 24> question_{};  ///< what this process asks itself
  std::optional<Address> address_{};
  std::uint32_t seconds_ = 0;
  std::uint64_t refusals_ = 0;
  std::array<std::uint64_t, sdp::kIgnoredCount> ignored_{};
};

}  // namespace bulwatt::v2g
