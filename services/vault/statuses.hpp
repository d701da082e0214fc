// Answers about revocation (OCSP, RFC 6960) for the certificates that cars see, one per certificate, each in a file of its own:
//   ocsp-<first half of SHA-256 over issuer and serial number>.der
// Kept until their own end, renewed after a week, and gone when the certificate is. Pure but for OpenSSL and the folder.
#pragma once
#include "services/vault/anchors.hpp"
#include "services/vault/store.hpp"

namespace bulwatt::vault {

class Statuses {
 public:
  //= OCPP-2.0.1 M06.FR.10
  static constexpr std::int64_t kRenewMs = 7LL * 86'400 * 1000;
  static constexpr std::int64_t kAheadMs = 86'400 * 1000;  ///< renewed so long before the answer's own end

  Statuses(std::string folder, const Store& store, const Anchors& anchors)
      : folder_(std::move(folder)), store_(store), anchors_(anchors) {}

  /// Reads what is kept, and removes what belongs to no certificate any more.
  void open();
  NextStatus::Answer next(const NextStatus& request);
  StoreStatus::Reply store(const StoreStatus& request);
  /// To be stapled: DER, empty when there is none or it is past its end.
  std::span<const std::byte> staple(X509& certificate, std::int64_t now_ms) const;
  std::size_t size() const { return kept_.size(); }

 private:
  /// A certificate of a chain that has an issuer we know and says who answers for it.
  struct Subject {
    CertificatePtr certificate{};
    CertificatePtr issuer{};
    CertificateId id{};
    std::string responder{};
  };
  struct Kept {
    std::string name{};
    std::vector<std::byte> der{};
    std::int64_t from_ms{};  ///< thisUpdate
    std::int64_t until_ms{};
  };
  std::vector<Subject> subjects() const;
  static std::string name_of(const CertificateId& id);
  /// A sentence when it is no good answer about the subject; without `now` no date is looked at.
  static std::expected<Kept, std::string> judge(std::span<const std::byte> der, const Subject& subject,
                                                std::optional<std::int64_t> now_ms);
  const Kept* find(const std::string& name) const;

  std::string folder_;
  const Store& store_;
  const Anchors& anchors_;
  std::vector<Kept> kept_{};
};

}  // namespace bulwatt::vault
