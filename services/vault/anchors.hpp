// The trust anchors of the station: whom it believes for what. Durable in a journal of its own; what the factory stored as
// trust-csms.pem is taken over once, and again whenever that file has changed. Pure but for OpenSSL and the journal.
//
// With `additional_root_check` a new root of the backend must be signed by the present one, which then stays as a fallback
// until a connection was made under the new one.
#pragma once
#include "libs/journal/journal.hpp"
#include "services/vault/certificate.hpp"

namespace bulwatt::vault {

/// Places of each use; a use can never take another's. ISO 15118 asks for ten V2G roots at least.
inline constexpr std::array<std::size_t, 4> kPlaces{12, 10, 6, 4};
static_assert(kPlaces[0] + kPlaces[1] + kPlaces[2] + kPlaces[3] == kMaxAnchors);
inline constexpr std::uint32_t kAnchorJournalBytes = 512 * 1024;

struct Anchor {
  std::uint32_t number{};
  CertificateUse use{};
  bool fallback = false;   ///< a newer one is about to replace it
  bool from_file = false;  ///< of the factory's file, not of the backend
  CertificatePtr certificate{};
  KeyHashes issuer{};  ///< kept, since the issuer may be gone later
};

class Anchors {
 public:
  Anchors(journal::Journal& journal, bool additional_root_check)
      : journal_(journal), additional_root_check_(additional_root_check) {}

  std::expected<journal::Recovery, journal::Error> open();
  /// What the factory or the owner stored for the backend; it replaces what came from there before. Nothing happens when
  /// this very text was taken over before. A sentence when it is no good, or does not fit.
  std::expected<void, std::string> import_csms(std::string_view pem);

  InstallAnchor::Answer install(const InstallAnchor& request);
  DeleteAnchor::Answer remove(const CertificateId& id);
  /// The present connection to the backend; nothing: it uses no anchor.
  void confirm(const std::optional<Fingerprint>& anchor);

  std::span<const Anchor> all() const { return anchors_; }
  /// Whether the certificate is signed by an anchor of this use; null when not.
  const Anchor* issuer_of(X509& certificate, CertificateUse use) const;

 private:
  /// What one request changes: on disk whole or not at all, in memory only when it is on disk.
  struct Change {
    std::optional<Anchor> added{};
    std::vector<std::uint32_t> removed{};
    std::vector<std::pair<std::uint32_t, bool>> marked{};  ///< number, fallback
    std::optional<Fingerprint> imported{};
  };
  bool replay(const journal::Entry& entry);
  bool make(Change change);
  void take(Change& change);
  bool compact();
  std::optional<Flaw> flaw_of(X509& certificate, const InstallAnchor& request) const;
  Anchor made_from(CertificatePtr certificate, CertificateUse use, bool from_file) const;
  const Anchor* same_as(X509& certificate, CertificateUse use) const;
  std::size_t count(CertificateUse use) const;
  bool has_present_root() const;

  journal::Journal& journal_;
  const bool additional_root_check_;
  std::vector<Anchor> anchors_{};
  Fingerprint imported_{};
  std::uint32_t last_number_ = 0;
  std::optional<std::uint32_t> in_use_{};  ///< of the present connection
};

}  // namespace bulwatt::vault
