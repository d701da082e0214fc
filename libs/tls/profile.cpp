#include "libs/tls/profile.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>

#include "libs/base/try.hpp"
#include "libs/json/json.hpp"
#include "libs/tls/openssl.hpp"

namespace bulwatt::tls {
namespace {

using namespace std::string_view_literals;

// What this build knows, and nothing else can be named: a word that means nothing today could mean something tomorrow.
constexpr std::array kVersions{"TLSv1.3"sv, "TLSv1.2"sv};
constexpr std::array kGroups{"X25519MLKEM768"sv, "SecP384r1MLKEM1024"sv, "X25519"sv, "secp256r1"sv,
                             "secp384r1"sv,      "secp521r1"sv,          "X448"sv};
constexpr std::array kSignatures{"mldsa65"sv,
                                 "mldsa87"sv,
                                 "mldsa44"sv,
                                 "ed25519"sv,
                                 "ed448"sv,
                                 "ecdsa_secp256r1_sha256"sv,
                                 "ecdsa_secp384r1_sha384"sv,
                                 "ecdsa_secp521r1_sha512"sv,
                                 "rsa_pss_rsae_sha256"sv,
                                 "rsa_pss_rsae_sha384"sv,
                                 "rsa_pss_rsae_sha512"sv,
                                 "rsa_pss_pss_sha256"sv};
constexpr std::array kSuites{"TLS_AES_256_GCM_SHA384"sv,        "TLS_AES_128_GCM_SHA256"sv,
                             "TLS_CHACHA20_POLY1305_SHA256"sv,  "ECDHE-ECDSA-AES256-GCM-SHA384"sv,
                             "ECDHE-ECDSA-AES128-GCM-SHA256"sv, "ECDHE-ECDSA-AES128-SHA256"sv};

template <class T>
using Maybe = std::expected<T, ProfileFault>;
using Known = std::span<const std::string_view>;

Maybe<void> check_list(std::span<const ProfileEntry> entries, Known known, bool may_verify_only) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto name = entries[i].name.view();
    if (std::ranges::find(known, name) == known.end()) return std::unexpected(ProfileFault::unknown_name);
    if (std::ranges::any_of(entries.first(i), [&](const auto& e) { return e.name.view() == name; }))
      return std::unexpected(ProfileFault::listed_twice);
    if (entries[i].state == ProfileState::verify_only && !may_verify_only)
      return std::unexpected(ProfileFault::meaningless_state);
  }
  return {};
}

template <class Entries>
std::span<const ProfileEntry> span_of(const Entries& entries) {
  return {entries.begin(), entries.end()};
}

Maybe<void> check_link(const LinkProfile& profile) {
  TRY_VOID(check_list(span_of(profile.versions), kVersions, false));
  TRY_VOID(check_list(span_of(profile.groups), kGroups, false));
  TRY_VOID(check_list(span_of(profile.signatures), kSignatures, true));
  return check_list(span_of(profile.suites), kSuites, false);
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::optional<std::vector<unsigned char>> from_base64(std::string_view line) {
  if (line.empty() || line.size() % 4 != 0 || line.size() > 8 * 1024) return std::nullopt;
  std::vector<unsigned char> out(line.size() / 4 * 3);
  const int size =
      EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(line.data()), static_cast<int>(line.size()));
  if (size < 0) return std::nullopt;
  const auto padding = line.ends_with("==") ? 2U : line.ends_with('=') ? 1U : 0U;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

bool verifies(EVP_PKEY* key, std::string_view content, std::string_view line) {
  const auto signature = from_base64(line);
  if (!signature) return false;
  const bool hashes = EVP_PKEY_is_a(key, "EC") == 1 || EVP_PKEY_is_a(key, "RSA") == 1;
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
  const bool good = context &&
                    EVP_DigestVerifyInit_ex(context.get(), nullptr, hashes ? "SHA256" : nullptr, nullptr, nullptr, key,
                                            nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), signature->data(), signature->size(),
                                     reinterpret_cast<const unsigned char*>(content.data()), content.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// So that a key that cannot be read is not passed over as the end.
std::size_t keys_in(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  std::size_t count = 0;
  for (auto at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin, at + 1)) ++count;
  return count;
}

bool same(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

bool in_list(const char* list, std::string_view name) {
  std::string_view rest = list == nullptr ? "" : list;
  while (!rest.empty()) {
    const auto end = rest.find(':');
    if (same(rest.substr(0, end), name)) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
  return false;
}

bool is_on(const ProfileEntry& entry, Trial trial) {
  return entry.state == ProfileState::active || (entry.state == ProfileState::test && trial == Trial::yes);
}

void add(std::string& list, std::string_view name, char separator = ':') {
  if (!list.empty()) list += separator;
  list += name;
}

}  // namespace

Maybe<Registry> parse_registry(std::string_view text) {
  if (text.size() > kMaxRegistryText) return std::unexpected(ProfileFault::malformed);
  const auto registry = json::decode<Registry>(text);
  if (!registry || registry->number == 0) return std::unexpected(ProfileFault::malformed);
  for (std::size_t i = 0; i < registry->links.size; ++i) {
    TRY_VOID(check_link(registry->links[i]));
    for (std::size_t j = 0; j < i; ++j)
      if (registry->links[j].link == registry->links[i].link) return std::unexpected(ProfileFault::listed_twice);
  }
  return *registry;
}

Maybe<void> check_signatures(std::string_view text, std::string_view signatures, std::string_view authorities_pem) {
  if (authorities_pem.empty()) return std::unexpected(ProfileFault::bad_authority);
  ERR_clear_error();
  const std::string content = std::string{kProfileContext} + std::string{text};
  const BioPtr pem{BIO_new_mem_buf(authorities_pem.data(), static_cast<int>(authorities_pem.size()))};
  std::size_t count = 0;
  for (;;) {
    const KeyPtr key{PEM_read_bio_PUBKEY(pem.get(), nullptr, nullptr, nullptr)};
    if (!key) break;
    if (++count > kMaxAuthorities) return std::unexpected(ProfileFault::bad_authority);
    if (!verifies(key.get(), content, next_line(signatures))) return std::unexpected(ProfileFault::bad_signature);
  }
  ERR_clear_error();
  if (count == 0 || count != keys_in(authorities_pem)) return std::unexpected(ProfileFault::bad_authority);
  if (!signatures.empty()) return std::unexpected(ProfileFault::bad_signature);
  return {};
}

Maybe<Registry> read_registry(std::string_view text, std::string_view signatures, std::string_view authorities_pem,
                              std::uint32_t last_number) {
  TRY_VOID(check_signatures(text, signatures, authorities_pem));
  TRY(registry, parse_registry(text));
  if (registry.number < last_number) return std::unexpected(ProfileFault::not_newer);
  return registry;
}

const LinkProfile* profile_of(const Registry& registry, LinkUse link) {
  for (const auto& profile : registry.links)
    if (profile.link == link) return &profile;
  return nullptr;
}

bool NarrowRules::may_use_own(std::string_view signature) const {
  return std::ranges::any_of(own_signatures_, [&](const std::string& one) { return same(one, signature); });
}

Maybe<std::shared_ptr<const NarrowRules>> narrow(Policy policy, const LinkProfile& profile, Trial trial) {
  TRY_VOID(check_link(profile));
  const auto& base = rules_of(policy);
  auto out = std::make_shared<NarrowRules>();
  bool tls13 = false;
  for (const auto& version : profile.versions) {
    tls13 = tls13 || (is_on(version, trial) && version.name.view() == "TLSv1.3");
    out->tls12_ = out->tls12_ || (is_on(version, trial) && version.name.view() == "TLSv1.2");
  }
  std::string hybrid;
  std::string classical;
  for (const auto& group : profile.groups) {
    const auto allowed =
        std::ranges::find_if(base.accepted_groups, [&](auto name) { return same(name, group.name.view()); });
    if (!is_on(group, trial) || allowed == base.accepted_groups.end()) continue;
    out->accepted_.push_back(*allowed);
    auto& level = is_quantum_safe(*allowed) ? hybrid : classical;
    // A share of the first of each level: the most wanted in one round trip, the other without one more.
    add(out->client_groups_, (level.empty() ? "*" : "") + std::string{group.name.view()});
    if (!same(group.name.view(), "X25519")) add(out->small_client_groups_, group.name.view());
    add(level, group.name.view());
  }
  out->small_client_groups_ = "*X25519" + (out->small_client_groups_.empty() ? "" : ":" + out->small_client_groups_);
  // Never in one tuple: a peer could steer to the lower one.
  out->server_groups_ = hybrid;
  if (!classical.empty()) add(out->server_groups_, classical, '/');
  for (const auto& signature : profile.signatures) {
    const bool own = is_on(signature, trial);
    if ((!own && signature.state != ProfileState::verify_only) || !in_list(base.signatures, signature.name.view()))
      continue;
    add(out->signatures_, signature.name.view());
    if (own) out->own_signatures_.emplace_back(signature.name.view());
  }
  for (const auto& suite : profile.suites) {
    if (!is_on(suite, trial)) continue;
    if (in_list(base.suites, suite.name.view())) add(out->suites_, suite.name.view());
    if (in_list(base.tls12_suites, suite.name.view())) add(out->tls12_suites_, suite.name.view());
  }
  if (!tls13 || out->accepted_.empty() || out->signatures_.empty() || out->suites_.empty())
    return std::unexpected(ProfileFault::nothing_left);
  out->tls12_ = out->tls12_ && !out->tls12_suites_.empty();
  out->rules_ = {out->client_groups_.c_str(),
                 out->small_client_groups_.c_str(),
                 out->server_groups_.c_str(),
                 out->signatures_.c_str(),
                 out->suites_.c_str(),
                 out->tls12_ ? out->tls12_suites_.c_str() : nullptr,
                 out->accepted_};
  return out;
}

}  // namespace bulwatt::tls
