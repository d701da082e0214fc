#include "services/vault/keys/tpm/faults.hpp"

#include <doctest/doctest.h>
#include <tss2/tss2_tpm2_types.h>

using namespace bulwatt::vault::keys;
using namespace bulwatt::vault::keys::tpm;

TEST_CASE("success is no fault") { CHECK_FALSE(fault_of(TSS2_RC_SUCCESS).has_value()); }

TEST_CASE("every class of response of the TPM has its fault, whichever handle, session or parameter it is about") {
  struct Case {
    TSS2_RC code;
    Fault fault;
  };
  for (const auto& c : {Case{TPM2_RC_AUTH_FAIL, Fault::wrong_auth}, Case{TPM2_RC_BAD_AUTH, Fault::wrong_auth},
                        Case{TPM2_RC_POLICY_FAIL, Fault::policy}, Case{TPM2_RC_INTEGRITY, Fault::damaged},
                        Case{TPM2_RC_SIZE, Fault::damaged}, Case{TPM2_RC_SCHEME, Fault::not_capable},
                        Case{TPM2_RC_CURVE, Fault::not_capable}, Case{TPM2_RC_VALUE, Fault::refused},
                        Case{TPM2_RC_HANDLE, Fault::refused}, Case{TPM2_RC_ATTRIBUTES, Fault::refused}}) {
    CAPTURE(c.code);
    CHECK(fault_of(c.code) == c.fault);
    for (const TSS2_RC about : {TPM2_RC_P | TPM2_RC_3, TPM2_RC_H | TPM2_RC_2, TPM2_RC_S | TPM2_RC_1})
      CHECK(fault_of(c.code | about) == c.fault);
    CHECK(fault_of(c.code | TSS2_RESMGR_TPM_RC_LAYER) == c.fault);
  }
  for (const auto& c : {Case{TPM2_RC_FAILURE, Fault::hardware}, Case{TPM2_RC_INITIALIZE, Fault::unreachable},
                        Case{TPM2_RC_PCR_CHANGED, Fault::policy}, Case{TPM2_RC_AUTH_MISSING, Fault::wrong_auth},
                        Case{TPM2_RC_LOCKOUT, Fault::locked}, Case{TPM2_RC_BAD_CONTEXT, Fault::damaged},
                        Case{TPM2_RC_NV_SPACE, Fault::no_room}, Case{TPM2_RC_OBJECT_MEMORY, Fault::no_room},
                        Case{TPM2_RC_SESSION_HANDLES, Fault::no_room}, Case{TPM2_RC_RETRY, Fault::busy},
                        Case{TPM2_RC_TESTING, Fault::busy}, Case{TPM2_RC_NV_RATE, Fault::busy},
                        Case{TPM2_RC_COMMAND_CODE, Fault::not_capable}, Case{TPM2_RC_REFERENCE_S0, Fault::refused}}) {
    CAPTURE(c.code);
    CHECK(fault_of(c.code) == c.fault);
  }
}

TEST_CASE("what the way to the TPM says is told from what the TPM says") {
  CHECK(fault_of(TSS2_TCTI_RC_IO_ERROR) == Fault::unreachable);
  CHECK(fault_of(TSS2_TCTI_RC_NO_CONNECTION) == Fault::unreachable);
  CHECK(fault_of(TSS2_ESYS_RC_MALFORMED_RESPONSE) == Fault::unreachable);
  CHECK(fault_of(TSS2_ESYS_RC_BAD_SEQUENCE) == Fault::busy);
  CHECK(fault_of(TSS2_ESYS_RC_RSP_AUTH_FAILED) == Fault::other_device);
  CHECK(fault_of(TSS2_ESYS_RC_MEMORY) == Fault::no_room);
  CHECK(fault_of(TSS2_ESYS_RC_NOT_IMPLEMENTED) == Fault::not_capable);
  CHECK(fault_of(TSS2_ESYS_RC_BAD_VALUE) == Fault::library);
  CHECK(is_pending(TSS2_ESYS_RC_TRY_AGAIN));
  CHECK(is_pending(TSS2_TCTI_RC_TRY_AGAIN));
  CHECK_FALSE(is_pending(TPM2_RC_RETRY));
}

TEST_CASE("what a reset TPM no longer knows is told from what it refuses") {
  for (const TSS2_RC code : {TPM2_RC_REFERENCE_H0, TPM2_RC_REFERENCE_S0, TPM2_RC_REFERENCE_S6, TPM2_RC_BAD_CONTEXT})
    CHECK(is_forgotten(code));
  CHECK(is_forgotten(TPM2_RC_HANDLE | TPM2_RC_P | TPM2_RC_1));
  CHECK(is_forgotten(TPM2_RC_INTEGRITY | TPM2_RC_P | TPM2_RC_1));
  for (const TSS2_RC code : {TPM2_RC_VALUE, TPM2_RC_AUTH_FAIL, TPM2_RC_LOCKOUT, TSS2_TCTI_RC_IO_ERROR})
    CHECK_FALSE(is_forgotten(code));
}
