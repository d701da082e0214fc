// bulwatt-bench-exi: what the messages of the charging loops cost in nanoseconds, how large the largest message is in memory,
// and how large code and constant tables of all schema sets are. Last line: one line of numbers.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <string>

#include "protocols/app_protocol/app_protocol.hpp"
#include "protocols/din70121/codec.hpp"
#include "protocols/din70121/message.hpp"
#include "protocols/iso15118_2/codec.hpp"
#include "protocols/iso15118_2/message.hpp"
#include "protocols/iso15118_20/ac_codec.hpp"
#include "protocols/iso15118_20/acdp_codec.hpp"
#include "protocols/iso15118_20/common_codec.hpp"
#include "protocols/iso15118_20/dc_codec.hpp"
#include "protocols/iso15118_20/wpt_codec.hpp"

namespace {
std::size_t allocations = 0;
}

// Not inlined: GCC takes an inlined pair of these for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;  // NOLINT: this is the allocator
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }               // NOLINT: as above
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }  // NOLINT: as above

namespace {

using namespace bulwatt;

constexpr int kRounds = 400;
constexpr int kRepeats = 500;

[[noreturn]] void give_up(const char* what) {
  static_cast<void>(std::fprintf(stderr, "%s\n", what));
  std::exit(1);
}

template <std::size_t N>
Octets<N> octets(std::size_t n) {
  Octets<N> result;
  result.size = static_cast<std::uint16_t>(n);
  for (std::size_t i = 0; i < n; ++i) result.data[i] = static_cast<std::byte>(i * 37 + 11);
  return result;
}

iso2::PhysicalValue volts(std::int16_t tenths) { return {-1, iso2::UnitSymbol::volt, tenths}; }
iso2::PhysicalValue amps(std::int16_t tenths) { return {-1, iso2::UnitSymbol::ampere, tenths}; }

iso2::Message message_of(iso2::AnyBody body) {
  iso2::Message message;
  message.header.session_id = octets<8>(8);
  message.body.message = std::move(body);
  return message;
}

// Every optional is there, as cars of the field send it.
iso2::Message current_demand_req() {
  iso2::CurrentDemandReq req;
  req.dc_ev_status = {true, iso2::DcEvErrorCode::no_error, 47};
  req.ev_target_current = amps(1250);
  req.ev_maximum_voltage_limit = volts(4200);
  req.ev_maximum_current_limit = amps(2000);
  req.ev_maximum_power_limit = iso2::PhysicalValue{2, iso2::UnitSymbol::watt, 800};
  req.bulk_charging_complete = false;
  req.remaining_time_to_full_soc = iso2::PhysicalValue{0, iso2::UnitSymbol::second, 2400};
  req.remaining_time_to_bulk_soc = iso2::PhysicalValue{0, iso2::UnitSymbol::second, 1500};
  req.ev_target_voltage = volts(3983);
  return message_of(req);
}

iso2::Message current_demand_res() {
  iso2::CurrentDemandRes res;
  res.dc_evse_status = {0, iso2::EvseNotification::none, iso2::IsolationLevel::valid,
                        iso2::DcEvseStatusCode::evse_ready};
  res.evse_present_voltage = volts(3981);
  res.evse_present_current = amps(1248);
  res.evse_maximum_voltage_limit = volts(9200);
  res.evse_maximum_current_limit = amps(2000);
  res.evse_maximum_power_limit = iso2::PhysicalValue{3, iso2::UnitSymbol::watt, 150};
  res.evse_id = "DE*BWT*E12345678*1";
  res.sa_schedule_tuple_id = 1;
  res.meter_info = iso2::MeterInfo{"BWT-0815", 1234567, std::nullopt, 0, 1790000000};
  res.receipt_required = false;
  return message_of(res);
}

iso20::DcMessage dc_charge_loop_req() {
  iso20::DcChargeLoopReq req;
  req.header.session_id = octets<8>(8);
  req.header.time_stamp = 1790000000;
  req.display_parameters = iso20::DisplayParameters{};
  req.display_parameters->present_soc = 47;
  req.display_parameters->target_soc = 80;
  req.display_parameters->remaining_time_to_target_soc = 1500;
  req.ev_present_voltage = {-1, 3981};
  iso20::ScheduledDcClReqControlMode mode;
  mode.ev_target_energy_request = iso20::RationalNumber{2, 300};
  mode.ev_target_current = {-1, 1250};
  mode.ev_target_voltage = {-1, 3983};
  mode.ev_maximum_charge_power = iso20::RationalNumber{2, 1500};
  mode.ev_maximum_charge_current = iso20::RationalNumber{-1, 4000};
  mode.ev_maximum_voltage = iso20::RationalNumber{-1, 4200};
  req.cl_req_control_mode = mode;
  return req;
}

// With certificates of usual size and a signature over four parts: about 4.6 kB.
iso2::Message certificate_installation_res() {
  iso2::CertificateInstallationRes res;
  const auto chain = [](std::string_view id) {
    iso2::CertificateChain made;
    made.id = Text<iso2::kIdChars>{id};
    made.certificate = octets<800>(580);
    made.sub_certificates.emplace();
    for (int i = 0; i < 2; ++i) static_cast<void>(made.sub_certificates->certificate.push_back(octets<800>(560)));
    return made;
  };
  res.sa_provisioning_certificate_chain = chain("id0");
  res.contract_signature_cert_chain = chain("id1");
  res.contract_signature_encrypted_private_key = {"id2", octets<48>(48)};
  res.dh_publickey = {"id3", octets<65>(65)};
  res.emaid = {"id4", "DEBWTC0815ABC1"};
  auto message = message_of(std::move(res));
  auto& signature = message.header.signature.emplace();
  signature.signed_info.canonicalization_method.algorithm = "http://www.w3.org/TR/canonical-exi/";
  signature.signed_info.signature_method.algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
  for (const char* id : {"#id1", "#id2", "#id3", "#id4"}) {
    xmldsig::Reference reference;
    reference.uri = Text<xmldsig::kUriChars>{id};
    reference.transforms.emplace();
    static_cast<void>(reference.transforms->transform.push_back({"http://www.w3.org/TR/canonical-exi/"}));
    reference.digest_method.algorithm = "http://www.w3.org/2001/04/xmlenc#sha256";
    reference.digest_value = octets<xmldsig::kDigestBytes>(32);
    static_cast<void>(signature.signed_info.reference.push_back(reference));
  }
  signature.signature_value.value = octets<xmldsig::kSignatureBytes>(64);
  return message;
}

struct Times {
  double decode = std::numeric_limits<double>::max();
  double encode = std::numeric_limits<double>::max();
};

template <class Work>
double once_ns(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRepeats; ++i) work();
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
  return spent.count() / kRepeats;
}

// The shortest of all rounds: the machine is shared, and that one has the least of other people's work in it.
template <class Message>
Times measure(const char* name, const Message& original) {
  const auto message = std::make_unique<Message>(original);
  const auto decoded = std::make_unique<Message>();
  static std::array<std::byte, 16384> bytes{};
  static std::array<std::byte, 16384> again{};
  const auto size = encode(*message, bytes);
  if (!size) give_up("a message does not encode");
  const std::span in = std::span{bytes}.first(*size);
  if (!decode(in, *decoded)) give_up("a message does not decode");
  if (encode(*decoded, again) != size || !std::equal(in.begin(), in.end(), again.begin()))
    give_up("a message changes on its way");
  Times best;
  for (int round = 0; round < kRounds; ++round) {
    best.decode = std::min(best.decode, once_ns([&] {
                             if (!decode(in, *decoded)) give_up("a message does not decode");
                           }));
    best.encode = std::min(best.encode, once_ns([&] {
                             if (!encode(*message, again)) give_up("a message does not encode");
                           }));
  }
  std::printf("%s: %zu bytes, decode %.0f ns, encode %.0f ns\n", name, in.size(), best.decode, best.encode);
  return best;
}

// Text and constant data of the archives, as binutils see them; the build names them.
double code_kib() {
  FILE* pipe = popen("size -t " BULWATT_EXI_ARCHIVES " 2>/dev/null | tail -n 1", "r");  // NOLINT: a constant command
  if (pipe == nullptr) return 0;
  unsigned long text = 0;
  const bool found = std::fscanf(pipe, "%lu", &text) == 1;  // NOLINT: one number
  static_cast<void>(pclose(pipe));
  return found ? static_cast<double>(text) / 1024 : 0;
}

}  // namespace

int main() {
  const auto build_tables = [] {  // once, before anything is counted
    din::grammar(), iso2::grammar(), app_protocol::grammar(), iso20::common_grammar(), iso20::ac_grammar();
    iso20::dc_grammar(), iso20::wpt_grammar(), iso20::acdp_grammar(), xmldsig::grammar();
  };
  const auto begin = std::chrono::steady_clock::now();
  build_tables();
  const std::chrono::duration<double, std::micro> tables = std::chrono::steady_clock::now() - begin;
  std::printf("tables of all nine schema sets: %.0f us, once\n", tables.count());

  const Times req = measure("iso2 CurrentDemandReq", current_demand_req());
  const Times res = measure("iso2 CurrentDemandRes", current_demand_res());
  const Times loop = measure("iso20 DC_ChargeLoopReq", dc_charge_loop_req());
  const Times install = measure("iso2 CertificateInstallationRes", certificate_installation_res());

  const auto message = std::make_unique<iso2::Message>(current_demand_req());
  std::array<std::byte, 256> bytes{};
  const std::size_t before = allocations;
  const auto size = encode(*message, bytes);
  if (!size || !decode(std::span{bytes}.first(*size), *message)) give_up("a message does not survive");
  const std::size_t allocated = allocations - before;

  const std::size_t largest =
      std::max({sizeof(din::Message), sizeof(iso2::Message), sizeof(iso20::CommonMessage), sizeof(iso20::AcMessage),
                sizeof(iso20::DcMessage), sizeof(iso20::WptMessage), sizeof(iso20::AcdpMessage)});
  std::printf("in memory: din %zu, iso2 %zu, iso20 common %zu, ac %zu, dc %zu, wpt %zu, acdp %zu bytes\n",
              sizeof(din::Message), sizeof(iso2::Message), sizeof(iso20::CommonMessage), sizeof(iso20::AcMessage),
              sizeof(iso20::DcMessage), sizeof(iso20::WptMessage), sizeof(iso20::AcdpMessage));
  std::printf(
      "exi: iso2_current_demand_req_decode_ns=%.0f encode_ns=%.0f iso2_current_demand_res_decode_ns=%.0f "
      "encode_ns=%.0f "
      "dc_charge_loop_req_decode_ns=%.0f encode_ns=%.0f cert_install_res_decode_us=%.2f max_message_bytes=%zu "
      "code_kib=%.0f allocs=%zu\n",
      req.decode, req.encode, res.decode, res.encode, loop.decode, loop.encode, install.decode / 1000, largest,
      code_kib(), allocated);
  return allocated == 0 ? 0 : 1;
}
