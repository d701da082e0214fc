// The step of the ladder above the safe state: start the machine's other software. Who installs software into slots and what
// the boot loader is called is not known here; this only leaves a request, once.
#pragma once
#include <cstdint>

#include "libs/fields/fields.hpp"
#include "services/supervisor/station.hpp"

namespace bulwatt::supervisor {

enum class SlotAnswer : std::uint8_t {
  requested,      ///< written down for the boot loader; the machine has to be restarted
  no_other_slot,  ///< this station has only one
  already_tried,  ///< asked for before and no healthy minute since: the other one is no better
  failed,         ///< the request cannot be written
};
constexpr auto enum_names(SlotAnswer) { return names("requested", "no_other_slot", "already_tried", "failed"); }

class Slots {
 public:
  /// `request`: the file that the boot loader's hook reads (packaging/systemd/bulwatt-other-slot); empty: only one slot.
  void configure(const Path& request) { request_ = request; }
  SlotAnswer ask();
  /// What runs now is good: an earlier request is done with.
  void confirm();

 private:
  Path request_{};
};

}  // namespace bulwatt::supervisor
