// Signs meter records: fetches the payload that the meter service has made, under a page number that was never used, holds it
// against what it must say, signs it with both keys, brings the signatures. The meter may call nobody, so the vault comes for it
// when a pulse says that there is something.
#pragma once
#include "services/vault/pages.hpp"
#include "services/vault/service.hpp"

namespace bulwatt::vault {

inline constexpr std::string_view kMeterUser = "meter";

/// The meter service, as the signer sees it; whatever fails is asked for again by whoever wanted the record.
struct MeterSide {
  virtual bool tell(const meter::TellKeys& keys) = 0;
  virtual std::optional<meter::FetchToSign::ToSign> fetch(const meter::FetchToSign& request) = 0;
  virtual bool submit(const meter::SubmitRecord& request) = 0;
  /// Into the ledger; the number of the record there, 0 when it could not be recorded.
  virtual std::uint64_t signed_record(std::string_view detail) = 0;

 protected:
  ~MeterSide() = default;
};

class MeterSigner {
 public:
  MeterSigner(Service& service, Pages& pages, MeterSide& meter) : service_(service), pages_(pages), meter_(meter) {}
  /// Whether there is a key for meter records.
  bool has_key() const { return key(Algorithm::ecdsa_p256).has_value(); }
  /// To be called when the meter service is there, and whenever it is another one.
  void tell_keys();
  /// Empty, or one sentence about what went wrong.
  std::string_view sign(std::uint8_t evse, Instant now);

 private:
  std::optional<KeyInfo> key(Algorithm algorithm) const;
  std::optional<Signature> sign(const KeyInfo& key, std::span<const std::byte> payload, Instant now);
  std::uint64_t note(std::uint8_t evse, std::uint64_t page, const Text<64>& payload, std::span<const std::byte> twin);
  Service& service_;
  Pages& pages_;
  MeterSide& meter_;
};

}  // namespace bulwatt::vault
