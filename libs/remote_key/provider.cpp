#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "libs/base/freed.hpp"
#include "libs/remote_key/key.hpp"

namespace bulwatt::remote_key {
namespace {

constexpr const char* kProviderName = "bulwatt-vault";

// OpenSSL's entry point takes no argument of ours; load() runs it before it returns.
Signer* signer_of_next_load = nullptr;

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT) return kKeyManagement;
  return operation == OSSL_OP_SIGNATURE ? kSignatures : nullptr;
}
void tear_down(void* context) { delete static_cast<ProviderContext*>(context); }

int start(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** ours, void** context) {
  static const OSSL_DISPATCH kTable[] = {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)(void)>(query)},
                                         {OSSL_FUNC_PROVIDER_TEARDOWN, reinterpret_cast<void (*)(void)>(tear_down)},
                                         {0, nullptr}};
  *ours = kTable;
  *context = new ProviderContext{signer_of_next_load};
  return 1;
}

using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;

Parameters own_parameters(const char* name, bool slow) {
  const Builder builder{OSSL_PARAM_BLD_new()};
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), kNameParameter, name, 0) != 1 ||
      OSSL_PARAM_BLD_push_int(builder.get(), kSlowParameter, slow ? 1 : 0) != 1)
    return nullptr;
  return Parameters{OSSL_PARAM_BLD_to_param(builder.get())};
}

}  // namespace

std::expected<Provider, Error> Provider::load(OSSL_LIB_CTX* library, Signer& signer) {
  signer_of_next_load = &signer;
  OSSL_PROVIDER* standard = OSSL_PROVIDER_load(library, "default");
  if (standard == nullptr || OSSL_PROVIDER_add_builtin(library, kProviderName, start) != 1) {
    return std::unexpected(Error::provider_refused);
  }
  OSSL_PROVIDER* ours = OSSL_PROVIDER_load(library, kProviderName);
  if (ours == nullptr) return std::unexpected(Error::provider_refused);
  // libssl looks up some algorithms without a query of its own, such as the EC half of SecP384r1MLKEM1024.
  if (EVP_set_default_properties(library, kProperties) != 1) return std::unexpected(Error::provider_refused);
  return Provider{library, ours, standard};
}

Provider::Provider(Provider&& other) noexcept
    : library_(other.library_),
      ours_(std::exchange(other.ours_, nullptr)),
      standard_(std::exchange(other.standard_, nullptr)) {}

Provider::~Provider() {
  if (ours_ != nullptr) OSSL_PROVIDER_unload(ours_);
  if (standard_ != nullptr) OSSL_PROVIDER_unload(standard_);
}

std::expected<KeyPtr, Error> Provider::make_key(const vault::KeyInfo& info) const {
  const Kind* kind = kind_of(info.algorithm);
  if (kind == nullptr) return std::unexpected(Error::unknown_algorithm);
  const auto* der = reinterpret_cast<const unsigned char*>(info.public_key.data.data());
  const KeyPtr standard{d2i_PUBKEY_ex(nullptr, &der, info.public_key.size, library_, kProperties)};
  OSSL_PARAM* raw = nullptr;
  if (!standard || EVP_PKEY_todata(standard.get(), EVP_PKEY_PUBLIC_KEY, &raw) != 1)
    return std::unexpected(Error::bad_public_key);
  const Parameters public_half{raw};
  const std::array<char, 33> name = [&] {
    std::array<char, 33> text{};
    std::ranges::copy(info.name.view(), text.begin());
    return text;
  }();
  const Parameters extra = own_parameters(name.data(), info.slow);
  const Parameters all{OSSL_PARAM_merge(public_half.get(), extra.get())};
  const KeyContext context{EVP_PKEY_CTX_new_from_name(library_, kind->key_type, "provider=bulwatt-vault")};
  EVP_PKEY* key = nullptr;
  if (!all || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, all.get()) != 1) {
    return std::unexpected(Error::bad_public_key);
  }
  return KeyPtr{key};
}

}  // namespace bulwatt::remote_key
