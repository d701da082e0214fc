#include "tools/pki/rehearse.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

namespace bulwatt::pki {
namespace {

struct Entry {
  std::string file;
  tls::CertificatePtr certificate;
  Facts facts;
  std::optional<std::size_t> issuer;  ///< its place among the entries; nothing for roots and strangers
};

std::vector<Entry> read_all(const std::filesystem::path& folder) {
  std::vector<Entry> entries;
  for (auto at = std::filesystem::recursive_directory_iterator(folder);
       at != std::filesystem::recursive_directory_iterator{}; ++at) {
    if (at->is_directory() && at->path().filename() == "faults") {
      at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file() || at->path().extension() != ".pem") continue;
    if (read_file(at->path()).find("BEGIN CERTIFICATE") == std::string::npos) continue;
    auto certificate = read_certificate(at->path());
    auto facts = facts_of(certificate.get());
    entries.push_back(
        {std::filesystem::relative(at->path(), folder).string(), std::move(certificate), std::move(facts), {}});
  }
  std::ranges::sort(entries, {}, &Entry::file);
  return entries;
}

bool issued(const Entry& above, const Entry& below) {
  const bool yes = X509_check_issued(above.certificate.get(), below.certificate.get()) == X509_V_OK &&
                   X509_verify(below.certificate.get(), X509_get0_pubkey(above.certificate.get())) == 1;
  ERR_clear_error();
  return yes;
}

/// Of several issuers with the same key (a renewed one beside the old) the one that lives longest counts.
void find_issuers(std::vector<Entry>& entries) {
  for (auto& entry : entries) {
    if (entry.facts.own_issuer) continue;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].facts.authority || !issued(entries[i], entry)) continue;
      if (!entry.issuer || entries[i].facts.ends > entries[*entry.issuer].facts.ends) entry.issuer = i;
    }
  }
}

bool depends_on(const std::vector<Entry>& entries, std::size_t who, std::size_t on) {
  for (auto at = std::optional{who}; at; at = entries[*at].issuer)
    if (*at == on) return true;
  return false;
}

}  // namespace

Rehearsal rehearse(const std::filesystem::path& folder, std::int64_t now) {
  auto entries = read_all(folder);
  if (entries.empty()) throw std::runtime_error("there is no certificate in " + folder.string());
  find_issuers(entries);
  Rehearsal out;
  out.certificates = entries.size();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    if (!entry.facts.own_issuer && !entry.issuer)
      out.warnings.push_back({entry.file, "its issuer is not here: " + entry.facts.issuer});
    if (entry.issuer && entries[*entry.issuer].facts.ends < entry.facts.ends)
      out.warnings.push_back({entry.file, "it outlives its issuer " + entries[*entry.issuer].file + ", which ends " +
                                              day_text(entries[*entry.issuer].facts.ends)});
    if (entry.facts.ends < now) out.warnings.push_back({entry.file, validity_text(entry.facts, now)});
    if (entry.facts.ends < now) continue;
    Event event{entry.facts.ends, entry.file, entry.facts.subject, {entry.file}};
    for (std::size_t other = 0; other < entries.size(); ++other)
      if (other != i && depends_on(entries, other, i) && entries[other].facts.ends > entry.facts.ends)
        event.broken.push_back(entries[other].file);
    out.events.push_back(std::move(event));
  }
  std::ranges::sort(out.events, {}, &Event::when);
  return out;
}

}  // namespace bulwatt::pki
