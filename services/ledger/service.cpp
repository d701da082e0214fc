#include "services/ledger/service.hpp"

#include "libs/base/line.hpp"
#include "libs/base/try.hpp"

namespace bulwatt::ledger {

std::optional<CheckpointDue> Service::seal() {
  urgent_ = false;
  const auto sealed = store_.seal();
  if (!sealed || store_.checkpoint().size == store_.signed_records()) return std::nullopt;
  return CheckpointDue{store_.checkpoint().size};
}

std::expected<FetchCheckpoint::ToSign, Error> Service::fetch(const Stamp& stamp) {
  const auto checkpoint = store_.checkpoint();
  if (checkpoint.size == 0 || checkpoint.size == store_.signed_records()) return std::unexpected(Error::not_ready);
  handed_out_ = checkpoint;
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(stamp.time.unix_ms / 1000, 0));
  FetchCheckpoint::ToSign out{checkpoint.size, seconds, {}, {}};
  const auto text = merkle::write_checkpoint(checkpoint);
  out.text = Octets<256>{std::as_bytes(std::span{text})};
  out.cosigned = Octets<400>{merkle::cosigned_message(checkpoint.origin.view(), seconds, checkpoint).view()};
  return out;
}

std::expected<std::string, Error> Service::line_of(merkle::KeyType type, const SubmitCheckpoint::Signed& one,
                                                   const merkle::Checkpoint& checkpoint, std::uint64_t seconds,
                                                   std::string& keys) const {
  if (one.signature.empty()) return std::string{};
  const auto raw = merkle::raw_public_key(type, one.public_key.view());
  if (!raw) return std::unexpected(Error::refused);
  const merkle::VerifierKey key{checkpoint.origin.view(), type, *raw};
  const bool plain = type == merkle::KeyType::ed25519;
  const auto line = plain ? merkle::note_line(key, one.signature.view())
                          : merkle::cosignature_line(key, seconds, one.signature.view());
  const auto whole = merkle::write_checkpoint(checkpoint) + "\n" + line;
  const auto note = merkle::parse_note(whole);
  if (!note || merkle::check_signature(*note, key).verdict != merkle::Verdict::good)
    return std::unexpected(Error::refused);
  keys += merkle::write_key(key) + "\n";
  return line;
}

std::expected<SubmitCheckpoint::Done, Error> Service::submit(const SubmitCheckpoint& request, const Stamp& stamp) {
  if (!handed_out_ || request.records != handed_out_->size) return std::unexpected(Error::refused);
  const auto checkpoint = *handed_out_;
  std::string keys;
  TRY(classical, line_of(merkle::KeyType::ed25519, request.ed25519, checkpoint, request.seconds, keys));
  TRY(quantum_safe,
      line_of(merkle::KeyType::ml_dsa_44_cosignature, request.ml_dsa_44, checkpoint, request.seconds, keys));
  if (keys.empty()) return std::unexpected(Error::refused);
  TRY_VOID(store_.keep_checkpoint(merkle::write_checkpoint(checkpoint) + "\n" + classical + quantum_safe));
  handed_out_.reset();
  record_keys(keys, stamp);
  return SubmitCheckpoint::Done{checkpoint.size};
}

/// Which keys sign is part of the log itself: an exchange of them cannot be kept silent. Waits for the next commit or seal.
void Service::record_keys(const std::string& keys, const Stamp& stamp) {
  if (keys == keys_ || !store_.fits() || !store_.keep_keys(keys)) return;
  keys_ = keys;
  Line<kMaxDetail> detail{"keys="};
  for (std::size_t at = 0; at < keys.size();) {
    const auto end = keys.find('\n', at);
    const auto key = std::string_view{keys}.substr(at, end - at);
    // Name and key id; the whole key stands beside the checkpoint.
    detail.add(at == 0 ? "" : ",", key.substr(0, key.find('+', key.find('+') + 1)));
    at = end + 1;
  }
  store_.add(own::kActor, {Subject::key_use, Severity::notice, own::kSigningKey, detail.view()}, stamp);
}

}  // namespace bulwatt::ledger
