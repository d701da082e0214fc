// Ties the ledger's head to a counter of the TPM that only rises: at the start, and now and then. The ledger records first to what the
// counter is to be raised, then it is raised; so a counter that is further than the log says belongs to an older picture of the disk, and
// one that is behind to an older picture of the TPM. The ledger judges and records (interfaces/ledger.hpp, Anchor).
#pragma once
#include "interfaces/ledger.hpp"
#include "libs/os/clock.hpp"
#include "services/vault/index.hpp"

namespace bulwatt::vault {

struct AnchorLedger {
  /// Nothing: it is away, or could not record it.
  virtual std::optional<ledger::Anchor::Anchored> anchor(std::uint64_t counter) = 0;

 protected:
  ~AnchorLedger() = default;
};

class HeadAnchor {
 public:
  static constexpr Duration kAgain = std::chrono::seconds{30};  ///< after a failure
  /// `counter`: nullptr when there is no TPM. `every`: 0 for never.
  HeadAnchor(Counter* counter, AnchorLedger& ledger, Duration every)
      : counter_(counter), ledger_(ledger), every_(every) {}
  /// What to say, once for each trouble and once when it is over; empty: nothing. Waits for the TPM when something is due.
  std::string_view tend(Instant now);

 private:
  enum class Said : std::uint8_t { nothing, no_counter, no_ledger, not_raised };
  std::string_view say(Said what);
  Said anchor();
  Counter* counter_;
  AnchorLedger& ledger_;
  Duration every_;
  Instant next_{};
  Said said_ = Said::nothing;
};

}  // namespace bulwatt::vault
