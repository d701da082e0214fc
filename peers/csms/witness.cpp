#include "peers/csms/witness.hpp"

#include <sstream>

#include "libs/base/hex.hpp"
#include "libs/merkle/hash.hpp"
#include "peers/csms/durable.hpp"

namespace bulwatt::csms {
namespace {

namespace fs = std::filesystem;
using merkle::KeyType;
using Json = nlohmann::json;

constexpr std::size_t kDigestInName = 16;  // hexadecimal digits

std::string_view word(KeyType type) { return type == KeyType::ed25519_cosignature ? "ed25519" : "ml-dsa-44"; }

merkle::SoftwareKey load_key(const fs::path& file, KeyType type, const std::string& name) {
  const auto pem = read_if_there(file);
  if (!pem) throw std::runtime_error("cannot read '" + file.string() + "'");
  auto key = pem->empty() ? merkle::SoftwareKey::make(type, name) : merkle::SoftwareKey::from_pem(type, name, *pem);
  if (!key) throw std::runtime_error("'" + file.string() + "' is no such key, or '" + name + "' no name for one");
  if (pem->empty() && !write_durably(file, key->private_pem(), true))
    throw std::runtime_error("cannot write '" + file.string() + "'");
  return std::move(*key);
}

std::string lines_of(const std::vector<merkle::SoftwareKey>& keys) {
  std::string out;
  for (const auto& key : keys) out += merkle::write_key(key.verifier()) + "\n";
  return out;
}

}  // namespace

std::string folder_name(std::string_view origin) {
  std::string name;
  for (const char c : origin) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    name += plain ? c : '_';
  }
  return name + "-" + hex(merkle::leaf_hash(std::as_bytes(std::span{origin}))).substr(0, kDigestInName);
}

Witness::Witness(fs::path folder, const std::string& name, Hooks hooks)
    : folder_(std::move(folder)), hooks_(std::move(hooks)), cosigner_(load_keys(name), *this) {
  restore();
}

merkle::Cosigner::Keys Witness::load_keys(const std::string& name) const {
  for (const auto* part : {"secret", "logs", "state"}) fs::create_directories(folder_ / part);
  fs::permissions(folder_ / "secret", fs::perms::owner_all);
  merkle::Cosigner::Keys keys;
  for (const auto type : {KeyType::ed25519_cosignature, KeyType::ml_dsa_44_cosignature}) {
    const auto file = [&](const std::string& role) {
      return folder_ / "secret" / (role + "-" + std::string{word(type)} + ".pem");
    };
    keys.witness.push_back(load_key(file("witness"), type, name + "/witness"));
    keys.mirror.push_back(load_key(file("mirror"), type, name + "/mirror"));
  }
  if (!write_durably(folder_ / "witness.keys", lines_of(keys.witness)) ||
      !write_durably(folder_ / "mirror.keys", lines_of(keys.mirror)))
    throw std::runtime_error("cannot write the keys of the witness into '" + folder_.string() + "'");
  return keys;
}

void Witness::restore() {
  for (const auto& place : fs::directory_iterator(folder_ / "state")) {
    const auto origin = read_if_there(place.path() / "origin");
    merkle::Kept kept;
    const auto take = [&](const char* file, std::string& into) {
      auto text = read_if_there(place.path() / file);
      if (text) into = std::move(*text);
      return text.has_value();
    };
    const bool read = origin && !origin->empty() && take("checkpoint", kept.checkpoint) &&
                      take("receipt", kept.receipt) && take("entries", kept.entries);
    if (!read || !cosigner_.restore(*origin, kept)) {
      hooks_.log("WITNESS what is kept in " + place.path().string() +
                 " contradicts itself, or its log is not in logs/ any more; it is not signed for");
      continue;
    }
    // Entries behind the receipt are asked for again.
    drop_entries(*origin, cosigner_.states().at(*origin).mirrored);
  }
}

merkle::Cosigner::Answer Witness::post(std::string_view path, std::string_view body, std::int64_t unix_s) {
  const auto before = states();
  auto answer = cosigner_.post(path.substr(path.rfind('/') + 1), body, static_cast<std::uint64_t>(unix_s));
  const auto after = states();
  for (const auto& [origin, state] : after.items())
    for (const auto* what : {"witnessed", "mirrored"})
      if (!before.contains(origin) ? state[what] != 0 : before[origin][what] != state[what])
        hooks_.publish({{"event", what}, {"log", origin}, {"records", state[what]}});
  return answer;
}

Json Witness::states() const {
  Json all = Json::object();
  for (const auto& [origin, state] : cosigner_.states())
    all[origin] = {{"witnessed", state.witnessed},
                   {"mirrored", state.mirrored},
                   {"offences", state.offences},
                   {"damaged", state.damaged}};
  return all;
}

fs::path Witness::place_of(std::string_view origin) const { return folder_ / "state" / folder_name(origin); }

std::vector<merkle::VerifierKey> Witness::keys_of(std::string_view origin) {
  std::vector<merkle::VerifierKey> keys;
  for (const auto& file : fs::directory_iterator(folder_ / "logs")) {
    std::istringstream lines(read_if_there(file.path()).value_or(""));
    for (std::string line; std::getline(lines, line);) {
      const auto key = merkle::parse_key(std::string_view{line}.substr(0, line.find('\0')));
      if (key && key->name.view() == origin) keys.push_back(*key);
    }
  }
  return keys;
}

bool Witness::keep_checkpoint(std::string_view origin, std::string_view note) {
  const auto place = place_of(origin);
  std::error_code failed;
  fs::create_directories(place / "evidence", failed);
  return !failed && write_durably(place / "origin", origin) && write_durably(place / "checkpoint", note);
}

bool Witness::keep_entries(std::string_view origin, std::string_view bundle) {
  return append_durably(place_of(origin) / "entries", bundle);
}

bool Witness::drop_entries(std::string_view origin, std::uint64_t count) {
  const auto file = place_of(origin) / "entries";
  const auto bundle = read_if_there(file);
  if (!bundle) return false;
  auto rest = std::as_bytes(std::span{*bundle});
  for (std::uint64_t i = 0; i < count && merkle::take_entry(rest); ++i) {
  }
  return rest.empty() || cut_durably(file, bundle->size() - rest.size());
}

bool Witness::keep_receipt(std::string_view origin, std::string_view note) {
  return write_durably(place_of(origin) / "receipt", note);
}

void Witness::found(const merkle::Evidence& evidence) {
  const auto folder = place_of(evidence.origin) / "evidence";
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  const auto files = static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
  const std::string offence{enum_text(evidence.offence)};
  const auto name = std::to_string(files / 2 + 1) + "-" + offence;
  const bool kept = files / 2 < kEvidenceMost && write_durably(folder / (name + ".request"), evidence.request) &&
                    write_durably(folder / (name + ".known"), evidence.known);
  const std::string where = kept ? (folder / name).string() : "not kept";
  hooks_.log("WITNESS " + std::string{evidence.origin} + " " + offence + ": refused; evidence " + where);
  hooks_.publish({{"event", "witness"}, {"log", evidence.origin}, {"offence", offence}, {"evidence", where}});
}

}  // namespace bulwatt::csms
