// What the backend may see and change of certificates, through ocpp: the anchors, and the station's own chains.
#pragma once
#include "services/vault/anchors.hpp"
#include "services/vault/store.hpp"

namespace bulwatt::vault {

/// Told of every wish to change what is trusted, granted or not; the shell appends it to the ledger.
struct TrustRecorder {
  /// `what` is one word, `detail` key=value pairs.
  virtual void trust_changed(std::string_view what, std::string_view detail, bool granted) = 0;

 protected:
  ~TrustRecorder() = default;
};

class Trust {
 public:
  static constexpr std::int64_t kWarnBefore = 30LL * 86'400;  ///< seconds

  Trust(Anchors& anchors, const Store& store, TrustRecorder& recorder)
      : anchors_(anchors), store_(store), recorder_(recorder) {}

  std::expected<GetTrust::Part, Error> get(const GetTrust& request) const;
  InstallAnchor::Answer install(const InstallAnchor& request);
  DeleteAnchor::Answer remove(const DeleteAnchor& request);
  ListCertificates::Part list(const ListCertificates& request) const;
  /// One for each certificate, anchor or own, that ends within kWarnBefore or has ended: "name=… use=… days=…".
  std::vector<std::string> ending(std::int64_t now_unix_s) const;
  void confirm(const ConfirmTrust& request) { anchors_.confirm(request.anchor); }
  /// Something else about the station's own certificates.
  void changed(std::string_view what, std::string_view detail, bool granted) {
    recorder_.trust_changed(what, detail, granted);
  }

 private:
  bool is_own(const CertificateId& id) const;

  Anchors& anchors_;
  const Store& store_;
  TrustRecorder& recorder_;
};

}  // namespace bulwatt::vault
