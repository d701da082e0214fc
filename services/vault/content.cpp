#include "services/vault/content.hpp"

#include <algorithm>

namespace bulwatt::vault {
namespace {
constexpr std::size_t kPad = 64;
constexpr std::string_view kClient = "TLS 1.3, client CertificateVerify";
constexpr std::string_view kServer = "TLS 1.3, server CertificateVerify";
constexpr std::size_t kSha256 = 32;
constexpr std::size_t kSha384 = 48;
}  // namespace

bool is_certificate_verify(std::span<const std::byte> bytes, bool client) {
  const auto label = client ? kClient : kServer;
  const auto head = kPad + label.size() + 1;
  if (bytes.size() != head + kSha256 && bytes.size() != head + kSha384) return false;
  const auto is_space = [](std::byte b) { return b == std::byte{0x20}; };
  return std::ranges::all_of(bytes.first(kPad), is_space) &&
         std::ranges::equal(bytes.subspan(kPad, label.size()), std::as_bytes(std::span{label})) &&
         bytes[head - 1] == std::byte{0};
}

bool may_sign(Purpose purpose, std::span<const std::byte> bytes) {
  switch (purpose) {
    case Purpose::tls_client: return is_certificate_verify(bytes, true);
    case Purpose::tls_server: return is_certificate_verify(bytes, false);
    case Purpose::csr:
    case Purpose::attestation:
    case Purpose::checkpoint:
    case Purpose::meter_record: return false;
  }
  return false;
}

}  // namespace bulwatt::vault
