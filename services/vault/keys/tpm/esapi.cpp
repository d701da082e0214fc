#include "services/vault/keys/tpm/esapi.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace bulwatt::vault::keys::tpm {
namespace {

template <class F>
bool find(void* library, const char* name, F& out) {
  out = reinterpret_cast<F>(::dlsym(library, name));
  return out != nullptr;
}

bool fill(Esapi& out) {
  ::setenv("TSS2_LOG", "all+NONE", 0);  // its words go to standard error; ours say what matters
  void* esys = ::dlopen("libtss2-esys.so.0", RTLD_NOW | RTLD_LOCAL);
  void* mu = ::dlopen("libtss2-mu.so.0", RTLD_NOW | RTLD_LOCAL);
  if (esys == nullptr || mu == nullptr) return false;
  bool good = true;
#define BULWATT_FIND(name) good = good && find(esys, "Esys_" #name, out.name);
  BULWATT_ESAPI(BULWATT_FIND)
#undef BULWATT_FIND
  return good && find(mu, "Tss2_MU_TPM2B_PUBLIC_Marshal", out.put_public) &&
         find(mu, "Tss2_MU_TPM2B_PUBLIC_Unmarshal", out.take_public) &&
         find(mu, "Tss2_MU_TPM2B_PRIVATE_Marshal", out.put_private) &&
         find(mu, "Tss2_MU_TPM2B_PRIVATE_Unmarshal", out.take_private);
}

}  // namespace

const Esapi* Esapi::load() {
  static Esapi table;
  static const bool loaded = fill(table);
  return loaded ? &table : nullptr;
}

}  // namespace bulwatt::vault::keys::tpm
