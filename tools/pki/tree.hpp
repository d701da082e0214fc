// Whole public-key infrastructures around a station, made in one go: backend, vehicles, contracts, manufacturers, firmware.
#pragma once
#include <functional>

#include "tools/pki/certificate.hpp"

namespace bulwatt::pki {

/// How deep a certificate lies; a mixed tree has one key type per level.
enum class Level : std::uint8_t { root, upper, lower, leaf };

/// One certificate of the tree. Ids are paths below the tree's folder, without ".pem".
struct Role {
  const char* id;
  const char* issuer;  ///< empty: itself
  Level level;
  const char* common_name;  ///< {station} and {host} are filled in
  const char* domain_component;
  int days;
  const char* extended_usage;  ///< empty: none
  const char* what;            ///< one sentence for people
};
const std::vector<Role>& roles();

struct Plan {
  std::string algorithm = "p256";  ///< of algorithm_names(), or "mixed"
  std::string station = "CS001";
  std::string host = "localhost";
  bool faults = false;
};
inline constexpr const char* kMixed = "mixed";

/// Key type of a level. Throws when there is no such algorithm.
Algorithm algorithm_of(const std::string& name, Level level);

/// Makes what is not there yet below `folder`; `said` hears of each file. Keys and certificates that exist stay as they are.
/// A leaf's file holds its chain, leaf first, without the root, as a TLS server sends it.
void make_tree(const std::filesystem::path& folder, const Plan& plan,
               const std::function<void(const std::string&)>& said);

/// The certificate of a role and those above it, but not the root, PEM.
std::string chain_from(const std::filesystem::path& folder, const std::string& id);
/// Certificate and key of a role that was made before.
Holder holder_of(const std::filesystem::path& folder, const std::string& id);

// ---- what must be refused

/// A certificate of the backend that is wrong in one way: faults/<name>/{server.pem, server.key, root.pem[, crl.pem]}.
struct Fault {
  const char* name;
  const char* what;
  int error;  ///< of X509_verify_cert with the root, the host and the list, if there is one
};
const std::vector<Fault>& faults();
void make_faults(const std::filesystem::path& folder, const Plan& plan);

}  // namespace bulwatt::pki
