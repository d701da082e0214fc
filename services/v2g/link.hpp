// One link: everything about the cars of one outlet but the sockets. Datagrams and bytes in, datagrams and bytes out; the outlet as
// session tells it in, what is to be told to session out. Pure: no I/O, time and randomness are handed in.
//
// Whoever reaches the interface may open connections, so an open one means nothing: up to kSlots wait side by side, the newest
// in the place of the oldest silent one, and the first that agrees on a protocol has the outlet's only seat. While it is taken
// everybody else is turned away.
#pragma once
#include <memory>

#include "protocols/sdp/server.hpp"
#include "protocols/secc/connection.hpp"
#include "services/v2g/config.hpp"

namespace bulwatt::v2g {

inline constexpr std::size_t kSlots = 4;
using Address = std::array<std::byte, 16>;

/// Whom the log tells of.
struct Notes {
  virtual void note(std::string_view line) = 0;

 protected:
  ~Notes() = default;
};

class Link {
 public:
  /// `contracts`: judges what cars pay by; null: no Plug & Charge.
  Link(const LinkConfig& link, const Config& config, iso15118::Random random, Notes& notes,
       secc::Contracts* contracts = nullptr);

  // -- session's side --
  /// The outlet as it is now; nothing: session does not answer.
  void set_outlet(const std::optional<session::VehicleOutlet>& outlet, Timestamp time, Instant now);
  session::ReportVehicle report() const;
  /// A DC supply serves the car: session is to be asked often.
  bool supplies_dc() const;

  // -- the link --
  /// Where the station is reached; absent ports are not offered.
  void set_offer(const sdp::Offer& offer);
  std::expected<sdp::Answer, sdp::Ignored> datagram(std::span<const std::byte> bytes, const sdp::Source& source,
                                                    Instant now);

  /// A connection was made; its slot, whose earlier connection is over, or nothing: hang up.
  std::optional<std::size_t> arrive(const Address& peer, iso15118::Channel channel, Instant now);
  /// Which TLS it is, before the first `take`; of a connection that arrived as one of TLS.
  void secured(std::size_t slot, iso15118::Channel channel) { slots_[slot].connection->secured(channel); }
  void take(std::size_t slot, std::span<const std::byte> bytes, Instant now);
  /// The other side hung up, or the connection broke.
  void gone(std::size_t slot, Instant now);
  /// Time passed.
  void poll(Instant now);

  bool open(std::size_t slot) const { return slots_[slot].open; }
  std::span<const std::byte> output(std::size_t slot) const { return slots_[slot].connection->output(); }
  void sent(std::size_t slot, std::size_t count) { slots_[slot].connection->sent(count); }
  Instant next() const;

 private:
  struct Slot {
    std::unique_ptr<secc::Connection> connection{};
    bool open = false;
    Address peer{};
    Instant since{};
    std::optional<Instant> close_by{};  ///< it is over; the car may hang up until then
  };
  void set_dc(const session::VehicleDcOutlet& dc);
  void settle(Slot& slot, Instant now);
  void close(Slot& slot);
  void seat(Slot& slot);
  void leave(const Slot& slot);
  bool plugged() const { return iec61851::connected(station_.pilot); }

  const LinkConfig& link_;
  const Config& config_;
  Notes& notes_;
  secc::Station station_{};
  bool digital_ = false;
  std::optional<Instant> silent_since_{};  ///< session does not answer, or knows nothing of the outlet yet
  std::optional<sdp::Server> sdp_{};
  std::array<Slot, kSlots> slots_{};
  Slot* seat_ = nullptr;  ///< whose session runs
  std::optional<iso15118::Paused> paused_{};
};

}  // namespace bulwatt::v2g
