#include "services/vault/keys/tpm/faults.hpp"

#include <tss2/tss2_tpm2_types.h>

namespace bulwatt::vault::keys::tpm {
namespace {

constexpr TSS2_RC kLayer = 0xff0000;
constexpr TSS2_RC kFormatOne = 0x080;
constexpr TSS2_RC kFormatOneCode = 0x0bf;

bool from_tpm(TSS2_RC code) { return (code & kLayer) == 0; }

Fault of_format_one(TSS2_RC code) {
  switch (code & kFormatOneCode) {
    case TPM2_RC_AUTH_FAIL:
    case TPM2_RC_BAD_AUTH: return Fault::wrong_auth;
    case TPM2_RC_POLICY_FAIL:
    case TPM2_RC_EXPIRED: return Fault::policy;
    case TPM2_RC_INTEGRITY:
    case TPM2_RC_SIGNATURE:
    case TPM2_RC_TICKET:
    case TPM2_RC_BINDING:
    case TPM2_RC_INSUFFICIENT:
    case TPM2_RC_SIZE: return Fault::damaged;
    case TPM2_RC_ASYMMETRIC:
    case TPM2_RC_HASH:
    case TPM2_RC_KEY_SIZE:
    case TPM2_RC_MGF:
    case TPM2_RC_MODE:
    case TPM2_RC_KDF:
    case TPM2_RC_SCHEME:
    case TPM2_RC_CURVE:
    case TPM2_RC_SYMMETRIC: return Fault::not_capable;
    default:
      return Fault::
          refused;  // TYPE, HANDLE, RANGE, TAG, SELECTOR, VALUE, ATTRIBUTES, HIERARCHY, KEY, NONCE, PP, ECC_POINT, …
  }
}

Fault of_format_zero(TSS2_RC code) {
  switch (code) {
    case TPM2_RC_FAILURE:
    case TPM2_RC_UPGRADE: return Fault::hardware;
    case TPM2_RC_INITIALIZE: return Fault::unreachable;
    case TPM2_RC_PCR_CHANGED:
    case TPM2_RC_POLICY:
    case TPM2_RC_PCR: return Fault::policy;
    case TPM2_RC_AUTH_MISSING:
    case TPM2_RC_AUTH_UNAVAILABLE: return Fault::wrong_auth;
    case TPM2_RC_LOCKOUT: return Fault::locked;
    case TPM2_RC_BAD_CONTEXT:
    case TPM2_RC_NV_UNINITIALIZED: return Fault::damaged;
    case TPM2_RC_NV_SPACE:
    case TPM2_RC_NV_DEFINED:
    case TPM2_RC_MEMORY:
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_OBJECT_HANDLES:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_SESSION_HANDLES:
    case TPM2_RC_CONTEXT_GAP: return Fault::no_room;
    case TPM2_RC_RETRY:
    case TPM2_RC_YIELDED:
    case TPM2_RC_TESTING:
    case TPM2_RC_NV_RATE:
    case TPM2_RC_NV_UNAVAILABLE:
    case TPM2_RC_CANCELED: return Fault::busy;
    case TPM2_RC_COMMAND_CODE:
    case TPM2_RC_DISABLED: return Fault::not_capable;
    default: return Fault::refused;
  }
}

Fault of_stack(TSS2_RC code) {
  switch (code & 0xffff) {
    case TSS2_BASE_RC_IO_ERROR:
    case TSS2_BASE_RC_NO_CONNECTION:
    case TSS2_BASE_RC_MALFORMED_RESPONSE:
    case TSS2_BASE_RC_INSUFFICIENT_RESPONSE: return Fault::unreachable;
    case TSS2_BASE_RC_TRY_AGAIN:
    case TSS2_BASE_RC_BAD_SEQUENCE: return Fault::busy;
    case TSS2_BASE_RC_RSP_AUTH_FAILED: return Fault::other_device;  // the answer was not made by who holds the SRK
    case TSS2_BASE_RC_MEMORY: return Fault::no_room;
    case TSS2_BASE_RC_NOT_IMPLEMENTED:
    case TSS2_BASE_RC_NOT_SUPPORTED: return Fault::not_capable;
    default: return Fault::library;
  }
}

}  // namespace

std::optional<Fault> fault_of(TSS2_RC code) {
  if (code == TSS2_RC_SUCCESS) return std::nullopt;
  // A resource manager answers in the TPM's words under a layer of its own.
  if (!from_tpm(code) && (code & kLayer) != TSS2_RESMGR_TPM_RC_LAYER) return of_stack(code);
  code &= 0xffff;
  return (code & kFormatOne) != 0 ? of_format_one(code) : of_format_zero(code);
}

bool is_pending(TSS2_RC code) { return !from_tpm(code) && (code & 0xffff) == TSS2_BASE_RC_TRY_AGAIN; }

bool is_forgotten(TSS2_RC code) {
  if (!from_tpm(code) && (code & kLayer) != TSS2_RESMGR_TPM_RC_LAYER) return false;
  code &= 0xffff;
  if ((code & kFormatOne) != 0)
    return (code & kFormatOneCode) == TPM2_RC_HANDLE || (code & kFormatOneCode) == TPM2_RC_INTEGRITY;
  return (code >= TPM2_RC_REFERENCE_H0 && code <= TPM2_RC_REFERENCE_S6) || code == TPM2_RC_BAD_CONTEXT;
}

}  // namespace bulwatt::vault::keys::tpm
