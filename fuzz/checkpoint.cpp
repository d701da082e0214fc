// Any bytes as a signed note, a checkpoint, a key, a proof, a tile's path and a bundle of entries: what is taken is written back
// the same.
#include "libs/base/check.hpp"
#include "libs/merkle/proof.hpp"
#include "libs/merkle/signing.hpp"
#include "libs/merkle/tile.hpp"

using namespace bulwatt::merkle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto note = parse_note(text)) {
    std::string again{note->text};
    again += '\n';
    for (const auto& line : note->signatures) again += signature_line(line.name, line.key_id, line.bytes.view());
    BULWATT_ASSERT(again == text);
  }
  if (const auto checkpoint = parse_checkpoint(text)) BULWATT_ASSERT(text.starts_with(write_checkpoint(*checkpoint)));
  if (const auto key = parse_key(text)) BULWATT_ASSERT(write_key(*key) == text);
  if (const auto tile = parse_tile_path(text)) BULWATT_ASSERT(tile_path(*tile) == text);
  if (const auto proof = parse_proof(text)) {
    BULWATT_ASSERT(parse_proof(write_proof(*proof))->hashes == proof->hashes);
    verify_inclusion({}, proof->index, proof->index + 1, proof->hashes.view(), {});
    verify_consistency(proof->index, {}, proof->index + size, {}, proof->hashes.view());
  }
  auto bundle = std::as_bytes(std::span{text});
  std::string again;
  while (const auto entry = take_entry(bundle)) append_entry(again, *entry);
  BULWATT_ASSERT(again.size() + bundle.size() == size && text.starts_with(again));
  return 0;
}
