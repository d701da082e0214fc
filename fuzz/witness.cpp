// Any bytes as requests to a witness and mirror, and as their answers: nothing is signed for a log that its keys did not sign, what is
// taken is written back the same.
#include "libs/base/check.hpp"
#include "libs/merkle/cosigner_for_tests.hpp"

using namespace bulwatt::merkle;

namespace {

struct Rig {
  SoftwareKey log = *SoftwareKey::make(KeyType::ed25519, "fuzz/1");
  MemoryKeeper keeper{};
  Cosigner cosigner{cosigner_keys(), keeper};
  Rig() { keeper.keys["fuzz/1"] = {log.verifier()}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Rig rig;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto request = parse_add_checkpoint(text)) BULWATT_ASSERT(write_add_checkpoint(*request) == text);
  if (const auto request = parse_add_entries(text)) {
    BULWATT_ASSERT(write_add_entries(*request) == text);
    MirrorTree tree;
    const Checkpoint upto{"fuzz/1", request->from + 3, {}};
    BULWATT_ASSERT(tree.take(*request, upto) != Mirrored::complete);
  }
  BULWATT_ASSERT(rig.cosigner.post("add-checkpoint", text, 1).status != 200);
  BULWATT_ASSERT(rig.cosigner.post("add-entries", text, 1).status != 200);
  const Checkpoint head{"fuzz/1", 7, {}};
  const auto keys = std::vector{rig.log.verifier()};
  BULWATT_ASSERT(read_mirror_answer(200, {}, text, head, keys).outcome != MirrorAnswer::Outcome::complete);
  BULWATT_ASSERT(read_mirror_answer(409, kSizeType, text, head, keys).next < 7);
  WitnessClient client{keys};
  BULWATT_ASSERT(client.take(200, {}, text) != WitnessClient::Outcome::cosigned);
  return 0;
}
