// What a response code of the TPM, or of the stack on the way to it, means for the vault.
#pragma once
#include <tss2/tss2_common.h>

#include "services/vault/keys/backend.hpp"

namespace bulwatt::vault::keys::tpm {

/// Nothing for success. Every class of TPM 2.0 response code (Part 2, 6.6) has its fault; parameter, handle and session
/// numbers are dropped.
std::optional<Fault> fault_of(TSS2_RC code);

/// The answer is not there yet.
bool is_pending(TSS2_RC code);
/// What the vault had loaded is no longer there (the TPM was reset): load it again and try once more.
bool is_forgotten(TSS2_RC code);

}  // namespace bulwatt::vault::keys::tpm
