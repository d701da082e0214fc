// The one CALL that may be out, and whose it is. Decides who may send what while registration is not accepted.
#pragma once
#include "protocols/ocpp/outbox.hpp"
#include "services/ocpp/boot.hpp"

namespace bulwatt::ocpp {

class Outgoing {
 public:
  static constexpr std::size_t kMostSources = 16;

  /// `others` in the order of their importance.
  Outgoing(Base& base, Boot& boot, std::initializer_list<Source*> others) : base_(base), boot_(boot) {
    for (auto* source : others) static_cast<void>(sources_.push_back(source));
  }

  /// Sends what may be sent now.
  void pump();
  /// An answer arrived; late and foreign ones are ignored. Returns whether it was awaited.
  bool answered(const Frame& frame);
  /// An unreadable answer with this id arrived.
  void unreadable(const MessageId& id);
  void expire(Instant now);
  void link_up() { open_ = true; }
  void link_down();
  bool idle() const { return calls_.idle(); }
  /// When something is to be done by time alone.
  Instant due(Instant now) const;

 private:
  static std::uint64_t ms(Instant instant);
  bool send(Source& source);
  Base& base_;
  Boot& boot_;
  List<Source*, kMostSources> sources_{};
  CallTracker calls_{};
  Source* current_ = nullptr;
  bool open_ = false;
  std::array<char, kMaxFrameBytes> buffer_{};
};

}  // namespace bulwatt::ocpp
