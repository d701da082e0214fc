#include "services/vault/anchors.hpp"

namespace bulwatt::vault {
namespace {

struct StoredAnchor {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t number{};
  CertificateUse use{};
  bool fallback{};
  bool from_file{};
  Octets<kMaxDer> der{};
  KeyHashes issuer{};
  static constexpr auto fields() {
    using A = StoredAnchor;
    return list(field<&A::number>("number"), field<&A::use>("use"), field<&A::fallback>("fallback"),
                field<&A::from_file>("from_file"), field<&A::der>("der"), field<&A::issuer>("issuer"));
  }
};
struct RemovedAnchor {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t number{};
  static constexpr auto fields() { return list(field<&RemovedAnchor::number>("number")); }
};
struct MarkedAnchor {
  static constexpr std::uint8_t kRecord = 3;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t number{};
  bool fallback{};
  static constexpr auto fields() {
    return list(field<&MarkedAnchor::number>("number"), field<&MarkedAnchor::fallback>("fallback"));
  }
};
struct ImportedText {
  static constexpr std::uint8_t kRecord = 4;
  static constexpr std::uint8_t kVersion = 1;
  Fingerprint digest{};
  static constexpr auto fields() { return list(field<&ImportedText::digest>("digest")); }
};

template <class Record, class F>
bool read(const journal::Entry& entry, F&& use) {
  if (entry.version != Record::kVersion) return false;
  const auto record = std::make_unique<std::expected<Record, wire::Error>>(wire::decode<Record>(entry.bytes));
  return record->has_value() && use(**record);
}

std::unique_ptr<StoredAnchor> stored(const Anchor& anchor) {
  auto out = std::make_unique<StoredAnchor>();
  out->number = anchor.number;
  out->use = anchor.use;
  out->fallback = anchor.fallback;
  out->from_file = anchor.from_file;
  out->der = Octets<kMaxDer>{der_of(*anchor.certificate)};
  out->issuer = anchor.issuer;
  return out;
}

InstallAnchor::Answer answer(InstallVerdict verdict, std::string_view reason = {}) { return {verdict, reason}; }
DeleteAnchor::Answer answer(DeleteVerdict verdict, std::string_view reason = {}) { return {verdict, reason}; }

Fingerprint digest_of(std::string_view text) {
  Fingerprint out{};
  unsigned int size = 0;
  static_cast<void>(
      EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_sha256(), nullptr));
  return out;
}

}  // namespace

std::expected<journal::Recovery, journal::Error> Anchors::open() {
  auto recovery = journal_.open([this](const journal::Entry& entry) { return replay(entry); });
  if (!recovery) return recovery;
  if (recovery->damaged && !compact()) return std::unexpected(journal::Error::storage);
  return recovery;
}

bool Anchors::replay(const journal::Entry& entry) {
  Change change;
  const bool good = [&] {
    switch (entry.kind) {
      case StoredAnchor::kRecord:
        return read<StoredAnchor>(entry, [&](const StoredAnchor& r) {
          auto certificate = parse_der(r.der.view());
          if (!certificate || r.use == CertificateUse::v2g_chain || anchors_.size() >= kMaxAnchors) return false;
          change.added = Anchor{r.number, r.use, r.fallback, r.from_file, std::move(certificate), r.issuer};
          return true;
        });
      case RemovedAnchor::kRecord:
        return read<RemovedAnchor>(entry, [&](const RemovedAnchor& r) {
          change.removed.push_back(r.number);
          return true;
        });
      case MarkedAnchor::kRecord:
        return read<MarkedAnchor>(entry, [&](const MarkedAnchor& r) {
          change.marked.emplace_back(r.number, r.fallback);
          return true;
        });
      case ImportedText::kRecord:
        return read<ImportedText>(entry, [&](const ImportedText& r) {
          change.imported = r.digest;
          return true;
        });
      default: return false;
    }
  }();
  if (good) take(change);
  return good;
}

void Anchors::take(Change& change) {
  for (const auto number : change.removed) std::erase_if(anchors_, [&](const Anchor& a) { return a.number == number; });
  for (const auto& [number, fallback] : change.marked) {
    const auto found = std::ranges::find(anchors_, number, &Anchor::number);
    if (found != anchors_.end()) found->fallback = fallback;
  }
  if (change.imported) imported_ = *change.imported;
  if (!change.added) return;
  last_number_ = std::max(last_number_, change.added->number);
  anchors_.push_back(std::move(*change.added));
}

bool Anchors::make(Change change) {
  if (journal_.wants_compaction() && !compact()) return false;
  auto& batch = journal_.batch();
  bool good = true;
  for (const auto number : change.removed) good = good && batch.add(RemovedAnchor{number});
  for (const auto& [number, fallback] : change.marked) good = good && batch.add(MarkedAnchor{number, fallback});
  if (change.imported) good = good && batch.add(ImportedText{*change.imported});
  if (change.added) good = good && batch.add(*stored(*change.added));
  good = good && journal_.commit().has_value();
  batch.clear();
  if (good) take(change);
  return good;
}

bool Anchors::compact() {
  return journal_
      .compact([&](journal::Snapshot& out) {
        bool good = out.add(ImportedText{imported_});
        for (const auto& anchor : anchors_) good = good && out.add(*stored(anchor));
        return good;
      })
      .has_value();
}

std::size_t Anchors::count(CertificateUse use) const {
  return static_cast<std::size_t>(std::ranges::count(anchors_, use, &Anchor::use));
}

const Anchor* Anchors::issuer_of(X509& certificate, CertificateUse use) const {
  const auto found = std::ranges::find_if(
      anchors_, [&](const Anchor& a) { return a.use == use && signed_by(certificate, *a.certificate); });
  return found == anchors_.end() ? nullptr : &*found;
}

/// The same issuer and serial number: what a backend cannot tell apart.
const Anchor* Anchors::same_as(X509& certificate, CertificateUse use) const {
  const auto found = std::ranges::find_if(anchors_, [&](const Anchor& a) {
    return a.use == use && X509_issuer_and_serial_cmp(a.certificate.get(), &certificate) == 0;
  });
  return found == anchors_.end() ? nullptr : &*found;
}

bool Anchors::has_present_root() const {
  return std::ranges::any_of(anchors_,
                             [](const Anchor& a) { return a.use == CertificateUse::csms_root && !a.fallback; });
}

Anchor Anchors::made_from(CertificatePtr certificate, CertificateUse use, bool from_file) const {
  Anchor out{last_number_ + 1, use, false, from_file, std::move(certificate), {}};
  if (signed_by(*out.certificate, *out.certificate)) out.issuer = key_hashes(*out.certificate);
  else if (const auto* issuer = issuer_of(*out.certificate, use)) out.issuer = key_hashes(*issuer->certificate);
  return out;
}

//= OCPP-2.0.1 M05.FR.07
//= OCPP-2.0.1 M05.FR.10
//= OCPP-2.0.1 M05.FR.11
std::optional<Flaw> Anchors::flaw_of(X509& certificate, const InstallAnchor& request) const {
  if (const auto wrong = flaw_of_authority(certificate, request.now)) return wrong;
  const bool by_present = issuer_of(certificate, request.use) != nullptr;
  if (!by_present && !signed_by(certificate, certificate)) return Flaw::unknown_issuer;
  if (!additional_root_check_ || request.use != CertificateUse::csms_root) return std::nullopt;
  const bool by_root = std::ranges::any_of(anchors_, [&](const Anchor& a) {
    return a.use == CertificateUse::csms_root && !a.fallback && signed_by(certificate, *a.certificate);
  });
  return has_present_root() && !by_root ? std::optional{Flaw::not_signed_by_present} : std::nullopt;
}

//= OCPP-2.0.1 M05.FR.01
//= OCPP-2.0.1 M05.FR.02
//= OCPP-2.0.1 M05.FR.03
//= OCPP-2.0.1 M05.FR.09
//= OCPP-2.0.1 M05.FR.12
InstallAnchor::Answer Anchors::install(const InstallAnchor& request) {
  using enum InstallVerdict;
  if (request.use == CertificateUse::v2g_chain) return answer(rejected, "a chain is no trust anchor");
  auto certificate = parse_one(request.pem.view());
  if (!certificate) return answer(rejected, enum_text(certificate.error()));
  if (const auto wrong = flaw_of(**certificate, request)) return answer(rejected, enum_text(*wrong));
  const auto* same = same_as(**certificate, request.use);
  //= OCPP-2.0.1 M05.FR.17
  if (same != nullptr && X509_cmp(same->certificate.get(), certificate->get()) == 0) return answer(accepted);
  Change change;
  //= OCPP-2.0.1 M05.FR.06
  if (same == nullptr && count(request.use) >= kPlaces[static_cast<std::size_t>(request.use)])
    return answer(rejected, "there is no room for another certificate of this use");
  change.added = made_from(std::move(*certificate), request.use, false);
  if (same != nullptr) change.removed.push_back(same->number);
  if (additional_root_check_ && request.use == CertificateUse::csms_root) {
    for (const auto& anchor : anchors_)
      if (anchor.use == CertificateUse::csms_root && !anchor.fallback) change.marked.emplace_back(anchor.number, true);
  }
  return make(std::move(change)) ? answer(accepted) : answer(failed, "the certificate could not be stored");
}

//= OCPP-2.0.1 M04.FR.02
//= OCPP-2.0.1 M04.FR.03
//= OCPP-2.0.1 M04.FR.04
DeleteAnchor::Answer Anchors::remove(const CertificateId& id) {
  using enum DeleteVerdict;
  Change change;
  for (const auto& anchor : anchors_) {
    if (id_of(*anchor.certificate, anchor.issuer, id.algorithm) != id) continue;
    if (anchor.number == in_use_) return answer(failed, "the present connection depends on this certificate");
    change.removed.push_back(anchor.number);
  }
  if (change.removed.empty()) return answer(not_found);
  // Without the one that was to replace them, those that were to be replaced are the present ones again.
  const auto removed = [&](const Anchor& a) {
    return std::ranges::find(change.removed, a.number) != change.removed.end();
  };
  const bool root_left = std::ranges::any_of(
      anchors_, [&](const Anchor& a) { return a.use == CertificateUse::csms_root && !a.fallback && !removed(a); });
  for (const auto& anchor : anchors_)
    if (!root_left && anchor.fallback && !removed(anchor)) change.marked.emplace_back(anchor.number, false);
  return make(std::move(change)) ? answer(accepted) : answer(failed, "the change could not be stored");
}

//= OCPP-2.0.1 M05.FR.13
void Anchors::confirm(const std::optional<Fingerprint>& anchor) {
  in_use_.reset();
  if (!anchor) return;
  const auto found = std::ranges::find_if(anchors_, [&](const Anchor& a) {
    return a.use == CertificateUse::csms_root && fingerprint_of(*a.certificate) == *anchor;
  });
  if (found == anchors_.end()) return;
  in_use_ = found->number;
  if (found->fallback) return;
  Change change;
  for (const auto& one : anchors_)
    if (one.fallback) change.removed.push_back(one.number);
  if (!change.removed.empty()) static_cast<void>(make(std::move(change)));  // the next connection tries again
}

std::expected<void, std::string> Anchors::import_csms(std::string_view pem) {
  const std::unexpected not_stored{std::string{"the trust anchors could not be stored"}};
  const auto digest = digest_of(pem);
  if (digest == imported_) return {};
  auto certificates = parse_pem(pem);
  if (!certificates) return std::unexpected(std::string{enum_text(certificates.error())});
  // Cut off in the middle, the next start begins anew: the text counts as taken over only at the end.
  Change stale;
  for (const auto& anchor : anchors_)
    if (anchor.from_file) stale.removed.push_back(anchor.number);
  if (!stale.removed.empty() && !make(std::move(stale))) return not_stored;
  for (auto& certificate : *certificates) {
    if (same_as(*certificate, CertificateUse::csms_root) != nullptr) continue;
    if (count(CertificateUse::csms_root) >= kPlaces[static_cast<std::size_t>(CertificateUse::csms_root)])
      return std::unexpected(std::string{"there are more trust anchors for the backend than the vault has places for"});
    Change change;
    change.added = made_from(std::move(certificate), CertificateUse::csms_root, true);
    if (!make(std::move(change))) return not_stored;
  }
  Change done;
  done.imported = digest;
  if (!make(std::move(done))) return not_stored;
  return {};
}

}  // namespace bulwatt::vault
