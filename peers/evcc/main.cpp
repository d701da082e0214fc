// bulwatt-evcc: a car that speaks DIN SPEC 70121 and ISO 15118-2.
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "libs/tls/certificate.hpp"
#include "peers/evcc/app.hpp"
#include "peers/simbus/options.hpp"

namespace {

using bulwatt::simbus::BadUsage;
using bulwatt::simbus::Options;
namespace evcc = bulwatt::evcc;

std::string file_text(const std::string& option, const std::string& path) {
  std::ifstream file{path};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (text.empty()) throw BadUsage(option + " must name a file in PEM");
  return text;
}

std::shared_ptr<const evcc::Contract> contract_of(const std::string& chain, const std::string& key) {
  using namespace bulwatt;
  auto out = std::make_shared<evcc::Contract>();
  auto certificates = tls::parse_certificates(chain, tls::Reason::bad_certificate, nullptr, nullptr);
  auto parsed = tls::parse_private_key(key, nullptr, nullptr);
  if (!certificates || !parsed) throw BadUsage("--contract or --contract-key cannot be read");
  for (const auto& one : *certificates) {
    evcc::Bytes der(static_cast<std::size_t>(i2d_X509(one.get(), nullptr)));
    auto* to = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(one.get(), &to);
    if (der.size() > 800 || out->chain.size() == 5)
      throw BadUsage("--contract does not fit what ISO 15118-2 can carry");
    out->chain.push_back(std::move(der));
  }
  out->emaid = tls::common_name(*certificates->front()).view();
  out->key = std::move(*parsed);
  return out;
}

evcc::AppConfig config_of(const Options& options) {
  evcc::AppConfig config;
  config.bus = options.text("bus");
  config.interface = options.text("interface");
  config.address = options.text("address");
  config.port = static_cast<std::uint16_t>(options.integer("port", 0, 65'535));
  if (config.interface.empty() && config.address.empty())
    throw BadUsage("--interface is needed, or --address and --port");
  auto& wish = config.wish;
  const auto mode = options.text("mode");
  if (mode != "iso2-ac" && mode != "iso2-dc" && mode != "din-dc")
    throw BadUsage("--mode must be iso2-ac, iso2-dc or din-dc");
  wish.protocol = mode == "din-dc" ? evcc::Protocol::din70121 : evcc::Protocol::iso15118_2;
  wish.dc = mode != "iso2-ac";
  if (const auto tls = options.text("tls"); tls != "no") {
    if (tls != "any" && tls != "iso2") throw BadUsage("--tls must be no, any or iso2");
    config.security = {true, tls == "iso2", file_text("--trust", options.text("trust"))};
  }
  if (const auto file = options.text("contract"); !file.empty()) {
    if (!config.security.tls) throw BadUsage("--contract needs --tls: no station takes a contract without");
    wish.contract =
        contract_of(file_text("--contract", file), file_text("--contract-key", options.text("contract-key")));
  }
  wish.phases = static_cast<int>(options.integer("phases", 1, 3));
  wish.max_ma = static_cast<std::int32_t>(options.number("max-current", 1, 500) * 1000);
  wish.battery_mv = static_cast<std::int32_t>(options.number("battery-voltage", 100, 950) * 1000);
  wish.wanted_mwh = static_cast<std::int64_t>(options.number("wanted-kwh", 0.1, 1000) * 1e6);
  wish.soc_percent = static_cast<std::uint8_t>(options.integer("soc", 0, 100));
  wish.pause = options.flag("pause");
  wish.loop_ms = options.integer("loop-ms", 0, 10'000);
  constexpr std::uint8_t kEvccId[]{0x02, 0x42, 0x57, 0x00, 0x00, 0x01};
  for (std::size_t i = 0; i < wish.evcc_id.size(); ++i) wish.evcc_id[i] = std::byte{kEvccId[i]};
  config.charge_ms = static_cast<std::int64_t>(options.number("seconds", 0, 100'000) * 1000);
  config.exit_with_bus = options.flag("exit-with-bus");
  if (const auto fault = options.text("fault"); !fault.empty()) try {
      config.fault = evcc::fault_of(fault, wish.dc);
    } catch (const std::invalid_argument& wrong) {
      throw BadUsage(std::string{"--fault: "} + wrong.what());
    }
  return config;
}

void run(const Options& options) {
  bulwatt::simbus::Loop loop;
  const evcc::App app(loop, config_of(options));
  loop.run();
  if (options.text("bus").empty() && !app.succeeded()) throw std::runtime_error("the session did not end as it should");
}

}  // namespace

int main(int argc, char** argv) {
  Options options(
      "bulwatt-evcc",
      "A car that speaks DIN SPEC 70121 or ISO 15118-2 with any station on its link. With --bus it follows "
      "the control pilot "
      "of bulwatt-ev and drives it; without, it speaks once and ends with 0 when the session ended well.",
      {{"bus", "PATH", "socket of bulwatt-simbus; alone without", ""},
       {"interface", "NAME", "network interface to the station", ""},
       {"address", "IPV6", "the station's address, in place of SDP", ""},
       {"port", "N", "its port", "0"},
       {"mode", "WORD", "iso2-ac, iso2-dc or din-dc", "iso2-ac"},
       {"tls", "WORD", "no; any: what both have best; iso2: TLS 1.2 as in ISO 15118-2", "no"},
       {"trust", "FILE", "V2G roots that the car trusts, PEM", ""},
       {"contract", "FILE", "pays by this contract, a chain in PEM, leaf first; needs --tls", ""},
       {"contract-key", "FILE", "its key, PEM", ""},
       {"phases", "N", "AC: phases of the on-board charger", "3"},
       {"max-current", "N", "most current in A", "16"},
       {"battery-voltage", "N", "DC: in V", "400"},
       {"wanted-kwh", "N", "energy it asks for", "20"},
       {"soc", "N", "state of charge it tells, in percent", "40"},
       {"seconds", "N", "ends by itself after so long with energy; 0: when told 'evcc stop'", "0"},
       {"loop-ms", "N", "pause between two requests of the charging loop; 0: 500, or 100 with direct current", "0"},
       {"pause", "", "ends by a pause"},
       {"fault", "KIND@REQUEST", "goes wrong there, such as zero_id@AuthorizationReq", ""},
       {"exit-with-bus", "", "end when the bus closes"}});
  return bulwatt::simbus::run_program(argc, argv, std::move(options), run);
}
