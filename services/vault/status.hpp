// What the vault says of itself, for `bulwatt vault`: a file in its folder (status.json). Nothing in it is secret.
#pragma once
#include "services/vault/service.hpp"

namespace bulwatt::vault {

struct BackendStatus {
  keys::Kind kind{};
  bool good = true;
  Text<200> why{};
  static constexpr auto fields() {
    return list(field<&BackendStatus::kind>("kind"), field<&BackendStatus::good>("good"),
                field<&BackendStatus::why>("why"));
  }
  friend bool operator==(const BackendStatus&, const BackendStatus&) = default;
};
struct KeyStatus {
  KeyName name{};
  Purpose purpose{};
  Algorithm algorithm{};
  Text<16> user{};
  Text<16> place{};  ///< backend; empty: unknown
  bool available = true;
  Text<200> why{};
  bool has_chain = false;
  static constexpr auto fields() {
    using K = KeyStatus;
    return list(field<&K::name>("name"), field<&K::purpose>("purpose"), field<&K::algorithm>("algorithm"),
                field<&K::user>("user"), field<&K::place>("place"), field<&K::available>("available"),
                field<&K::why>("why"), field<&K::has_chain>("has_chain"));
  }
  friend bool operator==(const KeyStatus&, const KeyStatus&) = default;
};
/// The crypto profile in use (profiles.hpp); number 0: none, the configuration's policy is all there is.
struct ProfileStatus {
  std::uint32_t number{};
  Text<64> name{};
  bool on_probation = false;
  static constexpr auto fields() {
    using P = ProfileStatus;
    return list(field<&P::number>("number"), field<&P::name>("name"), field<&P::on_probation>("on_probation"));
  }
  friend bool operator==(const ProfileStatus&, const ProfileStatus&) = default;
};
struct Status {
  bool good = true;  ///< every backend and every key
  Age age{};
  List<BackendStatus, 3> backends{};
  List<KeyStatus, kMaxKeys> keys{};
  ProfileStatus profile{};
  static constexpr auto fields() {
    return list(field<&Status::good>("good"), field<&Status::age>("age"), field<&Status::backends>("backends"),
                field<&Status::keys>("keys"), field<&Status::profile>("profile"));
  }
  friend bool operator==(const Status&, const Status&) = default;
};

/// `configured`: the backends that this station should have besides software.
Status status_of(const Store& store, Ring& ring, std::span<const keys::Kind> configured);
/// The first sentence about what is not good; empty when all is.
std::string_view first_trouble(const Status& status);

inline constexpr const char* kStatusFile = "status.json";
std::vector<std::byte> status_text(const Status& status);
std::optional<Status> read_status(std::string_view text);

}  // namespace bulwatt::vault
