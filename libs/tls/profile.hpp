// Crypto profiles: which versions, groups, signatures and suites a link may use, in a file that its authority signs and counts
// upward. A profile narrows and orders what the link's policy allows; it can never add to it, so no file, however it came to
// be signed, makes a connection weaker than the configuration says. What a profile does not list is forbidden.
//
//   auto registry = read_registry(json, signatures, authorities, last_number);   // whole or not at all
//   auto rules = narrow(policy, *profile_of(*registry, LinkUse::csms), Trial::no);
//   ContextOptions{.policy = policy, .narrowed = *rules};
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "libs/tls/policy.hpp"

namespace bulwatt::tls {

/// active: offered, used and accepted. verify_only: accepted of the peer, not used by us; signatures only. test: active in a trial,
/// otherwise forbidden.
enum class ProfileState : std::uint8_t { active, verify_only, forbidden, test };
constexpr auto enum_names(ProfileState) { return names("active", "verify-only", "forbidden", "test"); }

enum class LinkUse : std::uint8_t { csms, vehicle, update, api };
constexpr auto enum_names(LinkUse) { return names("csms", "vehicle", "update", "api"); }

struct ProfileEntry {
  Text<32> name{};  ///< as OpenSSL calls it
  ProfileState state{};
  static constexpr auto fields() {
    return list(field<&ProfileEntry::name>("name", {.at_least = 1}), field<&ProfileEntry::state>("state"));
  }
  friend bool operator==(const ProfileEntry&, const ProfileEntry&) = default;
};

/// Most wanted first.
struct LinkProfile {
  LinkUse link{};
  List<ProfileEntry, 4> versions{};
  List<ProfileEntry, 12> groups{};
  List<ProfileEntry, 20> signatures{};
  List<ProfileEntry, 8> suites{};
  static constexpr auto fields() {
    using L = LinkProfile;
    return list(field<&L::link>("link"), field<&L::versions>("versions"), field<&L::groups>("groups"),
                field<&L::signatures>("signatures"), field<&L::suites>("suites"));
  }
  friend bool operator==(const LinkProfile&, const LinkProfile&) = default;
};

struct Registry {
  std::uint32_t number{};  ///< only ever goes up
  Text<64> name{};         ///< for people
  List<LinkProfile, 4> links{};
  static constexpr auto fields() {
    return list(field<&Registry::number>("number"), field<&Registry::name>("name"), field<&Registry::links>("links"));
  }
  friend bool operator==(const Registry&, const Registry&) = default;
};

enum class ProfileFault : std::uint8_t {
  malformed,          ///< not the JSON of a registry, or beyond its limits
  bad_authority,      ///< there is no key to check it with, or one that cannot be read
  bad_signature,      ///< not signed by every authority
  not_newer,          ///< an older number than what was accepted before
  unknown_name,       ///< something that this build does not know
  listed_twice,       ///< a link, or a name in one list
  meaningless_state,  ///< verify-only for something that is negotiated
  nothing_left,       ///< together with the policy there is no version, group, signature or suite to use
};
constexpr auto enum_names(ProfileFault) {
  return names("malformed", "bad_authority", "bad_signature", "not_newer", "unknown_name", "listed_twice",
               "meaningless_state", "nothing_left");
}

inline constexpr std::size_t kMaxRegistryText = 16 * 1024;
inline constexpr std::size_t kMaxAuthorities = 4;

std::expected<Registry, ProfileFault> parse_registry(std::string_view json);
/// `signatures`: one line of base64 for each public key of `authorities_pem`, in that order, each over kProfileContext and the
/// text. Ed25519 and ML-DSA keys sign the text itself, EC and RSA keys its SHA-256. All must be good: two algorithms are two locks.
std::expected<void, ProfileFault> check_signatures(std::string_view json, std::string_view signatures,
                                                   std::string_view authorities_pem);
inline constexpr std::string_view kProfileContext = "bulwatt crypto profile 1\n";
/// Signed, whole, and not older than `last_number`.
std::expected<Registry, ProfileFault> read_registry(std::string_view json, std::string_view signatures,
                                                    std::string_view authorities_pem, std::uint32_t last_number);

const LinkProfile* profile_of(const Registry& registry, LinkUse link);

enum class Trial : bool { no, yes };

/// A policy's rules, narrowed by a profile. Not to be moved: `rules` points into it.
class NarrowRules {
 public:
  NarrowRules() = default;
  NarrowRules(const NarrowRules&) = delete;
  NarrowRules& operator=(const NarrowRules&) = delete;
  const Rules& rules() const { return rules_; }
  bool tls12() const { return tls12_; }
  /// Whether our own certificate may be of this key: it has a signature that is active, not only verified.
  bool may_use_own(std::string_view signature) const;

 private:
  friend std::expected<std::shared_ptr<const NarrowRules>, ProfileFault> narrow(Policy, const LinkProfile&, Trial);
  std::string client_groups_{};
  std::string small_client_groups_{};
  std::string server_groups_{};
  std::string signatures_{};
  std::string suites_{};
  std::string tls12_suites_{};
  std::vector<std::string_view> accepted_{};
  std::vector<std::string> own_signatures_{};
  Rules rules_{};
  bool tls12_ = false;
};

std::expected<std::shared_ptr<const NarrowRules>, ProfileFault> narrow(Policy policy, const LinkProfile& profile,
                                                                       Trial trial);

}  // namespace bulwatt::tls
