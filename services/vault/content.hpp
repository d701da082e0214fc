// What a key of a purpose may sign, decided by reading the content itself. Pure.
#pragma once
#include "interfaces/vault.hpp"

namespace bulwatt::vault {

/// True when `bytes` is exactly the content that TLS 1.3 signs in CertificateVerify for this role: 64 spaces, the role's
/// context string, a zero byte and one transcript hash of 32 or 48 bytes (RFC 9846, 4.4.3).
bool is_certificate_verify(std::span<const std::byte> bytes, bool client);

/// Whether a key of this purpose may sign these bytes. Purposes whose content is not defined yet sign nothing.
bool may_sign(Purpose purpose, std::span<const std::byte> bytes);

}  // namespace bulwatt::vault
