// Certificates in the vault, as the device model tells of them.
#pragma once
#include "services/ocpp/base.hpp"

namespace bulwatt::ocpp {

/// Asks the vault how many there are, for SecurityCtrlr.CertificateEntries; without an answer the number stays.
void count_certificates(const Base& base);

}  // namespace bulwatt::ocpp
