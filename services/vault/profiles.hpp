// The crypto profile in use: handed in as a file, taken when its authority signed it and it is newer than everything before, and
// kept when a connection was made under it. If none is made in time, what was before is used again, by itself.
//   profile-authority.pem              who signs profiles; without it there are none
//   profile.new.json, profile.new.sig  handed in, and gone once it was looked at
//   profile.json, profile.sig          in use
//   profile.old.json, profile.old.sig  what was in use before, while the new one is on probation
//   profile.probation                  present while that is so
//   profile.trial.json                 what a trial (trial.hpp) found, for the ledger; gone once it was told
//   profile.tried                      digests of the profiles that passed one, one a line
//   profile.number                     the newest number that was ever taken: none below comes in again, nor the same twice
#pragma once
#include "libs/os/clock.hpp"
#include "libs/tls/profile.hpp"
#include "services/vault/files.hpp"
#include "services/vault/status.hpp"
#include "services/vault/trust.hpp"

namespace bulwatt::vault {

class Profiles {
 public:
  /// `probation`: how long a new profile has to bring a connection about.
  /// `needs_trial`: one that passed no trial is not taken.
  Profiles(std::string folder, TrustRecorder& recorder, Duration probation, bool needs_trial = false)
      : folder_(std::move(folder)), recorder_(recorder), probation_(probation), needs_trial_(needs_trial) {}
  /// What is in use is checked like something new; a damaged one is said, and the configuration's policy is all there is.
  void open(Instant now);
  /// Every few seconds. Another profile is in use now, or nothing changed.
  std::optional<ProfileChanged> tend(Instant now);
  GetProfile::Given get(const GetProfile& request) const;
  /// A connection was made under this number.
  void confirm(std::uint32_t number);
  std::uint32_t number() const { return registry_ ? registry_->number : 0; }
  ProfileStatus status() const;
  bool on_probation() const { return probation_since_.has_value(); }

 private:
  std::string path(std::string_view name) const { return folder_ + "/profile" + std::string{name}; }
  std::expected<tls::Registry, tls::ProfileFault> read(std::string_view which, std::uint32_t least) const;
  std::uint32_t newest() const;
  bool take(const tls::Registry& registry, Instant now);
  void take_trial();
  bool tried() const;
  bool move(std::string_view from, std::string_view to) const;
  ProfileChanged fall_back();

  std::string folder_;
  TrustRecorder& recorder_;
  Duration probation_;
  bool needs_trial_;
  std::optional<tls::Registry> registry_{};
  std::optional<Instant> probation_since_{};
};

}  // namespace bulwatt::vault
