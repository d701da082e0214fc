#include "services/v2g/tls_side.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <ctime>

#include "libs/base/line.hpp"
#include "libs/base/try.hpp"
#include "libs/runtime/process.hpp"

namespace bulwatt::v2g {
namespace {
constexpr std::size_t kMostTrustParts = 8;
}

TlsSide::~TlsSide() {
  context_.reset();
  provider_.reset();
  OSSL_LIB_CTX_free(library_);
}

bool TlsSide::open() {
  ::tzset();  // the first comparison of a date with now reads the time zone's file
  if (tls::check_library() || !contract::self_test()) return false;
  library_ = OSSL_LIB_CTX_new();
  if (library_ == nullptr) return false;
  auto provider = remote_key::Provider::load(library_, signer_);
  if (!provider) return false;
  provider_.emplace(std::move(*provider));
  // Seeds the generator while everything it may touch is still allowed.
  std::array<unsigned char, 16> bytes{};
  return RAND_bytes_ex(library_, bytes.data(), bytes.size(), 0) == 1;
}

/// Of the configured keys those that have a certificate.
std::expected<std::vector<TlsSide::Certificate>, std::string_view> TlsSide::ask() {
  std::vector<Certificate> out;
  for (const auto& name : config_.keys) {
    const auto chain = vault_.call(vault::GetChain{name});
    if (!chain && chain.error().failure != ipc::Failure::none) return std::unexpected(chain.error().text());
    if (!chain || chain->pem.empty()) continue;  // no such key, or no certificate yet
    const auto info = vault_.call(vault::GetKey{name});
    if (!info) return std::unexpected(info.error().text());
    out.push_back({{reinterpret_cast<const char*>(chain->pem.data.data()), chain->pem.size}, *info});
  }
  return out;
}

std::expected<tls::Context, Text<200>> TlsSide::context_of(const std::vector<Certificate>& certificates) const {
  std::vector<remote_key::KeyPtr> keys;
  std::vector<tls::Identity> identities;
  bool slow = false;
  for (const auto& one : certificates) {
    auto key = provider_->make_key(one.info);
    if (!key) return std::unexpected(Text<200>{enum_text(key.error())});
    keys.push_back(std::move(*key));
    identities.push_back({.chain_pem = one.chain, .key = keys.back().get()});
    slow = slow || one.info.slow;
  }
  auto context = tls::Context::make({.role = tls::Role::server,
                                     .policy = tls::Policy::vehicle,
                                     .allow_tls12 = true,
                                     .chain_pem = identities.front().chain_pem,
                                     .key = identities.front().key,
                                     .others = std::span{identities}.subspan(1),
                                     .slow_key = slow,
                                     .library = library_,
                                     .properties = remote_key::kProperties});
  if (!context)
    return std::unexpected(
        Text<200>{Line<200>{enum_text(context.error().reason), ": ", context.error().detail.view()}.view()});
  return std::move(*context);
}

/// A vault that does not answer changes nothing.
void TlsSide::refresh_roots() {
  if (!config_.plug_and_charge) return;
  std::string roots;
  vault::GetTrust request{"contracts", 0};
  for (std::size_t i = 0; i < kMostTrustParts; ++i) {
    const auto part = vault_.call(request);
    if (!part) return;
    roots.append(reinterpret_cast<const char*>(part->pem.data.data()), part->pem.size);
    request.from = part->next;
    if (part->next == 0) break;
  }
  if (roots == roots_) return;
  roots_ = std::move(roots);
  runtime::log(judge_.trust(roots_) ? "cars may pay by contract: there are roots for contracts"
                                    : "cars cannot pay by contract: the vault has no root for contracts");
}

bool TlsSide::refresh() {
  refresh_roots();
  const auto certificates = ask();
  if (!certificates) return false;
  std::string chains;
  for (const auto& one : *certificates) chains += one.chain;
  if (told_ && chains == known_) return false;
  told_ = true;
  known_ = chains;
  context_.reset();
  if (certificates->empty()) {
    runtime::log("no TLS with cars: the vault has no certificate for any of [v2g] keys");
    return true;
  }
  auto context = context_of(*certificates);
  if (!context) {
    runtime::log(
        Line<300>{"no TLS with cars: a certificate or its key cannot be used: ", context.error().view()}.view());
    return true;
  }
  context_.emplace(std::move(*context));
  runtime::log(Line<96>{"TLS with cars: certificates under ", certificates->size(), " roots"}.view());
  return true;
}

std::optional<tls::Session> TlsSide::accept(Timestamp now) const {
  if (!context_) return std::nullopt;
  auto session = tls::Session::server(*context_, {.now_unix_s = now.unix_ms / 1000});
  if (!session) return std::nullopt;
  return std::move(*session);
}

}  // namespace bulwatt::v2g
