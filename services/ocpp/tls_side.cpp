#include "services/ocpp/tls_side.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "libs/base/line.hpp"

namespace bulwatt::ocpp {
namespace {

std::string_view text_of(const Octets<vault::kMaxChain>& pem) {
  return {reinterpret_cast<const char*>(pem.data.data()), pem.size};
}

std::unexpected<Text<200>> complain(std::string_view what, std::string_view why) {
  return std::unexpected(Text<200>{Line<200>{what, ": ", why}.view()});
}

}  // namespace

TlsSide::TlsSide(const Config& config, Vault vault) : config_(config), vault_(vault) {}

TlsSide::~TlsSide() {
  provider_.reset();
  OSSL_LIB_CTX_free(library_);
}

bool TlsSide::open() {
  if (tls::check_library()) return false;
  library_ = OSSL_LIB_CTX_new();
  if (library_ == nullptr) return false;
  auto provider = remote_key::Provider::load(library_, signer_);
  if (!provider) return false;
  provider_.emplace(std::move(*provider));
  // Seeds the generator while everything it may touch is still allowed.
  std::array<unsigned char, 16> bytes{};
  return RAND_bytes_ex(library_, bytes.data(), bytes.size(), 0) == 1;
}

std::expected<std::string, Text<200>> TlsSide::trust(std::string_view link) {
  std::string out;
  vault::GetTrust request{link, 0};
  for (std::size_t i = 0; i < kMostTrustParts; ++i) {
    const auto part = vault_.call(request);
    if (!part) return complain("the vault gives no trust anchors", part.error().text());
    out += text_of(part->pem);
    if (part->next == 0) return out;
    request.from = part->next;
  }
  return complain("the vault gives no trust anchors", "there is no end of them");
}

std::expected<std::shared_ptr<const tls::NarrowRules>, Text<200>> TlsSide::profile() {
  const auto given = vault_.call(vault::GetProfile{tls::LinkUse::csms});
  if (!given) return complain("the vault gives no crypto profile", given.error().text());
  profile_ = given->number;
  if (!given->profile) return nullptr;
  auto narrowed = tls::narrow(config_.tls_policy, *given->profile, tls::Trial::no);
  if (!narrowed) return complain("the crypto profile does not go with tls_policy", enum_text(narrowed.error()));
  return *narrowed;
}

std::expected<vault::KeyName, Text<200>> TlsSide::slot(bool other) {
  const auto own = vault_.call(vault::ListOwn{config_.key});
  if (!own) return complain("the vault gives no certificate", own.error().text());
  if (own->slots.empty())
    return complain("the vault has no certificate for the client key", "have its request signed and store it");
  return own->slots[other ? own->slots.size - 1U : 0].name;
}

std::expected<tls::Context, Text<200>> TlsSide::context(bool with_certificate, bool with_fallback,
                                                        bool other_certificate) {
  const auto trust = this->trust(with_fallback ? "csms" : "csms-new");
  if (!trust) return std::unexpected(trust.error());
  if (trust->empty()) return complain("the vault has no trust anchors for the backend", "store them as trust-csms.pem");
  const auto revocations = vault_.call(vault::GetTrust{"csms-crl", 0});
  if (!revocations) return complain("the vault gives no revocation lists", revocations.error().text());
  const auto narrowed = profile();
  if (!narrowed) return std::unexpected(narrowed.error());
  tls::ContextOptions options{.policy = config_.tls_policy,
                              .trust_anchors_pem = *trust,
                              .revocations_pem = text_of(revocations->pem),
                              .narrowed = *narrowed,
                              .library = library_,
                              .properties = remote_key::kProperties};
  std::expected<vault::GetChain::Chain, ipc::CallError<vault::Error>> chain{};
  remote_key::KeyPtr key{};
  if (with_certificate) {
    const auto used = slot(other_certificate);
    if (!used) return std::unexpected(used.error());
    used_ = *used;
    chain = vault_.call(vault::GetChain{*used});
    if (!chain) return complain("the vault gives no certificate", chain.error().text());
    const auto info = vault_.call(vault::GetKey{*used});
    if (!info) return complain("the vault does not know the client key", info.error().text());
    auto made = provider_->make_key(*info);
    if (!made) return complain("the client key cannot be used", enum_text(made.error()));
    key = std::move(*made);
    options.chain_pem = text_of(chain->pem);
    options.key = key.get();
    options.slow_key = info->slow;
  }
  auto context = tls::Context::make(options);
  if (!context) return complain(enum_text(context.error().reason), context.error().detail.view());
  return std::move(*context);
}

//= OCPP-2.0.1 M05.FR.13
void TlsSide::connected(const tls::Report* report, bool with_certificate, std::uint32_t profile) {
  vault::ConfirmTrust confirm{};
  if (report != nullptr) confirm.anchor = report->anchor_fingerprint;
  if (with_certificate) confirm.slot = used_;
  if (report != nullptr) confirm.profile = profile;
  static_cast<void>(vault_.call(confirm));  // the next connection says it again
}

Keys TlsSide::keys() {
  const auto trust = vault_.call(vault::GetTrust{"csms", 0});
  return {trust && !trust->pem.empty(), slot(false).has_value()};
}

}  // namespace bulwatt::ocpp
