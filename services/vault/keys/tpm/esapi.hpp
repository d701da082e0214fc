// The functions of the TPM software stack that are used, loaded at run time: a station without a TPM needs no library of it,
// and the stack's own copy of a crypto library stays apart from ours.
#pragma once
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "services/vault/keys/backend.hpp"

namespace bulwatt::vault::keys::tpm {

// One list, so that the table and its loading cannot differ.
#define BULWATT_ESAPI(each)                                                                                           \
  each(Initialize) each(Finalize) each(Free) each(SetTimeout) each(Startup) each(StartAuthSession)                    \
      each(TRSess_SetAttributes) each(CreatePrimary) each(EvictControl) each(TR_FromTPMPublic) each(TR_GetName)       \
          each(TR_Close) each(ReadPublic) each(Create) each(Create_Async) each(Create_Finish) each(Load)              \
              each(ContextSave) each(ContextLoad) each(ContextLoad_Async) each(ContextLoad_Finish) each(FlushContext) \
                  each(Sign) each(Sign_Async) each(Sign_Finish) each(TestParms) each(GetRandom) each(NV_DefineSpace)  \
                      each(NV_Increment) each(NV_Read) each(NV_UndefineSpace) each(PolicyPCR) each(PolicyAuthorize)   \
                          each(PolicyGetDigest) each(LoadExternal) each(VerifySignature) each(Unseal) each(Quote)

struct Esapi {
#define BULWATT_MEMBER(name) decltype(&Esys_##name) name = nullptr;
  BULWATT_ESAPI(BULWATT_MEMBER)
#undef BULWATT_MEMBER
  decltype(&Tss2_MU_TPM2B_PUBLIC_Marshal) put_public = nullptr;
  decltype(&Tss2_MU_TPM2B_PUBLIC_Unmarshal) take_public = nullptr;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Marshal) put_private = nullptr;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Unmarshal) take_private = nullptr;

  /// Loads the libraries once; nullptr when they are not there.
  static const Esapi* load();
};

}  // namespace bulwatt::vault::keys::tpm
