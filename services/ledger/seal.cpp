#include "services/ledger/seal.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <string>

#include "libs/base/check.hpp"
#include "libs/base/try.hpp"

namespace bulwatt::ledger {
namespace {

constexpr std::string_view kMacLabel = "bulwatt ledger seal";
constexpr std::string_view kNextLabel = "bulwatt ledger next key";
constexpr std::string_view kFirstLabel = "bulwatt ledger first key";

template <class Bytes>
auto* raw(Bytes&& bytes) {
  using Byte = std::remove_pointer_t<decltype(bytes.data())>;
  using Raw = std::conditional_t<std::is_const_v<Byte>, const unsigned char, unsigned char>;
  return reinterpret_cast<Raw*>(bytes.data());
}

/// HMAC-SHA-256 over label, a zero byte and content.
Hash keyed(std::span<const std::byte> key, std::string_view label, std::span<const std::byte> content) {
  std::string bytes{label};
  bytes += '\0';
  bytes.append(reinterpret_cast<const char*>(content.data()), content.size());
  Hash out;
  unsigned size = 0;
  const auto* done = HMAC(EVP_sha256(), raw(key), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), raw(out), &size);
  BULWATT_ASSERT(done != nullptr && size == out.size());
  return out;
}

struct Context {
  EVP_PKEY_CTX* it;
  explicit Context(EVP_PKEY* key) : it(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)) {}
  ~Context() { EVP_PKEY_CTX_free(it); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

struct Pem {
  BIO* bio;
  explicit Pem(std::string_view text) : bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))) {}
  Pem() : bio(BIO_new(BIO_s_mem())) {}
  ~Pem() { BIO_free(bio); }
  Pem(const Pem&) = delete;
  Pem& operator=(const Pem&) = delete;
  std::string text() const {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

}  // namespace

Hash seal_mac(const Key& key, const Seal& seal) {
  auto content = seal;
  content.mac = {};
  wire::Buffer<Seal> bytes;
  return keyed(key, kMacLabel, std::span{bytes}.first(wire::encode(content, bytes)));
}

Key next_key(const Key& key) { return keyed(key, kNextLabel, {}); }

EscrowedKeys::EscrowedKeys(std::string_view public_key) {
  if (public_key.empty()) return;
  const Pem pem{public_key};
  auto* key = PEM_read_bio_PUBKEY(pem.bio, nullptr, nullptr, nullptr);
  if (key != nullptr && EVP_PKEY_is_a(key, "ML-KEM-1024") == 1) key_ = key;
  else EVP_PKEY_free(key);
}

EscrowedKeys::~EscrowedKeys() { EVP_PKEY_free(static_cast<EVP_PKEY*>(key_)); }

std::optional<FirstKey> EscrowedKeys::fresh() {
  FirstKey out{};
  if (key_ == nullptr) {
    if (RAND_bytes(raw(out.key), static_cast<int>(out.key.size())) != 1) return std::nullopt;
    return out;
  }
  const Context context{static_cast<EVP_PKEY*>(key_)};
  Key shared;
  std::size_t sent = out.escrow.data.size();
  std::size_t size = shared.size();
  if (context.it == nullptr || EVP_PKEY_encapsulate_init(context.it, nullptr) != 1 ||
      EVP_PKEY_encapsulate(context.it, raw(out.escrow.data), &sent, raw(shared), &size) != 1 || size != shared.size()) {
    return std::nullopt;
  }
  out.escrow.size = static_cast<std::uint16_t>(sent);
  out.key = keyed(shared, kFirstLabel, out.escrow.view());
  OPENSSL_cleanse(shared.data(), shared.size());
  return out;
}

std::optional<Key> open_escrow(std::string_view private_key_pem, std::span<const std::byte> escrow) {
  const Pem pem{private_key_pem};
  EVP_PKEY* key = PEM_read_bio_PrivateKey(pem.bio, nullptr, nullptr, nullptr);
  if (key == nullptr) return std::nullopt;
  Key shared;
  std::size_t size = shared.size();
  bool good = false;
  {
    const Context context{key};
    good = EVP_PKEY_is_a(key, "ML-KEM-1024") == 1 && context.it != nullptr &&
           EVP_PKEY_decapsulate_init(context.it, nullptr) == 1 &&
           EVP_PKEY_decapsulate(context.it, raw(shared), &size, raw(escrow), escrow.size()) == 1;
  }
  EVP_PKEY_free(key);
  if (!good || size != shared.size()) return std::nullopt;
  return keyed(shared, kFirstLabel, escrow);
}

std::optional<EscrowPair> make_escrow_pair() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ML-KEM-1024");
  if (key == nullptr) return std::nullopt;
  const Pem hidden;
  const Pem open;
  const bool done = PEM_write_bio_PrivateKey(hidden.bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                    PEM_write_bio_PUBKEY(open.bio, key) == 1;
  EVP_PKEY_free(key);
  if (!done) return std::nullopt;
  return EscrowPair{hidden.text(), open.text()};
}

std::expected<std::optional<SealState>, journal::Error> SealFile::read() {
  std::optional<SealState> newest;
  std::array<std::byte, kPlace> bytes;
  for (std::uint32_t place = 0; place < 2; ++place) {
    TRY(got, storage_.read(place, 0, bytes));
    const auto frame = journal::read_frame(std::span{bytes}.first(got));
    if (!frame) continue;
    auto body = frame->body;
    bool malformed = false;
    const auto entry = journal::next_entry(body, malformed);
    const auto state = entry && entry->kind == SealState::kRecord && entry->version == SealState::kVersion
                           ? wire::decode<SealState>(entry->bytes)
                           : std::unexpected(wire::Error::truncated);
    if (!state) continue;
    const bool newer = !newest || std::pair{newest->log, newest->epoch} < std::pair{state->log, state->epoch};
    if (!newer) continue;
    newest = *state;
    next_ = 1 - place;
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return newest;
}

std::expected<void, journal::Error> SealFile::write(const SealState& state) {
  journal::Batch batch;
  BULWATT_ASSERT(batch.add(state));
  const auto place = next_;
  TRY_VOID(storage_.reserve(place, kPlace));
  TRY_VOID(storage_.write(place, 0, batch.frame_and_end(1, 1, journal::Role::snapshot)));
  TRY_VOID(storage_.sync(place));
  next_ = 1 - place;
  TRY(size, storage_.size(next_));
  if (size == 0) return {};
  std::array<std::byte, kPlace> zeros{};
  TRY_VOID(storage_.write(next_, 0, zeros));
  return storage_.sync(next_);
}

}  // namespace bulwatt::ledger
