#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "services/vault/keys/software.hpp"
#include "services/vault/keys/tpm/emulator_for_tests.hpp"
#include "services/vault/keys/tpm/faults.hpp"
#include "services/vault/keys/tpm/keys.hpp"
#include "services/vault/keys/verify_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using namespace bulwatt::vault::keys;
using namespace bulwatt::vault::keys::tpm;

namespace {

constexpr std::string_view kText = "what is signed";
const auto kContent = std::as_bytes(std::span{kText});

/// An emulator, a bus and a device on it.
struct Rig {
  StateFolder folder;
  Emulator emulator{folder.path};
  std::unique_ptr<Bus> bus;
  std::unique_ptr<Device> device;
  explicit Rig(bool open = true) {
    new_bus();
    if (open) REQUIRE(connect().has_value());
  }
  void new_bus() {
    bus.reset();
    const int line = emulator.connect();
    REQUIRE(line >= 0);
    bus = std::make_unique<Bus>(line);
  }
  std::expected<void, Fault> connect(std::span<const std::byte> root = {}) {
    auto opened = Device::open(bus->vault_end(), root);
    if (!opened) return std::unexpected(opened.error());
    device = std::move(*opened);
    return {};
  }
  void power_loss() {
    emulator.kill();
    device.reset();
    bus.reset();
    emulator.start();
    new_bus();
  }
};

Work work_of(Algorithm algorithm, Padding padding = Padding::none) {
  return {algorithm == Algorithm::ecdsa_p384 ? Digest::sha384 : Digest::sha256, padding, kContent};
}

/// Made, loaded and its public half.
struct Made {
  Bytes stored;
  Loaded loaded;
};
Made make(Keys& keys, Algorithm algorithm, Purpose purpose = Purpose::tls_client) {
  const auto stored = keys.generate(algorithm, purpose);
  REQUIRE(stored.has_value());
  const auto loaded = keys.load(algorithm, *stored);
  REQUIRE(loaded.has_value());
  return {*stored, *loaded};
}

struct Authority {
  PrivateKey key = make_private_key(Algorithm::ecdsa_p256);
  ApprovedState approve(Device& device, Registers registers) const {
    const auto digest = device.state_digest(registers);
    REQUIRE(digest.has_value());
    const auto signature = sign_with(key.get(), Algorithm::ecdsa_p256, {Digest::sha256, Padding::none, *digest});
    REQUIRE(signature.has_value());
    return {registers, *digest, Octets<80>{signature->bytes.view()}};
  }
};

/// As firmware or a boot loader would.
void extend_register_23(Rig& rig) {
  std::vector<unsigned char> command{0x80, 0x02, 0, 0, 0, 0x41, 0, 0, 0x01, 0x82, 0, 0, 0, 23, 0, 0,   0,
                                     9,    0x40, 0, 0, 9, 0,    0, 0, 0,    0,    0, 0, 0, 1,  0, 0x0b};
  command.resize(command.size() + 32, 7);
  const auto answer = rig.device->link().exchange(std::as_bytes(std::span{command}));
  REQUIRE(answer.size() >= 10);
  REQUIRE(answer[9] == std::byte{0});
}

}  // namespace

#define NEEDS_EMULATOR()                              \
  if (!Emulator::there()) {                           \
    MESSAGE("swtpm is not installed; nothing shown"); \
    return;                                           \
  }

TEST_CASE("a TPM makes keys, and what they sign verifies with the public half alone") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  for (const auto algorithm : {Algorithm::ecdsa_p256, Algorithm::ecdsa_p384, Algorithm::rsa_2048}) {
    CAPTURE(enum_text(algorithm));
    REQUIRE(keys.can(algorithm));
    const auto made = make(keys, algorithm);
    const bool rsa = algorithm == Algorithm::rsa_2048;
    for (const auto padding : {Padding::none, Padding::pkcs1, Padding::pss}) {
      const auto work = work_of(algorithm, padding);
      const auto signature = keys.sign(made.loaded.handle, work);
      CHECK(signature.has_value() == (rsa == (padding != Padding::none)));
      if (signature) CHECK(verifies(made.loaded.public_key, work, *signature));
    }
  }
  for (const auto algorithm : {Algorithm::ed25519, Algorithm::ml_dsa_65}) {
    CHECK_FALSE(keys.can(algorithm));
    CHECK(keys.generate(algorithm, Purpose::tls_client).error() == Fault::not_capable);
  }
}

TEST_CASE("more keys than the TPM has places sign in turn") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  std::vector<Made> made;
  for (int i = 0; i < 6; ++i) made.push_back(make(keys, Algorithm::ecdsa_p256));
  for (int round = 0; round < 3; ++round) {
    for (const auto& key : made) {
      const auto work = work_of(Algorithm::ecdsa_p256);
      const auto signature = keys.sign(key.loaded.handle, work);
      REQUIRE(signature.has_value());
      CHECK(verifies(key.loaded.public_key, work, *signature));
      CHECK(keys.loaded() <= kLoadedAtOnce);
    }
  }
}

TEST_CASE("a slow TPM is waited for by nobody: every step returns at once") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  const auto made = make(keys, Algorithm::ecdsa_p256);
  rig.bus->delay_ms = 600;
  const auto work = work_of(Algorithm::ecdsa_p256);
  REQUIRE(keys.begin(made.loaded.handle, work).has_value());
  CHECK(keys.begin(made.loaded.handle, work).error() == Fault::busy);
  CHECK(keys.wait_descriptor() >= 0);
  const auto begun = os::now();
  Duration longest{};
  std::optional<Signed> result;
  while (!result) {
    const auto before = os::now();
    result = keys.step();
    longest = std::max(longest, os::now() - before);
    if (!result) (void)keys.device().link().wait_readable();
  }
  CHECK(os::now() - begun >= std::chrono::milliseconds{550});
  CHECK(longest < std::chrono::milliseconds{300});  // generous: other programs run, too
  REQUIRE(result->has_value());
  CHECK(verifies(made.loaded.public_key, work, **result));
}

TEST_CASE("a key is made in the background, and nothing is signed meanwhile") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  const auto made = make(keys, Algorithm::ecdsa_p256);
  CHECK_FALSE(keys.step_making().has_value());
  rig.bus->delay_ms = 600;
  REQUIRE(keys.begin_making(Algorithm::ecdsa_p256, Purpose::tls_client).has_value());
  CHECK(keys.begin_making(Algorithm::ecdsa_p256, Purpose::tls_client).error() == Fault::busy);
  CHECK(keys.begin(made.loaded.handle, work_of(Algorithm::ecdsa_p256)).error() == Fault::busy);
  CHECK(keys.wait_descriptor() >= 0);
  Duration longest{};
  std::optional<std::expected<Bytes, Fault>> stored;
  while (!stored) {
    const auto before = os::now();
    stored = keys.step_making();
    longest = std::max(longest, os::now() - before);
    if (!stored) (void)keys.device().link().wait_readable();
  }
  CHECK(longest < std::chrono::milliseconds{300});
  REQUIRE(stored->has_value());
  rig.bus->delay_ms = 0;
  const auto loaded = keys.load(Algorithm::ecdsa_p256, **stored);
  REQUIRE(loaded.has_value());
  const auto work = work_of(Algorithm::ecdsa_p256);
  CHECK(verifies(loaded->public_key, work, *keys.sign(loaded->handle, work)));
}

TEST_CASE("power that goes while a key is made is an answer") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  rig.bus->delay_ms = 200;
  REQUIRE(keys.begin_making(Algorithm::ecdsa_p256, Purpose::tls_client).has_value());
  rig.emulator.kill();
  rig.bus->cut();
  std::optional<std::expected<Bytes, Fault>> stored;
  while (!stored) stored = keys.step_making();
  CHECK(stored->error() == Fault::unreachable);
  CHECK(keys.begin_making(Algorithm::ecdsa_p256, Purpose::tls_client).error() == Fault::unreachable);
}

TEST_CASE("a key is nothing without its TPM") {
  NEEDS_EMULATOR();
  Rig rig;
  Rig other;
  Keys keys{std::move(rig.device)};
  Keys elsewhere{std::move(other.device)};
  const auto made = make(keys, Algorithm::ecdsa_p256);
  CHECK(elsewhere.load(Algorithm::ecdsa_p256, made.stored).error() == Fault::damaged);
  auto changed = made.stored;
  changed.back() ^= std::byte{1};
  CHECK(keys.load(Algorithm::ecdsa_p256, changed).error() == Fault::damaged);
  for (std::size_t n = 0; n < made.stored.size(); n += 7)
    CHECK_FALSE(keys.load(Algorithm::ecdsa_p256, std::span{made.stored}.first(n)).has_value());
  CHECK(keys.load(Algorithm::rsa_2048, made.stored).error() == Fault::damaged);
  CHECK(keys.sign(99, work_of(Algorithm::ecdsa_p256)).error() == Fault::refused);
}

TEST_CASE("after a loss of power the TPM has the same root, and the stored keys load again") {
  NEEDS_EMULATOR();
  Rig rig;
  const auto root = rig.device->root_name();
  Bytes stored;
  PublicKey public_key;
  {
    Keys keys{std::move(rig.device)};
    const auto made = make(keys, Algorithm::ecdsa_p256);
    stored = made.stored;
    public_key = made.loaded.public_key;
  }
  rig.power_loss();
  REQUIRE(rig.connect(root).has_value());
  Keys keys{std::move(rig.device)};
  const auto loaded = keys.load(Algorithm::ecdsa_p256, stored);
  REQUIRE(loaded.has_value());
  CHECK(loaded->public_key == public_key);
  const auto work = work_of(Algorithm::ecdsa_p256);
  CHECK(verifies(public_key, work, *keys.sign(loaded->handle, work)));
}

TEST_CASE("power that goes in the middle of a signature is an answer, not a crash or a wait") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  const auto made = make(keys, Algorithm::ecdsa_p256);
  rig.bus->delay_ms = 200;
  REQUIRE(keys.begin(made.loaded.handle, work_of(Algorithm::ecdsa_p256)).has_value());
  rig.emulator.kill();
  rig.bus->cut();
  std::optional<Signed> result;
  while (!result) result = keys.step();
  CHECK(result->error() == Fault::unreachable);
  CHECK_FALSE(keys.health().good);
  CHECK(keys.health().why.view() == "the TPM does not answer any more");
  CHECK(keys.sign(made.loaded.handle, work_of(Algorithm::ecdsa_p256)).error() == Fault::unreachable);
  CHECK(keys.generate(Algorithm::ecdsa_p256, Purpose::tls_client).error() == Fault::unreachable);
}

TEST_CASE("a TPM that comes back is used again, with every key; another one is not") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  const auto made = make(keys, Algorithm::ecdsa_p256);
  rig.bus->cut();
  CHECK(keys.sign(made.loaded.handle, work_of(Algorithm::ecdsa_p256)).error() == Fault::unreachable);
  CHECK(keys.revive(rig.bus->vault_end()).error() == Fault::unreachable);
  Rig other{false};
  CHECK(keys.revive(other.bus->vault_end()).error() == Fault::other_device);
  rig.new_bus();
  REQUIRE(keys.revive(rig.bus->vault_end()).has_value());
  CHECK(keys.health().good);
  const auto work = work_of(Algorithm::ecdsa_p256);
  CHECK(verifies(made.loaded.public_key, work, *keys.sign(made.loaded.handle, work)));
}

TEST_CASE("what a killed process left in the TPM does not fill it up") {
  NEEDS_EMULATOR();
  Rig rig;
  for (int life = 0; life < 6; ++life) {
    CAPTURE(life);
    auto keys = std::make_unique<Keys>(std::move(rig.device));
    (void)make(*keys, Algorithm::ecdsa_p256);
    (void)make(*keys, Algorithm::ecdsa_p256);
    rig.bus->cut();  // nothing can be given back any more
    keys.reset();
    rig.new_bus();
    REQUIRE(rig.connect().has_value());
  }
}

TEST_CASE("a TPM that was reset while it was in use is used again without anybody noticing") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  const auto made = make(keys, Algorithm::ecdsa_p256);
  // What a reset takes away: every loaded key and session.
  for (const std::uint32_t handle : {0x02000000U, 0x02000001U, 0x80000000U, 0x80000001U, 0x80000002U}) {
    std::vector<unsigned char> flush{0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x65};
    for (const int shift : {24, 16, 8, 0}) flush.push_back(static_cast<unsigned char>(handle >> shift));
    (void)keys.device().link().exchange(std::as_bytes(std::span{flush}));
  }
  const auto work = work_of(Algorithm::ecdsa_p256);
  const auto signature = keys.sign(made.loaded.handle, work);
  REQUIRE(signature.has_value());
  CHECK(verifies(made.loaded.public_key, work, *signature));
  CHECK(keys.health().good);
}

TEST_CASE("another TPM in the place of ours is noticed") {
  NEEDS_EMULATOR();
  Rig rig;
  const auto root = rig.device->root_name();
  Rig other{false};
  CHECK(other.connect(root).error() == Fault::other_device);
}

TEST_CASE("an answer that somebody on the bus changed is noticed") {
  NEEDS_EMULATOR();
  Rig rig{false};
  std::atomic<bool> meddle = false;
  rig.bus->on_answer = [&](std::vector<unsigned char>& frame) {
    if (meddle && frame.size() > 30) frame[20] ^= 1;
  };
  REQUIRE(rig.connect().has_value());
  REQUIRE(rig.device->make_counter().has_value());
  REQUIRE(rig.device->read_counter().has_value());
  meddle = true;
  const auto drawn = rig.device->random(16);
  REQUIRE_FALSE(drawn.has_value());
  CHECK(drawn.error() == Fault::other_device);
}

TEST_CASE("nobody on the bus can read a secret that is sealed or unsealed") {
  NEEDS_EMULATOR();
  Rig rig{false};
  std::vector<unsigned char> seen;
  std::atomic<bool> listening = false;
  std::atomic_flag lock;
  const auto listen = [&](std::vector<unsigned char>& frame) {
    while (lock.test_and_set()) {
    }
    if (listening) seen.insert(seen.end(), frame.begin(), frame.end());
    lock.clear();
  };
  rig.bus->on_command = listen;
  rig.bus->on_answer = listen;
  REQUIRE(rig.connect().has_value());
  listening = true;
  const std::string secret = "thirty-two bytes that are secret";
  const auto sealed = rig.device->seal(std::as_bytes(std::span{secret}));
  REQUIRE(sealed.has_value());
  const auto unsealed = rig.device->unseal(*sealed);
  REQUIRE(unsealed.has_value());
  CHECK(std::ranges::equal(*unsealed, std::as_bytes(std::span{secret})));
  while (lock.test_and_set()) {
  }
  CHECK(seen.size() > 500);
  CHECK(std::ranges::search(seen, secret, {}, {}, [](char c) { return static_cast<unsigned char>(c); }).empty());
  CHECK(std::ranges::search(*sealed, std::as_bytes(std::span{secret})).empty());
  lock.clear();
}

TEST_CASE("a sealed secret that was changed, cut or brought from elsewhere is not unsealed") {
  NEEDS_EMULATOR();
  Rig rig;
  Rig other;
  const std::vector<std::byte> secret(32, std::byte{5});
  const auto sealed = rig.device->seal(secret);
  REQUIRE(sealed.has_value());
  CHECK(other.device->unseal(*sealed).error() == Fault::damaged);
  auto changed = *sealed;
  changed.back() ^= std::byte{1};
  CHECK(rig.device->unseal(changed).error() == Fault::damaged);
  CHECK(rig.device->unseal(std::span{*sealed}.first(sealed->size() - 1)).error() == Fault::damaged);
  CHECK(rig.device->unseal({}).error() == Fault::damaged);
  CHECK(rig.device->seal(std::vector<std::byte>(1000)).error() == Fault::no_room);
}

TEST_CASE(
    "a secret under an authority comes out only in a state that it approved, and again after it approved the next") {
  NEEDS_EMULATOR();
  Rig rig;
  const Authority authority;
  const std::vector<std::byte> secret(32, std::byte{5});
  constexpr Registers kRegisters = 1U << 7 | 1U << 23;
  REQUIRE(rig.device->set_authority(keys::public_key_of(authority.key.get()).view()).has_value());
  const auto sealed = rig.device->seal(secret);
  REQUIRE(sealed.has_value());
  CHECK(rig.device->unseal(*sealed).error() == Fault::policy);  // nothing approved yet
  const auto first = authority.approve(*rig.device, kRegisters);
  rig.device->set_approved(first);
  CHECK(rig.device->unseal(*sealed).has_value());

  extend_register_23(rig);
  CHECK(rig.device->unseal(*sealed).error() == Fault::policy);
  rig.device->set_approved(authority.approve(*rig.device, kRegisters));
  const auto again = rig.device->unseal(*sealed);
  REQUIRE(again.has_value());
  CHECK(std::ranges::equal(*again, secret));

  const Authority stranger;
  rig.device->set_approved(stranger.approve(*rig.device, kRegisters));
  CHECK(rig.device->unseal(*sealed).error() == Fault::policy);
  auto forged = authority.approve(*rig.device, kRegisters);
  forged.signature.size = 4;
  rig.device->set_approved(forged);
  CHECK(rig.device->unseal(*sealed).error() == Fault::policy);
  CHECK(rig.device->set_authority(std::vector<std::byte>(20)).error() == Fault::damaged);
}

TEST_CASE("the counter only goes up, over a loss of power and whoever asks") {
  NEEDS_EMULATOR();
  Rig rig;
  CHECK_FALSE(rig.device->read_counter().has_value());
  REQUIRE(rig.device->make_counter().has_value());
  const auto first = rig.device->read_counter();
  REQUIRE(first.has_value());
  REQUIRE(rig.device->make_counter().has_value());  // there already: nothing changes
  CHECK(*rig.device->read_counter() == *first);
  CHECK(*rig.device->increment_counter() == *first + 1);
  rig.power_loss();
  REQUIRE(rig.connect().has_value());
  CHECK(*rig.device->read_counter() == *first + 1);
  CHECK(*rig.device->increment_counter() == *first + 2);
}

TEST_CASE("the ledger's counter is one of its own: raising one does not raise the other") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(rig.device->make_counter().has_value());
  CHECK_FALSE(rig.device->read_counter(kAnchorIndex).has_value());
  CHECK_FALSE(rig.device->increment_counter(kAnchorIndex).has_value());
  REQUIRE(rig.device->make_counter(kAnchorIndex).has_value());
  const auto keys = *rig.device->read_counter();
  const auto anchor = *rig.device->read_counter(kAnchorIndex);
  CHECK(*rig.device->increment_counter(kAnchorIndex) == anchor + 1);
  CHECK(*rig.device->read_counter() == keys);
  rig.power_loss();
  REQUIRE(rig.connect().has_value());
  CHECK(*rig.device->read_counter(kAnchorIndex) == anchor + 1);
}

TEST_CASE(
    "a quote is signed by the attestation key over the caller's nonce and the registers, and that key signs nothing "
    "else") {
  NEEDS_EMULATOR();
  Rig rig;
  Keys keys{std::move(rig.device)};
  const auto made = make(keys, Algorithm::ecdsa_p256, Purpose::attestation);
  const std::string nonce = "a nonce of the one who asks";
  const auto quote = keys.quote(made.loaded.handle, std::as_bytes(std::span{nonce}), 1U << 7);
  REQUIRE(quote.has_value());
  CHECK(verifies(made.loaded.public_key, {Digest::sha256, Padding::none, quote->attest},
                 {Octets<kMaxSignature>{quote->signature}}));
  CHECK_FALSE(std::ranges::search(quote->attest, std::as_bytes(std::span{nonce})).empty());
  CHECK(quote->attest[0] == std::byte{0xff});  // TPM_GENERATED: no key of ours signs such bytes for anybody else
  CHECK_FALSE(keys.sign(made.loaded.handle, work_of(Algorithm::ecdsa_p256)).has_value());
  CHECK(keys.generate(Algorithm::rsa_2048, Purpose::attestation).error() == Fault::not_capable);
  CHECK(keys.quote(made.loaded.handle, std::vector<std::byte>(65), 1).error() == Fault::refused);
}

TEST_CASE("random bytes of the TPM come in any number and differ") {
  NEEDS_EMULATOR();
  Rig rig;
  const auto a = rig.device->random(100);
  const auto b = rig.device->random(100);
  REQUIRE(a.has_value());
  REQUIRE(b.has_value());
  CHECK(a->size() == 100);
  CHECK(*a != *b);
}

TEST_CASE("a device that is not there, says nonsense or hangs up is unreachable") {
  int pair[2];
  for (const bool nonsense : {false, true}) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    if (nonsense) REQUIRE(::write(pair[1], std::string(64, '\0').data(), 64) == 64);
    else ::close(pair[1]);
    const auto opened = Device::open(pair[0], {});
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error() == Fault::unreachable);
    ::close(pair[0]);
    if (nonsense) ::close(pair[1]);
  }
}
