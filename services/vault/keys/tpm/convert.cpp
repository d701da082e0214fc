// Between the TPM's structures and everybody's.
#include <cstring>

#include "services/vault/keys/device_forms.hpp"
#include "services/vault/keys/tpm/device.hpp"

namespace bulwatt::vault::keys::tpm {
namespace {

struct Curve {
  TPM2_ECC_CURVE id;
  Algorithm algorithm;
  std::size_t bytes;
};
constexpr Curve kCurves[] = {{TPM2_ECC_NIST_P256, Algorithm::ecdsa_p256, 32},
                             {TPM2_ECC_NIST_P384, Algorithm::ecdsa_p384, 48},
                             {TPM2_ECC_NIST_P521, Algorithm::ecdsa_p521, 66}};

std::expected<PublicKey, Fault> ec_public(const TPMS_ECC_POINT& point, TPM2_ECC_CURVE id) {
  const auto* curve = std::ranges::find(kCurves, id, &Curve::id);
  if (curve == std::end(kCurves) || point.x.size > curve->bytes || point.y.size > curve->bytes)
    return std::unexpected(Fault::damaged);
  std::vector<std::byte> bytes(1 + 2 * curve->bytes);
  bytes[0] = std::byte{4};
  std::memcpy(bytes.data() + 1 + curve->bytes - point.x.size, point.x.buffer, point.x.size);
  std::memcpy(bytes.data() + bytes.size() - point.y.size, point.y.buffer, point.y.size);
  return ec_public_key(curve->algorithm, bytes);
}

std::expected<PublicKey, Fault> rsa_public(const TPM2B_PUBLIC_KEY_RSA& modulus, const TPMS_RSA_PARMS& parameters) {
  const UINT32 e = parameters.exponent == 0 ? 65537 : parameters.exponent;
  std::array<std::byte, sizeof e> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(e >> (8 * (bytes.size() - 1 - i)));
  return rsa_public_key(parameters.keyBits, std::as_bytes(std::span{modulus.buffer, modulus.size}), bytes);
}

std::vector<std::byte> bytes_of(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  return {first, first + size};
}

}  // namespace

std::expected<std::vector<std::byte>, Fault> pack(const Esapi& api, const TPM2B_PUBLIC& open,
                                                  const TPM2B_PRIVATE& closed) {
  std::array<std::uint8_t, sizeof(TPM2B_PUBLIC) + sizeof(TPM2B_PRIVATE)> buffer{};
  std::size_t used = 0;
  if (api.put_public(&open, buffer.data(), buffer.size(), &used) != 0 ||
      api.put_private(&closed, buffer.data(), buffer.size(), &used) != 0)
    return std::unexpected(Fault::library);
  return bytes_of(buffer.data(), used);
}

std::expected<void, Fault> unpack(const Esapi& api, std::span<const std::byte> bytes, TPM2B_PUBLIC& open,
                                  TPM2B_PRIVATE& closed) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t used = 0;
  open = {};
  closed = {};
  if (api.take_public(data, bytes.size(), &used, &open) != 0 ||
      api.take_private(data, bytes.size(), &used, &closed) != 0 || used != bytes.size())
    return std::unexpected(Fault::damaged);
  return {};
}

std::expected<PublicKey, Fault> public_key_of(const TPM2B_PUBLIC& open) {
  const auto& area = open.publicArea;
  if (area.type == TPM2_ALG_ECC) return ec_public(area.unique.ecc, area.parameters.eccDetail.curveID);
  if (area.type == TPM2_ALG_RSA) return rsa_public(area.unique.rsa, area.parameters.rsaDetail);
  return std::unexpected(Fault::damaged);
}

std::expected<std::vector<std::byte>, Fault> signature_of(const TPMT_SIGNATURE& signature) {
  if (signature.sigAlg == TPM2_ALG_RSASSA)
    return bytes_of(signature.signature.rsassa.sig.buffer, signature.signature.rsassa.sig.size);
  if (signature.sigAlg == TPM2_ALG_RSAPSS)
    return bytes_of(signature.signature.rsapss.sig.buffer, signature.signature.rsapss.sig.size);
  if (signature.sigAlg != TPM2_ALG_ECDSA) return std::unexpected(Fault::damaged);
  const auto& ecdsa = signature.signature.ecdsa;
  return ecdsa_der(std::as_bytes(std::span{ecdsa.signatureR.buffer, ecdsa.signatureR.size}),
                   std::as_bytes(std::span{ecdsa.signatureS.buffer, ecdsa.signatureS.size}));
}

std::optional<TPMT_PUBLIC> template_of(Algorithm algorithm) {
  TPMT_PUBLIC out{};
  out.nameAlg = TPM2_ALG_SHA256;
  out.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                         TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
  const auto& facts = facts_of(algorithm);
  if (facts.family == Family::rsa) {
    out.type = TPM2_ALG_RSA;
    out.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
    out.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
    out.parameters.rsaDetail.keyBits = facts.bits;
    return out;
  }
  const auto* curve = std::ranges::find(kCurves, algorithm, &Curve::algorithm);
  if (curve == std::end(kCurves)) return std::nullopt;
  out.type = TPM2_ALG_ECC;
  out.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  out.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  out.parameters.eccDetail.curveID = curve->id;
  out.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

TPML_PCR_SELECTION selection_of(Registers registers) {
  TPML_PCR_SELECTION out{};
  out.count = 1;
  out.pcrSelections[0].hash = TPM2_ALG_SHA256;
  out.pcrSelections[0].sizeofSelect = 3;
  for (unsigned i = 0; i < 3; ++i) out.pcrSelections[0].pcrSelect[i] = static_cast<BYTE>(registers >> (8 * i));
  return out;
}

}  // namespace bulwatt::vault::keys::tpm
