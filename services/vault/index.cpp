#include "services/vault/index.hpp"

#include <openssl/evp.h>

#include <cerrno>
#include <utility>

#include "libs/wire/wire.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::size_t kHash = 32;

std::array<std::byte, kHash> hash_of(std::span<const std::byte> file) {
  std::array<std::byte, kHash> out{};
  EVP_Q_digest(nullptr, "SHA256", nullptr, file.data(), file.size(), reinterpret_cast<unsigned char*>(out.data()),
               nullptr);
  return out;
}

}  // namespace

std::string_view advice(Age age) {
  switch (age) {
    case Age::current: return "the stored keys are the newest";
    case Age::older:
      return "the vault's folder is an older copy than the TPM remembers: keys that were replaced since would come "
             "back. If you "
             "restored it on purpose, run `bulwatt provision --accept-restored`";
    case Age::missing:
      return "keys.index is missing from the vault's folder; if that is your doing, run `bulwatt provision "
             "--accept-restored`";
    case Age::damaged:
      return "keys.index in the vault's folder was changed or belongs to another vault; restore the folder whole";
    case Age::counter_older:
      return "what the TPM remembers is an older copy of itself, so nobody knows whether the stored keys are the "
             "newest. "
             "If that is your doing, run `bulwatt provision --accept-restored`";
    case Age::unknown:
      return "the TPM does not tell its counter, so nobody knows whether the stored keys are the newest";
  }
  return {};
}

std::optional<std::array<std::byte, kHash>> Index::authenticator(std::span<const std::byte> bytes) const {
  std::array<std::byte, kHash> out{};
  std::size_t size = 0;
  const auto* made = EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key_.data(), key_.size(),
                               reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                               reinterpret_cast<unsigned char*>(out.data()), out.size(), &size);
  if (made == nullptr || size != kHash) return std::nullopt;
  return out;
}

Age Index::open() {
  content_ = {};
  const auto file = read_file(path_);
  if (!file) return file.error() == ENOENT ? Age::missing : Age::damaged;
  if (file->size() < kHash) return Age::damaged;
  const auto bytes = std::span{*file}.first(file->size() - kHash);
  const auto expected = authenticator(bytes);
  if (!expected || CRYPTO_memcmp(expected->data(), bytes.data() + bytes.size(), kHash) != 0) return Age::damaged;
  const auto content = wire::decode<Content>(bytes);
  if (!content) return Age::damaged;
  content_ = *content;
  auto counted = counter_.read();
  if (counted && *counted + 1 == content_.value && !content_.settled) counted = counter_.increment();
  if (!counted) return Age::unknown;
  if (*counted < content_.value) return Age::counter_older;
  if (*counted > content_.value) return Age::older;
  settle();
  return Age::current;
}

/// Not settled is as good until the next start, so what goes wrong here is no error.
void Index::settle() {
  if (std::exchange(content_.settled, true)) return;
  if (write() != 0) content_.settled = false;
}

bool Index::holds(std::string_view name, std::span<const std::byte> file) const {
  const auto* entry = std::ranges::find(content_.entries, name, [](const Entry& e) { return e.name.view(); });
  return entry != content_.entries.end() && entry->hash == hash_of(file);
}

int Index::write() {
  wire::Buffer<Content> buffer{};
  const auto size = wire::encode(content_, buffer);
  const auto code = authenticator(std::span{buffer}.first(size));
  if (!code) return EIO;
  std::vector<std::byte> file{buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)};
  file.insert(file.end(), code->begin(), code->end());
  return write_file(path_, file);
}

int Index::put(std::string_view name, std::span<const std::byte> file) {
  const auto counted = counter_.read();
  if (!counted) return EIO;
  const Entry fresh{name, hash_of(file)};
  auto* entry = std::ranges::find(content_.entries, name, [](const Entry& e) { return e.name.view(); });
  if (entry != content_.entries.end()) *entry = fresh;
  else if (!content_.entries.push_back(fresh)) return ENOSPC;
  content_.value = *counted + 1;
  content_.settled = false;
  if (const int why = write(); why != 0) return why;
  if (!counter_.increment()) return EIO;
  settle();
  return 0;
}

}  // namespace bulwatt::vault
