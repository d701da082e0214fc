// A certificate authority for tests, kept in a folder: a root, a server certificate below it, and certificates for
// stations. All P-256, as OCPP's security profiles ask at least.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace bulwatt::csms {

inline constexpr std::size_t kCsrMax = 5500;  ///< characters of a CSR in OCPP 2.0.1

class Pki {
 public:
  /// Reads the folder, and makes what is missing in it. `hosts` are names and addresses of the server certificate beside
  /// localhost, 127.0.0.1 and ::1. Throws std::runtime_error.
  explicit Pki(std::filesystem::path folder, const std::vector<std::string>& hosts = {});

  std::string root_pem() const;
  std::string server_chain_pem() const;
  std::string server_key_pem() const;
  std::filesystem::path folder() const { return folder_; }

  /// A certificate for the station, PEM. Throws std::runtime_error with a sentence unless the request is signed by its
  /// own key and its common name is the station's identity.
  std::string sign(const std::string& csr_pem, const std::string& station) const;
  /// Makes station-<identity>.key and .pem in the folder; for stations without a CSR of their own.
  void make_station(const std::string& station) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace bulwatt::csms
