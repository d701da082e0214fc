#include "services/vault/keys/tpm/device.hpp"

#include <cstring>

#include "libs/base/try.hpp"
#include "services/vault/keys/tpm/faults.hpp"
#include "services/vault/keys/tpm/owned.hpp"

namespace bulwatt::vault::keys::tpm {
namespace {

constexpr TPMA_SESSION kBothWays = TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;
constexpr std::size_t kRandomAtOnce = 32;

TPMT_PUBLIC root_template() {
  TPMT_PUBLIC out{};
  out.type = TPM2_ALG_ECC;
  out.nameAlg = TPM2_ALG_SHA256;
  out.objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                         TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
  auto& ecc = out.parameters.eccDetail;
  ecc.symmetric.algorithm = TPM2_ALG_AES;
  ecc.symmetric.keyBits.aes = 128;
  ecc.symmetric.mode.aes = TPM2_ALG_CFB;
  ecc.scheme.scheme = TPM2_ALG_NULL;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = at; i < at + 4; ++i) out = out << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return out;
}
void put_number(std::vector<std::byte>& out, std::uint32_t number) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::byte>(number >> shift));
}
/// A command without sessions: header and 32-bit parameters.
std::vector<std::byte> command(std::uint32_t code, std::initializer_list<std::uint32_t> parameters) {
  std::vector<std::byte> out{std::byte{0x80}, std::byte{0x01}};
  put_number(out, static_cast<std::uint32_t>(10 + 4 * parameters.size()));
  put_number(out, code);
  for (const auto parameter : parameters) put_number(out, parameter);
  return out;
}

}  // namespace

std::expected<std::unique_ptr<Device>, Fault> Device::open(int descriptor, std::span<const std::byte> expected_root,
                                                           Duration patience) {
  const auto* api = Esapi::load();
  if (api == nullptr) return std::unexpected(Fault::library);
  std::unique_ptr<Device> device{new Device{*api, descriptor, patience}};
  TRY_VOID(device->start());
  if (!expected_root.empty() && !std::ranges::equal(device->root_name_, expected_root))
    return std::unexpected(Fault::other_device);
  return device;
}

Device::~Device() {
  if (context_ == nullptr) return;
  if (session_ != ESYS_TR_NONE && !gone()) api_.FlushContext(context_, session_);
  api_.Finalize(&context_);
}

std::expected<void, Fault> Device::judge(TSS2_RC code) {
  const auto fault = fault_of(code);
  if (!fault) return {};
  if (*fault == Fault::hardware) link_.give_up();
  return std::unexpected(*fault);
}

std::expected<void, Fault> Device::start() {
  TRY_VOID(clear_leftovers());
  TRY_VOID(judge(api_.Initialize(&context_, link_.context(), nullptr)));
  TRY_VOID(find_root());
  TRY_VOID(read_root_name());
  TRY_VOID(new_session());
  learn_algorithms();
  return {};
}

// Straight over the link, because the stack has no objects for handles that another process left. Behind a resource manager
// nothing of others is seen.
std::expected<void, Fault> Device::clear_leftovers() {
  auto answer = link_.exchange(command(TPM2_CC_GetCapability, {TPM2_CAP_HANDLES, TPM2_TRANSIENT_FIRST, 16}));
  if (answer.size() >= 10 && number_at(answer, 6) == TPM2_RC_INITIALIZE) {
    (void)link_.exchange({std::vector<std::byte>{std::byte{0x80}, std::byte{1}, std::byte{0}, std::byte{0},
                                                 std::byte{0}, std::byte{12}, std::byte{0}, std::byte{0}, std::byte{1},
                                                 std::byte{0x44}, std::byte{0}, std::byte{0}}});  // Startup(CLEAR)
  }
  for (const std::uint32_t first : {TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST, TPM2_ACTIVE_SESSION_FIRST}) {
    answer = link_.exchange(command(TPM2_CC_GetCapability, {TPM2_CAP_HANDLES, first, 16}));
    if (answer.size() < 19) continue;
    const auto count = std::min<std::size_t>(number_at(answer, 15), (answer.size() - 19) / 4);
    for (std::size_t i = 0; i < count; ++i)
      (void)link_.exchange(command(TPM2_CC_FlushContext, {number_at(answer, 19 + 4 * i)}));
  }
  if (link_.gone()) return std::unexpected(Fault::unreachable);
  return {};
}

std::expected<void, Fault> Device::find_root() {
  if (api_.TR_FromTPMPublic(context_, kRootHandle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &root_) != TSS2_RC_SUCCESS)
    return make_root();
  Owned<TPM2B_PUBLIC> found{api_};
  TRY_VOID(
      judge(api_.ReadPublic(context_, root_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, found.out(), nullptr, nullptr)));
  constexpr TPMA_OBJECT kStorage = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM;
  if ((found->publicArea.objectAttributes & kStorage) != kStorage) return std::unexpected(Fault::other_device);
  return {};
}

std::expected<void, Fault> Device::make_root() {
  const TPM2B_SENSITIVE_CREATE no_secret{};
  const TPM2B_PUBLIC wanted{0, root_template()};
  const TPM2B_DATA nothing{};
  const TPML_PCR_SELECTION none{};
  Transient primary{*this};
  TRY_VOID(
      judge(api_.CreatePrimary(context_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &no_secret,
                               &wanted, &nothing, &none, primary.out(), nullptr, nullptr, nullptr, nullptr)));
  return judge(api_.EvictControl(context_, ESYS_TR_RH_OWNER, primary.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                 ESYS_TR_NONE, kRootHandle, &root_));
}

std::expected<void, Fault> Device::read_root_name() {
  Owned<TPM2B_NAME> name{api_};
  TRY_VOID(judge(api_.TR_GetName(context_, root_, name.out())));
  const auto bytes = std::as_bytes(std::span{name->name, name->size});
  root_name_.assign(bytes.begin(), bytes.end());
  return {};
}

std::expected<ESYS_TR, Fault> Device::start_session(TPM2_SE type) {
  TPMT_SYM_DEF cipher{};
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = 128;
  cipher.mode.aes = TPM2_ALG_CFB;
  ESYS_TR session = ESYS_TR_NONE;
  TRY_VOID(judge(api_.StartAuthSession(context_, root_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                       type, &cipher, TPM2_ALG_SHA256, &session)));
  const TPMA_SESSION attributes = type == TPM2_SE_TRIAL ? TPMA_SESSION{TPMA_SESSION_CONTINUESESSION} : kBothWays;
  TRY_VOID(judge(api_.TRSess_SetAttributes(context_, session, attributes, 0xff)));
  return session;
}

std::expected<void, Fault> Device::new_session() {
  if (session_ != ESYS_TR_NONE && api_.FlushContext(context_, session_) != TSS2_RC_SUCCESS)
    api_.TR_Close(context_, &session_);
  session_ = ESYS_TR_NONE;
  TRY(session, start_session(TPM2_SE_HMAC));
  session_ = session;
  return {};
}

void Device::learn_algorithms() {
  for (std::size_t i = 0; i < enum_names(Algorithm{}).size(); ++i) {
    const auto wanted = template_of(static_cast<Algorithm>(i));
    if (!wanted) continue;
    const TPMT_PUBLIC_PARMS parameters{wanted->type, wanted->parameters};
    if (api_.TestParms(context_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &parameters) == TSS2_RC_SUCCESS)
      algorithms_ |= 1U << i;
  }
}

std::expected<Bytes, Fault> Device::random(std::size_t size) {
  Bytes out;
  while (out.size() < size) {
    const auto wanted = static_cast<UINT16>(std::min(size - out.size(), kRandomAtOnce));
    Owned<TPM2B_DIGEST> drawn{api_};
    TRY_VOID(judge(api_.GetRandom(context_, session_, ESYS_TR_NONE, ESYS_TR_NONE, wanted, drawn.out())));
    if (drawn->size == 0) return std::unexpected(Fault::hardware);
    const auto bytes = std::as_bytes(std::span{drawn->buffer, drawn->size});
    out.insert(out.end(), bytes.begin(),
               bytes.begin() + std::min<std::ptrdiff_t>(drawn->size, static_cast<std::ptrdiff_t>(size - out.size())));
  }
  return out;
}

// ---- counter

std::expected<ESYS_TR, Fault> Device::counter_handle(TPM2_HANDLE index) {
  ESYS_TR handle = ESYS_TR_NONE;
  TRY_VOID(judge(api_.TR_FromTPMPublic(context_, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle)));
  return handle;
}

std::expected<void, Fault> Device::make_counter(TPM2_HANDLE index) {
  if (read_counter(index)) return {};
  TPM2B_NV_PUBLIC wanted{};
  wanted.nvPublic.nvIndex = index;
  wanted.nvPublic.nameAlg = TPM2_ALG_SHA256;
  wanted.nvPublic.attributes = TPMA_NV_AUTHWRITE | TPMA_NV_AUTHREAD | TPMA_NV_OWNERREAD | TPMA_NV_NO_DA |
                               (TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT);
  wanted.nvPublic.dataSize = 8;
  const TPM2B_AUTH open{};
  ESYS_TR handle = ESYS_TR_NONE;
  TRY_VOID(judge(
      api_.NV_DefineSpace(context_, ESYS_TR_RH_OWNER, session_, ESYS_TR_NONE, ESYS_TR_NONE, &open, &wanted, &handle)));
  api_.TR_Close(context_, &handle);
  TRY_VOID(increment_counter(index));
  return {};
}

std::expected<std::uint64_t, Fault> Device::read_counter(TPM2_HANDLE index) {
  TRY(handle, counter_handle(index));
  Owned<TPM2B_MAX_NV_BUFFER> value{api_};
  const auto done =
      judge(api_.NV_Read(context_, handle, handle, session_, ESYS_TR_NONE, ESYS_TR_NONE, 8, 0, value.out()));
  api_.TR_Close(context_, &handle);
  TRY_VOID(done);
  if (value->size != 8) return std::unexpected(Fault::damaged);
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = out << 8 | value->buffer[i];
  return out;
}

std::expected<std::uint64_t, Fault> Device::increment_counter(TPM2_HANDLE index) {
  TRY(handle, counter_handle(index));
  const auto done = judge(api_.NV_Increment(context_, handle, handle, session_, ESYS_TR_NONE, ESYS_TR_NONE));
  api_.TR_Close(context_, &handle);
  TRY_VOID(done);
  return read_counter(index);
}

// ---- quote

std::expected<Quote, Fault> Device::quote(ESYS_TR key, std::span<const std::byte> nonce, Registers registers) {
  TPM2B_DATA data{};
  if (nonce.size() > 64) return std::unexpected(Fault::refused);
  data.size = static_cast<UINT16>(nonce.size());
  std::memcpy(data.buffer, nonce.data(), nonce.size());
  const TPMT_SIG_SCHEME own{.scheme = TPM2_ALG_NULL, .details = {}};
  const auto selection = selection_of(registers);
  Owned<TPM2B_ATTEST> attest{api_};
  Owned<TPMT_SIGNATURE> signature{api_};
  TRY_VOID(judge(api_.Quote(context_, key, session_, ESYS_TR_NONE, ESYS_TR_NONE, &data, &own, &selection, attest.out(),
                            signature.out())));
  TRY(der, signature_of(*signature));
  const auto bytes = std::as_bytes(std::span{attest->attestationData, attest->size});
  return Quote{{bytes.begin(), bytes.end()}, std::move(der)};
}

}  // namespace bulwatt::vault::keys::tpm
