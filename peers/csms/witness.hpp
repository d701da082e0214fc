// Witness and mirror of the ledgers of stations, with a folder to remember in: libs/merkle/cosigner decides, here are the files.
//
//   witness.keys mirror.keys    by which it signs; to be put into a station's ledger folder
//   secret/                     their private halves
//   logs/                       files with the keys of the logs it knows, one a line; read when an unknown log comes
//   state/LOG/                  origin, checkpoint (cosigned), receipt, entries (as a bundle)
//   state/LOG/evidence/N-OFFENCE.request, .known   what was refused, with the station's own signatures, and what was signed before
#pragma once
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "libs/merkle/cosigner.hpp"

namespace bulwatt::csms {

inline constexpr std::size_t kEvidenceMost = 1000;  ///< of one log; what comes later is said and not kept

class Witness final : merkle::Keeper {
 public:
  struct Hooks {
    std::function<void(const std::string& line)> log;
    std::function<void(const nlohmann::json& event)> publish;
  };
  /// `name`: of its keys, such as csms.example.org. Makes what is not there. Throws std::runtime_error with a sentence.
  Witness(std::filesystem::path folder, const std::string& name, Hooks hooks);
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  /// `path`: of the address; what is before its last part does not matter.
  merkle::Cosigner::Answer post(std::string_view path, std::string_view body, std::int64_t unix_s);
  /// Of every log, by origin.
  nlohmann::json states() const;

 private:
  std::vector<merkle::VerifierKey> keys_of(std::string_view origin) override;
  bool keep_checkpoint(std::string_view origin, std::string_view note) override;
  bool keep_entries(std::string_view origin, std::string_view bundle) override;
  bool drop_entries(std::string_view origin, std::uint64_t count) override;
  bool keep_receipt(std::string_view origin, std::string_view note) override;
  void found(const merkle::Evidence& evidence) override;

  merkle::Cosigner::Keys load_keys(const std::string& name) const;
  void restore();
  std::filesystem::path place_of(std::string_view origin) const;
  std::filesystem::path folder_;
  Hooks hooks_;
  merkle::Cosigner cosigner_;
};

/// Folder name for an origin: no two have the same, and none leads elsewhere.
std::string folder_name(std::string_view origin);

}  // namespace bulwatt::csms
