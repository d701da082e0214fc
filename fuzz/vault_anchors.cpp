// Any text as a certificate of every use, as the factory's file and as hashes to delete: whatever is taken is listed, comes
// back after a restart, and can be deleted by the name it is listed under.
#include <cstdlib>
#include <string_view>

#include "libs/journal/memory_storage.hpp"
#include "services/vault/trust.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

struct Nobody final : TrustRecorder {
  void trust_changed(std::string_view, std::string_view, bool) override {}
};
void require(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0 || size > kMaxChain) return 0;
  const bool check = (data[0] & 1) != 0;
  const auto use = static_cast<CertificateUse>(data[0] / 2 % enum_names(CertificateUse{}).size());
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  journal::MemoryStorage storage;
  std::size_t count = 0;
  {
    journal::Journal journal{storage, kAnchorJournalBytes};
    Anchors anchors{journal, check};
    require(anchors.open().has_value());
    static_cast<void>(anchors.import_csms(text));
    const auto answer = anchors.install({use, Text<kMaxAnchorPem>{text}, std::nullopt});
    require(answer.verdict != InstallVerdict::failed);
    require(answer.verdict == InstallVerdict::rejected || !anchors.all().empty());
    count = anchors.all().size();
  }
  journal::Journal journal{storage, kAnchorJournalBytes};
  Anchors anchors{journal, check};
  require(anchors.open().has_value() && anchors.all().size() == count);
  Nobody nobody;
  const Store none;
  Trust trust{anchors, none, nobody};
  const auto listed = trust.list({});
  require(listed.certificates.size == count);
  for (const auto& one : listed.certificates) static_cast<void>(trust.remove({one.id}));
  require(anchors.all().empty());
  return 0;
}
