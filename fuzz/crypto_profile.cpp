// Any bytes as a crypto profile: nothing crashes; what is accepted is understood by the library, stays inside of its policy, and
// keeps what is lower behind a boundary.
#include <openssl/ssl.h>

#include <cstdlib>

#include "libs/tls/openssl.hpp"
#include "libs/tls/profile.hpp"

using namespace bulwatt;
using namespace bulwatt::tls;

namespace {

void judge(Policy policy, const NarrowRules& narrowed) {
  const auto& rules = narrowed.rules();
  const SslContextPtr context{SSL_CTX_new(TLS_method())};
  for (const auto* groups : {rules.client_groups, rules.small_client_groups, rules.server_groups})
    if (SSL_CTX_set1_groups_list(context.get(), groups) != 1) std::abort();
  if (SSL_CTX_set1_sigalgs_list(context.get(), rules.signatures) != 1) std::abort();
  if (SSL_CTX_set_ciphersuites(context.get(), rules.suites) != 1) std::abort();
  if (rules.tls12_suites != nullptr && policy != Policy::classical) std::abort();
  const auto& all = rules_of(policy).accepted_groups;
  for (const auto group : rules.accepted_groups)
    if (std::ranges::find(all, group) == all.end()) std::abort();
  // A server's first tuple is either all hybrid or there is no hybrid group at all.
  const std::string_view server{rules.server_groups};
  const auto first = server.substr(0, server.find('/'));
  const bool any_hybrid = server.find("MLKEM") != std::string_view::npos;
  if (any_hybrid && (first.find("MLKEM") == std::string_view::npos || first.find("X25519:") != std::string_view::npos ||
                     first.ends_with(":X25519")))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto half = text.substr(0, size / 2);
  if (check_signatures(half, text.substr(size / 2), "")) std::abort();
  (void)check_signatures("", half, text.substr(size / 2));
  const auto registry = parse_registry(text);
  if (!registry) return 0;
  for (const auto& profile : registry->links) {
    for (std::size_t i = 0; i < enum_names(Policy{}).size(); ++i) {
      const auto policy = static_cast<Policy>(i);
      for (const auto trial : {Trial::no, Trial::yes})
        if (const auto narrowed = narrow(policy, profile, trial)) judge(policy, **narrowed);
    }
  }
  return 0;
}
