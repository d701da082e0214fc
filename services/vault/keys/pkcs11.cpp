#include "services/vault/keys/pkcs11.hpp"

#include <dlfcn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>

#include <cstring>

#include "libs/base/freed.hpp"
#include "libs/base/try.hpp"
#include "libs/os/clock.hpp"
#include "services/vault/files.hpp"
#include "services/vault/keys/device_forms.hpp"

namespace bulwatt::vault::keys {

struct Pkcs11Functions : CK_FUNCTION_LIST {};

namespace {

constexpr std::size_t kIdSize = 16;
constexpr std::size_t kMaxAttribute = 1024;
constexpr std::size_t kMaxSlots = 16;

using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;

CK_BYTE* raw(const std::byte* p) { return const_cast<CK_BYTE*>(reinterpret_cast<const CK_BYTE*>(p)); }

template <class T>
CK_ATTRIBUTE is(CK_ATTRIBUTE_TYPE type, const T& value) {
  return {type, const_cast<T*>(&value), sizeof value};
}
CK_ATTRIBUTE is(CK_ATTRIBUTE_TYPE type, std::span<const std::byte> value) {
  return {type, raw(value.data()), value.size()};
}

/// Object identifier of a curve, DER.
std::vector<std::byte> curve_of(Algorithm algorithm) {
  ASN1_OBJECT* object = OBJ_nid2obj(EC_curve_nist2nid(facts_of(algorithm).group));
  unsigned char* der = nullptr;
  const int size = i2d_ASN1_OBJECT(object, &der);
  if (size <= 0) return {};
  const auto view = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  std::vector<std::byte> out{view.begin(), view.end()};
  OPENSSL_free(der);
  return out;
}

/// DigestInfo of RFC 8017 (9.2) before the hash.
std::span<const unsigned char> digest_info(Digest digest) {
  static constexpr unsigned char k256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                           0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
  static constexpr unsigned char k384[] = {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                           0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30};
  static constexpr unsigned char k512[] = {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                           0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40};
  if (digest == Digest::sha256) return k256;
  return digest == Digest::sha384 ? std::span<const unsigned char>{k384} : std::span<const unsigned char>{k512};
}

CK_RSA_PKCS_PSS_PARAMS pss_of(Digest digest) {
  const auto salt = static_cast<CK_ULONG>(size_of(digest));
  if (digest == Digest::sha256) return {CKM_SHA256, CKG_MGF1_SHA256, salt};
  if (digest == Digest::sha384) return {CKM_SHA384, CKG_MGF1_SHA384, salt};
  return {CKM_SHA512, CKG_MGF1_SHA512, salt};
}

std::optional<Fault> fault_of(CK_RV code) {
  switch (code) {
    case CKR_OK: return std::nullopt;
    case CKR_PIN_LOCKED: return Fault::locked;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_USER_PIN_NOT_INITIALIZED: return Fault::wrong_auth;
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_DEVICE_REMOVED:
    case CKR_SLOT_ID_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_USER_NOT_LOGGED_IN: return Fault::unreachable;
    case CKR_DEVICE_ERROR:
    case CKR_TOKEN_NOT_RECOGNIZED: return Fault::hardware;
    case CKR_DEVICE_MEMORY:
    case CKR_HOST_MEMORY:
    case CKR_SESSION_COUNT: return Fault::no_room;
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_KEY_SIZE_RANGE:
    case CKR_FUNCTION_NOT_SUPPORTED:
    case CKR_DOMAIN_PARAMS_INVALID: return Fault::not_capable;
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID: return Fault::damaged;
    case CKR_OPERATION_ACTIVE: return Fault::busy;
    case CKR_CRYPTOKI_NOT_INITIALIZED:
    case CKR_GENERAL_ERROR: return Fault::library;
    default: return Fault::refused;
  }
}

/// Of the PIN and the token, so that the file tells nothing of the PIN to who does not know it; PINs are short, so slowly.
std::optional<std::array<std::byte, 32>> pin_hash(const TokenConfig& config) {
  std::array<std::byte, 32> out{};
  if (PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(config.pin.data()), static_cast<int>(config.pin.size()),
                        raw(std::as_bytes(std::span{config.label}).data()), static_cast<int>(config.label.size()),
                        200'000, EVP_sha256(), static_cast<int>(out.size()), raw(out.data())) != 1)
    return std::nullopt;
  return out;
}

const Pkcs11Functions* load_module(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get == nullptr || get(&functions) != CKR_OK) return nullptr;
  return static_cast<const Pkcs11Functions*>(functions);
}

}  // namespace

std::expected<void, Fault> Pkcs11::judge(unsigned long code) const {
  last_fault_ = fault_of(code);
  if (last_fault_) return std::unexpected(*last_fault_);
  return {};
}

std::expected<std::unique_ptr<Pkcs11>, Fault> Pkcs11::open(const TokenConfig& config) {
  const auto* functions = load_module(config.module);
  if (functions == nullptr) return std::unexpected(Fault::library);
  std::unique_ptr<Pkcs11> token{new Pkcs11{functions}};
  TRY_VOID(token->start(config));
  return token;
}

Pkcs11::~Pkcs11() {
  if (in_session_) functions_->C_CloseSession(session_);
  if (initialized_) functions_->C_Finalize(nullptr);
}

std::expected<void, Fault> Pkcs11::start(const TokenConfig& config) {
  const auto code = functions_->C_Initialize(nullptr);
  if (code != CKR_CRYPTOKI_ALREADY_INITIALIZED) TRY_VOID(judge(code));
  initialized_ = code == CKR_OK;
  TRY_VOID(find_slot(config.label));
  TRY_VOID(judge(functions_->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_)));
  in_session_ = true;
  return log_in(config);
}

std::expected<void, Fault> Pkcs11::find_slot(const std::string& label) {
  std::array<CK_SLOT_ID, kMaxSlots> slots{};
  CK_ULONG count = slots.size();
  TRY_VOID(judge(functions_->C_GetSlotList(CK_TRUE, slots.data(), &count)));
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO info{};
    if (functions_->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
    std::string_view name{reinterpret_cast<const char*>(info.label), sizeof info.label};
    name = name.substr(0, name.find_last_not_of(' ') + 1);
    if (name != label) continue;
    slot_ = slots[i];
    return {};
  }
  return judge(CKR_TOKEN_NOT_PRESENT);
}

std::expected<void, Fault> Pkcs11::log_in(const TokenConfig& config) {
  CK_TOKEN_INFO info{};
  TRY_VOID(judge(functions_->C_GetTokenInfo(slot_, &info)));
  if ((info.flags & CKF_USER_PIN_LOCKED) != 0) return judge(CKR_PIN_LOCKED);
  if ((info.flags & CKF_USER_PIN_FINAL_TRY) != 0) return judge(CKR_PIN_INCORRECT);  // the last one is for a person
  const auto hashed = pin_hash(config);
  const auto refused = config.refused_file.empty() ? std::vector<std::byte>{}
                                                   : read_file(config.refused_file).value_or(std::vector<std::byte>{});
  if (hashed && std::ranges::equal(refused, *hashed)) return judge(CKR_PIN_INCORRECT);
  const auto code = functions_->C_Login(session_, CKU_USER, raw(config.pin.data()), config.pin.size());
  if (code == CKR_USER_ALREADY_LOGGED_IN) return {};
  if (fault_of(code) == Fault::wrong_auth && hashed && !config.refused_file.empty())
    (void)write_file(config.refused_file, *hashed);
  return judge(code);
}

bool Pkcs11::can(Algorithm algorithm) const {
  const auto family = facts_of(algorithm).family;
  if (family == Family::pure) return false;
  CK_MECHANISM_INFO info{};
  const CK_MECHANISM_TYPE needed = family == Family::rsa ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN;
  return functions_->C_GetMechanismInfo(slot_, needed, &info) == CKR_OK &&
         facts_of(algorithm).bits >= info.ulMinKeySize && facts_of(algorithm).bits <= info.ulMaxKeySize;
}

Health Pkcs11::health() const {
  if (!last_fault_) return {};
  return {false, std::string_view{"the token answers: " + std::string{enum_text(*last_fault_)}}};
}

// ---- keys. What is stored is the identifier; the token has the rest.

std::expected<Bytes, Fault> Pkcs11::generate(Algorithm algorithm, Purpose purpose) {
  if (purpose == Purpose::attestation || !can(algorithm)) return std::unexpected(Fault::not_capable);
  Bytes id(kIdSize);
  os::random_bytes(id);
  const bool rsa = facts_of(algorithm).family == Family::rsa;
  const CK_BBOOL yes = CK_TRUE;
  const CK_BBOOL no = CK_FALSE;
  const CK_ULONG bits = facts_of(algorithm).bits;
  const std::array<std::byte, 3> exponent{std::byte{1}, std::byte{0}, std::byte{1}};
  const auto curve = rsa ? std::vector<std::byte>{} : curve_of(algorithm);
  std::vector<CK_ATTRIBUTE> open{is(CKA_TOKEN, yes), is(CKA_VERIFY, yes), is(CKA_ID, std::span<const std::byte>{id})};
  if (rsa)
    open.insert(open.end(),
                {is(CKA_MODULUS_BITS, bits), is(CKA_PUBLIC_EXPONENT, std::span<const std::byte>{exponent})});
  else open.push_back(is(CKA_EC_PARAMS, std::span<const std::byte>{curve}));
  std::vector<CK_ATTRIBUTE> closed{
      is(CKA_TOKEN, yes), is(CKA_PRIVATE, yes), is(CKA_SENSITIVE, yes), is(CKA_EXTRACTABLE, no),
      is(CKA_SIGN, yes),  is(CKA_DECRYPT, no),  is(CKA_UNWRAP, no),     is(CKA_ID, std::span<const std::byte>{id})};
  CK_MECHANISM mechanism{rsa ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_half = 0;
  CK_OBJECT_HANDLE private_half = 0;
  TRY_VOID(judge(functions_->C_GenerateKeyPair(session_, &mechanism, open.data(), open.size(), closed.data(),
                                               closed.size(), &public_half, &private_half)));
  return id;
}

std::expected<unsigned long, Fault> Pkcs11::find(unsigned long object_class, std::span<const std::byte> id) const {
  std::array<CK_ATTRIBUTE, 2> wanted{is(CKA_CLASS, object_class), is(CKA_ID, id)};
  TRY_VOID(judge(functions_->C_FindObjectsInit(session_, wanted.data(), wanted.size())));
  CK_OBJECT_HANDLE object = 0;
  CK_ULONG count = 0;
  const auto code = functions_->C_FindObjects(session_, &object, 1, &count);
  functions_->C_FindObjectsFinal(session_);
  TRY_VOID(judge(code));
  if (count != 1) return std::unexpected(Fault::damaged);
  return object;
}

std::expected<Bytes, Fault> Pkcs11::attribute(unsigned long object, unsigned long type) const {
  Bytes out(kMaxAttribute);
  CK_ATTRIBUTE wanted{type, out.data(), out.size()};
  TRY_VOID(judge(functions_->C_GetAttributeValue(session_, object, &wanted, 1)));
  out.resize(wanted.ulValueLen);
  return out;
}

std::expected<PublicKey, Fault> Pkcs11::public_key_of(Algorithm algorithm, unsigned long object) const {
  if (facts_of(algorithm).family == Family::rsa) {
    TRY(modulus, attribute(object, CKA_MODULUS));
    TRY(exponent, attribute(object, CKA_PUBLIC_EXPONENT));
    return rsa_public_key(facts_of(algorithm).bits, modulus, exponent);
  }
  TRY(wrapped, attribute(object, CKA_EC_POINT));
  const unsigned char* at = raw(wrapped.data());
  const OctetString point{d2i_ASN1_OCTET_STRING(nullptr, &at, static_cast<long>(wrapped.size()))};
  if (!point) return std::unexpected(Fault::damaged);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(point.get()));
  return ec_public_key(algorithm, std::as_bytes(std::span{ASN1_STRING_get0_data(point.get()), size}));
}

std::expected<Loaded, Fault> Pkcs11::load(Algorithm algorithm, std::span<const std::byte> stored) {
  if (stored.size() != kIdSize) return std::unexpected(Fault::damaged);
  TRY(private_half, find(CKO_PRIVATE_KEY, stored));
  TRY(public_half, find(CKO_PUBLIC_KEY, stored));
  TRY(public_key, public_key_of(algorithm, public_half));
  held_[++last_] = {algorithm, private_half};
  return Loaded{last_, public_key};
}

std::expected<void, Fault> Pkcs11::destroy(std::span<const std::byte> stored) {
  for (const unsigned long object_class : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
    TRY(object, find(object_class, stored));
    TRY_VOID(judge(functions_->C_DestroyObject(session_, object)));
  }
  return {};
}

Signed Pkcs11::sign(Handle handle, const Work& work) {
  const auto found = held_.find(handle);
  if (found == held_.end()) return std::unexpected(Fault::refused);
  if (!fits(found->second.algorithm, work.digest, work.padding)) return std::unexpected(Fault::not_capable);
  TRY(hashed, hash(work.digest, work.content));
  auto pss = pss_of(work.digest);
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  if (work.padding == Padding::pss) mechanism = {CKM_RSA_PKCS_PSS, &pss, sizeof pss};
  if (work.padding == Padding::pkcs1) {
    mechanism = {CKM_RSA_PKCS, nullptr, 0};
    const auto head = std::as_bytes(digest_info(work.digest));
    hashed.insert(hashed.begin(), head.begin(), head.end());
  }
  TRY_VOID(judge(functions_->C_SignInit(session_, &mechanism, found->second.object)));
  std::array<std::byte, 1024> out{};
  CK_ULONG size = out.size();
  TRY_VOID(judge(functions_->C_Sign(session_, raw(hashed.data()), hashed.size(), raw(out.data()), &size)));
  const auto made = std::span{out}.first(size);
  if (work.padding != Padding::none) return Signature{Octets<kMaxSignature>{made}};
  TRY(der, ecdsa_der(made.first(size / 2), made.subspan(size / 2)));  // tokens give r and s side by side
  return Signature{Octets<kMaxSignature>{der}};
}

std::expected<void, Fault> Pkcs11::begin(Handle handle, const Work& work) {
  if (waiting_) return std::unexpected(Fault::busy);
  waiting_.emplace(handle, std::vector<std::byte>{work.content.begin(), work.content.end()});
  waiting_work_ = work;
  return {};
}

std::optional<Signed> Pkcs11::step() {
  if (!waiting_) return std::nullopt;
  auto [handle, content] = std::move(*waiting_);
  waiting_.reset();
  return sign(handle, {waiting_work_.digest, waiting_work_.padding, content});
}

}  // namespace bulwatt::vault::keys
