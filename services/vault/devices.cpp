#include "services/vault/devices.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "libs/base/try.hpp"
#include "libs/wire/wire.hpp"

namespace bulwatt::vault {
namespace {

using keys::Fault;

constexpr std::size_t kStir = 32;
constexpr Duration kStirEvery = std::chrono::minutes{1};
/// TPM2_GetCapability for one handle: the cheapest thing that every TPM answers in every state.
constexpr std::array<unsigned char, 22> kSignOfLife{0x80, 0x01, 0, 0,    0, 22, 0, 0, 0x01, 0x7a, 0,
                                                    0,    0,    1, 0x80, 0, 0,  0, 0, 0,    0,    1};

Complaint why_not(Fault fault) {
  switch (fault) {
    case Fault::other_device:
      return "the TPM is not the one that this vault was made with, or somebody changes its answers on the way";
    case Fault::library: return "the TPM's libraries (libtss2-esys) are not there";
    case Fault::wrong_auth: return "the TPM's owner password is set; the vault needs it empty";
    case Fault::locked: return "the TPM is locked against guessing; wait, or clear the lockout";
    case Fault::damaged: return "state-authority.pem or state-approved.bin in the vault's folder is damaged";
    default: return "the TPM does not work: " + std::string{enum_text(fault)};
  }
}

Complaint why_no_token(Fault fault) {
  switch (fault) {
    case Fault::wrong_auth:
      return "the token refused the PIN, or its last try is left; it is not tried again until the file holds another "
             "one";
    case Fault::locked: return "the token's PIN is locked; its security officer can unlock it";
    case Fault::unreachable: return "there is no token of that label";
    case Fault::library: return "the token's module cannot be loaded, or is none";
    default: return "the token does not work: " + std::string{enum_text(fault)};
  }
}

std::optional<keys::PublicKey> public_key_from(std::span<const std::byte> pem) {
  BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  const keys::PrivateKey key{PEM_read_bio_PUBKEY(text, nullptr, nullptr, nullptr)};
  BIO_free(text);
  if (!key) return std::nullopt;
  return keys::public_key_of(key.get());
}

}  // namespace

keys::Bytes pin_from(const std::string& path) {
  auto file = read_file(path);
  if (!file) return {};
  keys::Bytes pin{file->begin(), file->end()};
  OPENSSL_cleanse(file->data(), file->size());
  while (!pin.empty() && (pin.back() == std::byte{'\n'} || pin.back() == std::byte{'\r'})) pin.pop_back();
  return pin;
}

int open_device(const char* path) {
  const int device = ::open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (device >= 0 || errno != ENXIO) return device;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) return -1;
  std::strcpy(address.sun_path, path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket >= 0 && ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  const int why = errno;
  if (socket >= 0) ::close(socket);
  errno = why;
  return -1;
}

void Devices::attach_tpm(int descriptor, bool provisioning) {
  if (descriptor < 0) return ring_.lacks(keys::Kind::tpm, "the TPM cannot be opened; is [devices] tpm right?");
  descriptor_ = descriptor;
  const auto known = read_file(folder_ + "/tpm.root");
  auto device =
      keys::tpm::Device::open(descriptor, known ? std::span<const std::byte>{*known} : std::span<const std::byte>{},
                              provisioning ? keys::tpm::kProvisionPatience : keys::tpm::kServicePatience);
  silent_at_start_ = !device && device.error() == Fault::unreachable;
  if (!device) return ring_.lacks(keys::Kind::tpm, why_not(device.error()));
  if (!known && !provisioning && file_exists(folder_ + "/seal.tpm"))
    return ring_.lacks(keys::Kind::tpm,
                       "tpm.root is missing from the vault's folder, so nobody knows whether this is the right TPM");
  if (const auto ready = prepare(**device, provisioning); !ready)
    return ring_.lacks(keys::Kind::tpm, why_not(ready.error()));
  auto backend = std::make_unique<keys::tpm::Keys>(std::move(*device));
  tpm_ = backend.get();
  ring_.add(std::move(backend));
  ring_.use(*this);
}

std::expected<void, Fault> Devices::prepare(keys::tpm::Device& device, bool provisioning) {
  TRY_VOID(take_authority(device));
  if (!provisioning) return {};
  TRY_VOID(device.make_counter());
  TRY_VOID(device.make_counter(keys::tpm::kAnchorIndex));
  if (!file_exists(folder_ + "/tpm.root") && write_file(folder_ + "/tpm.root", device.root_name()) != 0)
    return std::unexpected(Fault::no_room);
  return {};
}

std::expected<void, Fault> Devices::take_authority(keys::tpm::Device& device) {
  const auto pem = read_file(folder_ + "/state-authority.pem");
  if (!pem) return {};
  const auto key = public_key_from(*pem);
  if (!key) return std::unexpected(Fault::damaged);
  TRY_VOID(device.set_authority(key->view()));
  const auto approved = read_file(folder_ + "/state-approved.bin");
  if (!approved) return {};
  const auto state = wire::decode<keys::tpm::ApprovedState>(*approved);
  if (!state) return std::unexpected(Fault::damaged);
  device.set_approved(*state);
  return {};
}

void Devices::attach_token(const keys::TokenConfig& config) {
  if (config.pin.empty())
    return ring_.lacks(keys::Kind::pkcs11,
                       "there is no PIN for the token; put it into [vault] pin_file in the vault's folder");
  auto token = keys::Pkcs11::open(config);
  if (!token) return ring_.lacks(keys::Kind::pkcs11, why_no_token(token.error()));
  ring_.add(std::move(*token));
}

bool Devices::silent() const { return tpm_ != nullptr ? tpm_->device().gone() : silent_at_start_; }

void Devices::tend(Instant now) {
  if (descriptor_ < 0) return;
  if (silent()) return look_for_life();
  if (now - stirred_ < kStirEvery) return;
  stirred_ = now;
  (void)stir();
}

// One step a call: asked, then heard of, then quiet again. Only then is it known which answer belongs to which command.
void Devices::look_for_life() {
  const bool heard = drain() > 0;
  if (descriptor_ < 0 || (answered_ && heard)) return;
  if (heard) {
    answered_ = asked_;
    return;
  }
  if (!answered_) {
    asked_ = ::write(descriptor_, kSignOfLife.data(), kSignOfLife.size()) == static_cast<ssize_t>(kSignOfLife.size());
    return;
  }
  asked_ = answered_ = false;
  if (tpm_ == nullptr) wants_restart_ = true;
  else (void)tpm_->revive(descriptor_, keys::tpm::kServicePatience);
}

/// What came late, so that it is not taken for an answer to something else.
std::size_t Devices::drain() {
  std::size_t size = 0;
  std::array<char, keys::tpm::kMaxFrame> chunk;
  for (;;) {
    const auto n = ::read(descriptor_, chunk.data(), chunk.size());
    if (n == 0) descriptor_ = -1;  // nobody is at the other end any more
    if (n <= 0) return size;
    size += static_cast<std::size_t>(n);
  }
}

bool Devices::stir() {
  if (tpm_ == nullptr || tpm_->wait_descriptor() >= 0) return false;
  const auto drawn = tpm_->device().random(kStir);
  if (!drawn) return false;
  // Counted as nothing: it can only add to what the kernel gave.
  RAND_add(drawn->data(), static_cast<int>(drawn->size()), 0);
  return true;
}

std::expected<std::vector<std::byte>, Fault> Devices::seal(std::span<const std::byte> secret) {
  return tpm_->device().seal(secret);
}
std::expected<keys::Bytes, Fault> Devices::unseal(std::span<const std::byte> sealed) {
  return tpm_->device().unseal(sealed);
}
std::expected<std::uint64_t, Fault> Devices::read() { return tpm_->device().read_counter(); }
std::expected<std::uint64_t, Fault> Devices::increment() { return tpm_->device().increment_counter(); }

std::expected<std::uint64_t, Fault> Devices::AnchorCounter::read() {
  if (devices.silent() || devices.tpm_ == nullptr) return std::unexpected(Fault::unreachable);
  return devices.tpm_->device().read_counter(keys::tpm::kAnchorIndex);
}
std::expected<std::uint64_t, Fault> Devices::AnchorCounter::increment() {
  if (devices.silent() || devices.tpm_ == nullptr) return std::unexpected(Fault::unreachable);
  return devices.tpm_->device().increment_counter(keys::tpm::kAnchorIndex);
}

}  // namespace bulwatt::vault
