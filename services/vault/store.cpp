#include "services/vault/store.hpp"

#include "libs/base/try.hpp"
#include "services/vault/content.hpp"
#include "services/vault/request.hpp"

namespace bulwatt::vault {

std::optional<Index> index_of(const std::string& folder, const Ring& ring, Counter* counter) {
  if (counter == nullptr || !ring.sealed()) return std::nullopt;
  const auto key = ring.derive("bulwatt index of stored keys");
  if (!key) return std::nullopt;
  return Index{folder, *key, *counter};
}

std::expected<StoredKey, Complaint> open_key(const std::string& folder, Ring& ring, const KeyConfig& config,
                                             const Index* index) {
  const std::string name{config.name.view()};
  const auto path = folder + "/" + name + ".key";
  const auto file = read_file(path);
  if (!file) return std::unexpected(sentence(path, file.error()) + "; make the key with `bulwatt provision`");
  StoredKey out{{config.name, config.purpose, config.algorithm, {}, false},
                config.user,
                {},
                {},
                {},
                {config.per_minute, config.burst}};
  if (auto chain = read_file(folder + "/" + name + ".pem")) out.chain = std::move(*chain);
  if (out.chain.size() > kMaxChain) return std::unexpected(folder + "/" + name + ".pem is longer than 10000 bytes");
  if (index != nullptr && !index->holds(name, *file)) {
    out.unavailable = path + " is not the file that was stored last under this name";
    return out;
  }
  const auto opened = ring.open({config.name, config.purpose, config.algorithm}, *file);
  if (!opened && !opened.error().unavailable)
    return std::unexpected(path + " cannot be opened: " + opened.error().sentence);
  if (!opened) {
    out.unavailable = opened.error().sentence;
    return out;
  }
  out.ref = opened->first;
  out.info.public_key = opened->second;
  out.info.slow = out.ref.backend->slow();
  return out;
}

namespace {

/// The PKCS #10 request of a key, signed by it; made before the station runs, so it may wait for slow hardware.
std::expected<std::string, Complaint> request_for(const KeyInfo& info, const KeyRef& key, const Subject& subject) {
  auto request = Request::begin(info, subject);
  if (!request)
    return std::unexpected(Complaint{"the certificate request could not be made; are the names plain text?"});
  const auto signature = key.backend->sign(key.handle, {request->digest(), request->padding(), request->to_sign()});
  if (!signature)
    return std::unexpected("the key does not sign its request: " + std::string{enum_text(signature.error())});
  auto pem = request->finish(*signature);
  if (!pem) return std::unexpected(Complaint{"the certificate request could not be made"});
  return std::move(*pem);
}

}  // namespace

std::expected<Store, Complaint> open_store(const std::string& folder, const Config& config, Ring& ring,
                                           Counter* counter) {
  Store store{};
  store.identity = config.identity;
  if (auto trust = read_file(folder + "/trust-csms.pem")) store.csms_trust = std::move(*trust);
  if (auto lists = read_file(folder + "/crl-csms.pem")) store.csms_revocations = std::move(*lists);
  if (store.csms_revocations.size() > kMaxChain)
    return std::unexpected(folder + "/crl-csms.pem is longer than 10000 bytes");
  if (store.csms_trust.size() > kMaxChain)
    return std::unexpected(folder + "/trust-csms.pem is longer than 10000 bytes");
  if (config.keys.empty()) return store;
  const auto unlocked = ring.unlock(false);
  if (!unlocked && !unlocked.error().unavailable) return std::unexpected(unlocked.error().sentence);
  auto index = index_of(folder, ring, counter);
  if (index) store.age = index->open();
  const bool newest = store.age == Age::current;
  for (const auto& key : config.keys) {
    const auto path = folder + "/" + std::string{key.name.view()};
    if (!file_exists(path + ".key") && file_exists(path + ".b.key")) continue;  // renewed since; renewal.hpp opens it
    TRY(stored, open_key(folder, ring, key, index && newest ? &*index : nullptr));
    if (!newest) stored.ref = {};
    if (!newest) stored.unavailable = advice(store.age);
    if (!unlocked) stored.unavailable = unlocked.error().sentence;
    store.keys.push_back(std::move(stored));
  }
  return store;
}

std::expected<std::string, Complaint> provision(const std::string& folder, Ring& ring, const Identity& who,
                                                const std::string& common_name, const std::string& organization,
                                                Counter* counter, bool accept_restored) {
  const bool fresh = !ring.sealed();
  if (const auto unlocked = ring.unlock(true); !unlocked) return std::unexpected(unlocked.error().sentence);
  auto index = index_of(folder, ring, counter);
  const auto age = index ? index->open() : Age::current;
  if (age != Age::current && !(fresh && age == Age::missing) && !accept_restored)
    return std::unexpected(Complaint{advice(age)});
  const auto path = folder + "/" + std::string{who.name.view()} + ".key";
  auto file = read_file(path);
  const bool present = file.has_value();
  if (!present) {
    auto made = ring.make(who);
    if (!made) return std::unexpected(made.error().sentence);
    file = std::move(*made);
    if (const int why = write_file(path, *file); why != 0) return std::unexpected(sentence(path, why));
  }
  const auto opened = ring.open(who, *file);
  if (!opened && present)
    return std::unexpected(path + " exists, but " + opened.error().sentence + "; move it away to make a new one");
  if (!opened) return std::unexpected(opened.error().sentence);
  if (index && (age != Age::current || !index->holds(who.name.view(), *file))) {
    if (const int why = index->put(who.name.view(), *file); why != 0)
      return std::unexpected(sentence(folder + "/keys.index", why));
  }
  return request_for({who.name, who.purpose, who.algorithm, opened->second, false}, opened->first,
                     {std::string_view{common_name}, std::string_view{organization}});
}

}  // namespace bulwatt::vault
