#include "services/vault/renewal.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace bulwatt::vault {
namespace {

struct Free {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * certificates) const { sk_X509_free(certificates); }
};

KeyName second(const KeyName& name) {
  Text<KeyName::kCapacity> out = name;
  for (const char c : kSecondSlot) out.data[out.size++] = c;
  return out;
}
bool has_room(const KeyName& name) { return name.size + kSecondSlot.size() <= KeyName::kCapacity; }

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> public_key_of(X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(X509_get0_pubkey(&certificate), &der);
  if (size <= 0) return {};
  const auto bytes = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  std::vector<std::byte> out{bytes.begin(), bytes.end()};
  OPENSSL_free(der);
  return out;
}

std::string common_name_of(X509& certificate) {
  std::array<char, 65> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, text.data(),
                                             static_cast<int>(text.size()));
  return size < 0 ? std::string{} : std::string{text.data(), static_cast<std::size_t>(size)};
}

std::optional<Timestamp> moment(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return Timestamp{static_cast<std::int64_t>(::timegm(&parts)) * 1000};
}

InstallChain::Reply answer(InstallVerdict verdict, std::string_view reason = {}) { return {verdict, reason}; }

}  // namespace

const KeyConfig* Renewal::configured(std::string_view user, const KeyName& name) const {
  for (const auto& key : config_.keys)
    if (key.name == name && key.user.view() == user) return &key;
  return nullptr;
}

StoredKey* Renewal::find(const KeyName& slot) const {
  for (auto& key : store_.keys)
    if (key.info.name == slot) return &key;
  return nullptr;
}

std::string Renewal::path(const KeyName& slot, std::string_view ending) const {
  return folder_ + "/" + std::string{slot.view()} + std::string{ending};
}

std::expected<StoredKey, Complaint> Renewal::load(const KeyConfig& config, const KeyName& slot,
                                                  const Index* index) const {
  auto key = config;
  key.name = slot;
  return open_key(folder_, ring_, key, index);
}

std::expected<void, Complaint> Renewal::open() {
  const bool newest = store_.age == Age::current;
  auto index = index_of(folder_, ring_, counter_);
  if (index) static_cast<void>(index->open());
  for (const auto& key : config_.keys) {
    if (const auto first = read_file(path(key.name, ".first"))) first_.emplace_back(text_of(*first));
    if (!has_room(key.name) || !file_exists(path(second(key.name), ".key"))) continue;
    auto stored = load(key, second(key.name), index && newest ? &*index : nullptr);
    if (!stored) return std::unexpected(std::move(stored.error()));
    if (!newest) stored->ref = {};
    if (!newest) stored->unavailable = advice(store_.age);
    store_.keys.push_back(std::move(*stored));
  }
  return {};
}

//= OCPP-2.0.1 A02.FR.02
std::expected<RenewKey::Started, Error> Renewal::begin(std::string_view user, const RenewKey& request) {
  const auto* config = configured(user, request.name);
  if (config == nullptr) return std::unexpected(Error::unknown_key);
  if (!has_room(config->name)) return std::unexpected(Error::refused);
  const auto holds_certificate = [&](const KeyName& slot) {
    const auto* key = find(slot);
    return key != nullptr && !key->chain.empty();
  };
  if (making())
    return wanted_->config == config ? RenewKey::Started{wanted_->slot}
                                     : std::expected<RenewKey::Started, Error>{std::unexpected(Error::busy)};
  for (const auto& slot : {second(config->name), config->name}) {
    if (holds_certificate(slot)) continue;
    wanted_ = {config, slot};
    return RenewKey::Started{slot};
  }
  return std::unexpected(Error::busy);  // both were issued, and no connection has shown yet which one is good
}

//= OCPP-2.0.1 A02.FR.05
//= OCPP-2.0.1 A03.FR.05
std::optional<bool> Renewal::make() {
  if (!wanted_->begun) {
    wanted_->begun = begin_making();
    if (wanted_->begun) return std::nullopt;
    wanted_.reset();
    return false;
  }
  const auto file = ring_.step_make(wanted_->who());
  if (!file) return std::nullopt;
  const bool kept = *file && keep(**file);
  wanted_.reset();
  return kept;
}

bool Renewal::begin_making() {
  auto index = index_of(folder_, ring_, counter_);
  if (index && index->open() != Age::current) return false;
  discard(wanted_->slot);
  return ring_.begin_make(wanted_->who()).has_value();
}

bool Renewal::keep(std::span<const std::byte> file) {
  const auto& slot = wanted_->slot;
  auto index = index_of(folder_, ring_, counter_);
  if (index && index->open() != Age::current) return false;
  if (write_file(path(slot, ".key"), file) != 0) return false;
  if (index && index->put(slot.view(), file) != 0) return false;
  auto stored = load(*wanted_->config, slot, index ? &*index : nullptr);
  if (!stored || stored->ref.backend == nullptr) return false;
  store_.keys.push_back(std::move(*stored));
  return true;
}

/// Certificate first: a key without one is only the rest of an unfinished renewal.
void Renewal::discard(const KeyName& slot) {
  static_cast<void>(::unlink(path(slot, ".pem").c_str()));
  static_cast<void>(::unlink(path(slot, ".key").c_str()));
  std::erase_if(store_.keys, [&](const StoredKey& key) { return key.info.name == slot; });
}

StoredKey* Renewal::pending(const KeyConfig& config) const {
  for (const auto& slot : {second(config.name), config.name})
    if (auto* key = find(slot); key != nullptr && key->chain.empty()) return key;
  return nullptr;
}

bool Renewal::is_below_an_anchor(const std::vector<CertificatePtr>& chain, std::optional<Timestamp> now) const {
  const std::unique_ptr<X509_STORE, Free> trusted{X509_STORE_new()};
  const std::unique_ptr<X509_STORE_CTX, Free> context{X509_STORE_CTX_new()};
  const std::unique_ptr<STACK_OF(X509), Free> between{sk_X509_new_null()};
  if (!trusted || !context || !between) return false;
  for (const auto& anchor : anchors_.all())
    if (anchor.use == CertificateUse::csms_root)
      static_cast<void>(X509_STORE_add_cert(trusted.get(), anchor.certificate.get()));
  for (std::size_t i = 1; i < chain.size(); ++i) static_cast<void>(sk_X509_push(between.get(), chain[i].get()));
  if (X509_STORE_CTX_init(context.get(), trusted.get(), chain.front().get(), between.get()) != 1) return false;
  auto* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(
      rules, X509_V_FLAG_PARTIAL_CHAIN | (now ? 0UL : static_cast<unsigned long>(X509_V_FLAG_NO_CHECK_TIME)));
  // Dates are judged with the slack that clocks need; the chain above only has to be good at the same moment.
  if (now) X509_VERIFY_PARAM_set_time(rules, (now->unix_ms + kClockSlackMs) / 1000);
  const bool good =
      X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT) == 1 && X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return good;
}

//= OCPP-2.0.1 A02.FR.06
//= OCPP-2.0.1 A03.FR.06
std::optional<Flaw> Renewal::flaw_of(const std::vector<CertificatePtr>& chain, const StoredKey& key,
                                     const InstallChain& request) const {
  auto& leaf = *chain.front();
  if (!std::ranges::equal(public_key_of(leaf), key.info.public_key.view())) return Flaw::other_key;
  const bool ours = config_.identity.empty() || request.common_name == config_.identity;
  if (!ours || common_name_of(leaf) != request.common_name.view()) return Flaw::other_name;
  if (const auto wrong = flaw_of_dates(leaf, request.now)) return wrong;
  if (const auto wrong = flaw_of_key(leaf)) return wrong;
  if (!is_below_an_anchor(chain, request.now)) return Flaw::unknown_chain;
  return std::nullopt;
}

InstallChain::Reply Renewal::install(std::string_view user, const InstallChain& request) {
  using enum InstallVerdict;
  const auto* config = configured(user, request.name);
  auto* key = config == nullptr ? nullptr : pending(*config);
  if (key == nullptr) return answer(rejected, "the station has not asked for a certificate");
  const auto chain = parse_pem(request.pem.view());
  if (!chain) return answer(rejected, enum_text(chain.error()));
  if (const auto wrong = flaw_of(*chain, *key, request)) return answer(rejected, enum_text(*wrong));
  const auto bytes = std::as_bytes(std::span{request.pem.view()});
  if (write_file(path(key->info.name, ".pem"), bytes) != 0)
    return answer(failed, "the certificate could not be stored");
  // Cut off here, the old certificate is still the first; the backend has no answer yet.
  const auto name = std::as_bytes(std::span{key->info.name.view()});
  if (write_file(path(config->name, ".first"), name) != 0) return answer(failed, "the certificate could not be stored");
  std::erase_if(first_, [&](const KeyName& slot) { return slot == config->name || slot == second(config->name); });
  first_.push_back(key->info.name);
  key->chain.assign(bytes.begin(), bytes.end());
  return answer(accepted);
}

std::expected<ListOwn::Owned, Error> Renewal::list(std::string_view user, const ListOwn& request) const {
  const auto* config = configured(user, request.name);
  if (config == nullptr) return std::unexpected(Error::unknown_key);
  ListOwn::Owned out{};
  for (const auto& slot : {config->name, has_room(config->name) ? second(config->name) : config->name}) {
    const auto* key = find(slot);
    const bool twice = !out.slots.empty() && out.slots[0].name == slot;
    const auto chain = key == nullptr || twice ? std::unexpected(Flaw::unreadable) : parse_pem(text_of(key->chain));
    if (!chain) continue;
    static_cast<void>(
        out.slots.push_back({slot, moment(X509_get0_notAfter(chain->front().get())).value_or(Timestamp{})}));
  }
  if (out.slots.size == 2 && std::ranges::find(first_, out.slots[1].name) != first_.end())
    std::swap(out.slots[0], out.slots[1]);
  return out;
}

//= OCPP-2.0.1 A02.FR.10
//= OCPP-2.0.1 A03.FR.10
bool Renewal::confirm(std::string_view user, const KeyName& slot) {
  for (const auto& key : config_.keys) {
    if (key.user.view() != user || !has_room(key.name) || (slot != key.name && slot != second(key.name))) continue;
    const auto other = slot == key.name ? second(key.name) : key.name;
    const auto* kept = find(slot);
    const auto* gone = find(other);
    if (kept == nullptr || kept->chain.empty() || gone == nullptr || gone->chain.empty()) return false;
    discard(other);
    return true;
  }
  return false;
}

}  // namespace bulwatt::vault
