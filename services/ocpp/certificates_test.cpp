#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using testing::Json;
using testing::Rig;

namespace {

template <std::size_t N>
Octets<N> filled(std::size_t size, int value) {
  Octets<N> out{};
  out.size = static_cast<std::uint16_t>(size);
  std::fill_n(out.data.begin(), size, static_cast<std::byte>(value));
  return out;
}
vault::CertificateId id(int value) {
  return {vault::HashAlgorithm::sha256, filled<vault::kMaxHash>(32, value), filled<vault::kMaxHash>(32, value + 1),
          filled<vault::kMaxSerial>(3, value)};
}
Json hash_data(const char* name, const char* key, const char* serial) {
  return {{"hashAlgorithm", "SHA256"}, {"issuerNameHash", name}, {"issuerKeyHash", key}, {"serialNumber", serial}};
}
std::string repeated(const char* text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}
Json install(Rig& rig, const char* use = "CSMSRootCertificate") {
  return rig.ask("InstallCertificate", {{"certificateType", use}, {"certificate", "-----BEGIN CERTIFICATE-----"}});
}
Json variable(Rig& rig, const char* name) {
  return rig.ask("GetVariables", {{"getVariableData",
                                   {{{"component", {{"name", "SecurityCtrlr"}}},
                                     {"variable", {{"name", name}}}}}}})["getVariableResult"][0]["attributeValue"];
}

}  // namespace

//=test OCPP-2.0.1 M05.FR.01
//=test OCPP-2.0.1 M05.FR.02
TEST_CASE("a certificate goes to the vault with its use and the backend's time, and its verdict comes back") {
  Rig rig;
  rig.accept();
  rig.certificates = {{vault::CertificateUse::csms_root, false, id(1)}};
  CHECK(install(rig)["status"] == "Accepted");
  CHECK(install(rig, "V2GRootCertificate")["status"] == "Accepted");
  REQUIRE(rig.installs.size() == 2);
  CHECK(rig.installs[0].use == vault::CertificateUse::csms_root);
  CHECK(rig.installs[0].now.has_value());
  CHECK(rig.installs[1].use == vault::CertificateUse::v2g_root);
  CHECK(variable(rig, "CertificateEntries") == "1");
  CHECK(rig.has_record("ReconfigurationOfSecurityParameters"));
}

//=test OCPP-2.0.1 M05.FR.03
//=test OCPP-2.0.1 M05.FR.07
TEST_CASE("a rejected certificate and a vault that is away are told apart, with a reason") {
  Rig rig;
  rig.accept();
  rig.install_answer = {vault::InstallVerdict::rejected, "the certificate has expired"};
  auto answer = install(rig);
  CHECK(answer["status"] == "Rejected");
  CHECK(answer["statusInfo"]["reasonCode"] == "InvalidCertificate");
  CHECK(answer["statusInfo"]["additionalInfo"] == "the certificate has expired");
  rig.vault_alive = false;
  CHECK(install(rig)["status"] == "Failed");
}

TEST_CASE("a station whose clock was never set lets the vault judge without dates") {
  Rig rig;
  rig.civil_ms = 86'400'000;
  rig.accept();
  rig.civil_ms = 86'400'000;
  CHECK(install(rig)["status"] == "Accepted");
  CHECK_FALSE(rig.installs.front().now.has_value());
}

//=test OCPP-2.0.1 M03.FR.01
//=test OCPP-2.0.1 M03.FR.02
//=test OCPP-2.0.1 M03.FR.03
//=test OCPP-2.0.1 M03.FR.04
//=test OCPP-2.0.1 M03.FR.05
TEST_CASE("installed certificates are told by type, chains with their children, and none as NotFound") {
  using enum vault::CertificateUse;
  Rig rig;
  rig.accept();
  auto answer = rig.ask("GetInstalledCertificateIds", Json::object());
  CHECK(answer["status"] == "NotFound");
  CHECK_FALSE(answer.contains("certificateHashDataChain"));
  rig.certificates = {{csms_root, false, id(0)},
                      {v2g_root, false, id(2)},
                      {v2g_chain, false, id(0x10)},
                      {v2g_chain, true, id(0x20)},
                      {v2g_chain, true, id(0x30)}};
  answer = rig.ask("GetInstalledCertificateIds", {{"certificateType", {"CSMSRootCertificate", "V2GCertificateChain"}}});
  CHECK(answer["status"] == "Accepted");
  REQUIRE(answer["certificateHashDataChain"].size() == 2);
  CHECK(answer["certificateHashDataChain"][0]["certificateType"] == "CSMSRootCertificate");
  CHECK(answer["certificateHashDataChain"][0]["certificateHashData"] ==
        hash_data(repeated("00", 32).c_str(), repeated("01", 32).c_str(), "0"));
  const auto& chain = answer["certificateHashDataChain"][1];
  CHECK(chain["certificateType"] == "V2GCertificateChain");
  CHECK(chain["certificateHashData"]["serialNumber"] == "101010");
  REQUIRE(chain["childCertificateHashData"].size() == 2);
  CHECK(chain["childCertificateHashData"][1]["serialNumber"] == "303030");
  answer = rig.ask("GetInstalledCertificateIds", {{"certificateType", {"V2GRootCertificate"}}});
  CHECK(answer["certificateHashDataChain"][0]["certificateHashData"]["serialNumber"] == "20202");
  CHECK(rig.ask("GetInstalledCertificateIds", {{"certificateType", {"MORootCertificate"}}})["status"] == "NotFound");
  rig.vault_alive = false;
  answer = rig.ask("GetInstalledCertificateIds", Json::object());
  CHECK(answer["statusInfo"]["reasonCode"] == "InternalError");
}

TEST_CASE("a full store is told whole") {
  Rig rig;
  rig.accept();
  for (int i = 0; i < 40; ++i) rig.certificates.push_back({vault::CertificateUse::v2g_root, false, id(i)});
  CHECK(rig.ask("GetInstalledCertificateIds", Json::object())["certificateHashDataChain"].size() == 40);
  rig.disconnect();
  rig.connect();
  rig.drain();
  CHECK(variable(rig, "CertificateEntries") == "40");
}

//=test OCPP-2.0.1 M04.FR.01
//=test OCPP-2.0.1 M04.FR.02
//=test OCPP-2.0.1 M04.FR.03
//=test OCPP-2.0.1 M04.FR.04
TEST_CASE("a certificate is deleted by its hashes in either case, with and without leading zeros") {
  Rig rig;
  rig.accept();
  const auto name = repeated("AB", 32);
  const auto key = repeated("cd", 32);
  const auto delete_it = [&](const char* serial) {
    return rig.ask("DeleteCertificate", {{"certificateHashData", hash_data(name.c_str(), key.c_str(), serial)}});
  };
  CHECK(delete_it("0a1B2")["status"] == "Accepted");
  CHECK(delete_it("A1b2")["status"] == "Accepted");
  REQUIRE(rig.deletions.size() == 2);
  CHECK(rig.deletions[0].id == rig.deletions[1].id);
  CHECK(rig.deletions[0].id.issuer_name == filled<vault::kMaxHash>(32, 0xab));
  CHECK(rig.deletions[0].id.serial.size == 2);
  CHECK(delete_it("no number")["status"] == "NotFound");
  CHECK(rig.deletions.size() == 2);
  rig.delete_answer = {vault::DeleteVerdict::failed, "the present connection depends on this certificate"};
  CHECK(delete_it("1")["status"] == "Failed");
  rig.delete_answer = {vault::DeleteVerdict::not_found, {}};
  CHECK(delete_it("1")["status"] == "NotFound");
  rig.vault_alive = false;
  CHECK(delete_it("1")["status"] == "Failed");
}

TEST_CASE("the additional check of root certificates is told as the owner has it") {
  auto config = testing::config_for_tests();
  Rig without{config};
  without.accept();
  CHECK(variable(without, "AdditionalRootCertificateCheck") == "false");
  config.additional_root_check = true;
  Rig with{config};
  with.accept();
  CHECK(variable(with, "AdditionalRootCertificateCheck") == "true");
}
