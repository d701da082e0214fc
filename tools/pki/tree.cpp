#include "tools/pki/tree.hpp"

#include <algorithm>
#include <stdexcept>

#include "libs/tls/certificate.hpp"

namespace bulwatt::pki {
namespace {

constexpr int kYear = 365;
constexpr long kDaySeconds = 24L * 3600;

std::string filled(std::string text, const Plan& plan) {
  const auto fill = [&](const std::string& word, const std::string& value) {
    if (const auto at = text.find(word); at != std::string::npos) text.replace(at, word.size(), value);
  };
  fill("{station}", plan.station);
  fill("{host}", plan.host);
  return text;
}

int path_length(Level level) {
  switch (level) {
    case Level::upper: return 1;
    case Level::lower: return 0;
    default: return -1;
  }
}

const Role& role(const std::string& id) {
  const auto found = std::ranges::find_if(roles(), [&](const Role& r) { return id == r.id; });
  if (found == roles().end()) throw std::runtime_error("there is no role '" + id + "'");
  return *found;
}

Recipe recipe_of(const Role& role, const Plan& plan) {
  Recipe recipe{.common_name = filled(role.common_name, plan),
                .domain_component = role.domain_component,
                .authority = role.level != Level::leaf,
                .path_length = path_length(role.level),
                .ends = role.days * kDaySeconds};
  if (role.extended_usage[0] != '\0') recipe.more.push_back({"extendedKeyUsage", role.extended_usage});
  if (std::string_view{role.id} == "csms/server") {
    const auto kind = tls::is_ip_address(plan.host) ? "IP:" : "DNS:";
    recipe.more.push_back(
        {"subjectAltName", kind + plan.host + (plan.host == "localhost" ? ",IP:127.0.0.1,IP:::1" : "")});
  }
  return recipe;
}

}  // namespace

// Names, depth and lifetimes after ISO 15118-2 annex F; the backend's after OCPP part 2, A00.
const std::vector<Role>& roles() {
  using enum Level;
  static const std::vector<Role> kRoles{
      {"csms/root", "", root, "Bulwatt test CSMS root", "", 20 * kYear, "", "trusted by stations for their backend"},
      {"csms/sub", "csms/root", lower, "Bulwatt test CSMS issuer", "", 10 * kYear, "", "issues servers and stations"},
      {"csms/server", "csms/sub", leaf, "{host}", "", 2 * kYear, "serverAuth", "the backend"},
      {"csms/station", "csms/sub", leaf, "{station}", "", 2 * kYear, "",
       "a station, with its key in a file: for tests only"},
      {"v2g/root", "", root, "Bulwatt test V2G root", "V2G", 40 * kYear, "", "trusted by vehicles for stations"},
      {"v2g/cpo-sub1", "v2g/root", upper, "Bulwatt test CPO sub-CA 1", "CPO", 4 * kYear, "",
       "operator of stations, upper"},
      {"v2g/cpo-sub2", "v2g/cpo-sub1", lower, "Bulwatt test CPO sub-CA 2", "CPO", kYear, "",
       "operator of stations, lower"},
      {"v2g/secc", "v2g/cpo-sub2", leaf, "{station}", "CPO", 90, "", "the station before its vehicles (SECC)"},
      {"v2g/cps-sub1", "v2g/root", upper, "Bulwatt test CPS sub-CA 1", "CPS", 4 * kYear, "",
       "provisioning service, upper"},
      {"v2g/cps-sub2", "v2g/cps-sub1", lower, "Bulwatt test CPS sub-CA 2", "CPS", 2 * kYear, "",
       "provisioning service, lower"},
      {"v2g/cps", "v2g/cps-sub2", leaf, "Bulwatt test provisioning", "CPS", 90, "",
       "signs contract certificates on their way to a vehicle"},
      {"mo/root", "", root, "Bulwatt test MO root", "MO", 40 * kYear, "", "trusted for contracts"},
      {"mo/sub1", "mo/root", upper, "Bulwatt test MO sub-CA 1", "MO", 4 * kYear, "", "mobility operator, upper"},
      {"mo/sub2", "mo/sub1", lower, "Bulwatt test MO sub-CA 2", "MO", 4 * kYear, "", "mobility operator, lower"},
      {"mo/contract", "mo/sub2", leaf, "DE8AATESTA00012", "MO", 2 * kYear, "", "a contract; its name is the EMAID"},
      {"mo/emsp", "mo/sub2", leaf, "Bulwatt test eMSP", "MO", 2 * kYear, "",
       "signs tariffs of a mobility service provider"},
      {"oem/root", "", root, "Bulwatt test OEM root", "OEM", 40 * kYear, "", "trusted for vehicles"},
      {"oem/sub1", "oem/root", upper, "Bulwatt test OEM sub-CA 1", "OEM", 20 * kYear, "",
       "vehicle manufacturer, upper"},
      {"oem/sub2", "oem/sub1", lower, "Bulwatt test OEM sub-CA 2", "OEM", 20 * kYear, "",
       "vehicle manufacturer, lower"},
      {"oem/pcid", "oem/sub2", leaf, "WBWTESTAA0000001X", "OEM", 20 * kYear, "",
       "provisioning certificate of a vehicle; its name is the PCID"},
      {"oem/vehicle", "oem/sub2", leaf, "WBWTESTAA0000001X", "OEM", 20 * kYear, "clientAuth",
       "a vehicle in TLS (ISO 15118-20)"},
      {"mf/root", "", root, "Bulwatt test manufacturer root", "", 20 * kYear, "", "trusted for firmware"},
      {"mf/firmware", "mf/root", leaf, "Bulwatt test firmware", "", 5 * kYear, "codeSigning", "signs firmware"},
  };
  return kRoles;
}

Algorithm algorithm_of(const std::string& name, Level level) {
  if (name == kMixed) {
    switch (level) {
      case Level::root: return Algorithm::mldsa65;
      case Level::upper: return Algorithm::ed448;
      case Level::lower: return Algorithm::p521;
      case Level::leaf: return Algorithm::p256;
    }
  }
  const auto& names = algorithm_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw std::runtime_error("there is no algorithm '" + name + "'");
  return static_cast<Algorithm>(found - names.begin());
}

Holder holder_of(const std::filesystem::path& folder, const std::string& id) {
  return {read_certificate(folder / (id + ".pem")), read_key(folder / (id + ".key"))};
}

std::string chain_from(const std::filesystem::path& folder, const std::string& id) {
  std::string text;
  for (const auto* above = &role(id); above->issuer[0] != '\0'; above = &role(above->issuer))
    text += pem_of(read_certificate(folder / (std::string{above->id} + ".pem")).get());
  return text;
}

void make_tree(const std::filesystem::path& folder, const Plan& plan,
               const std::function<void(const std::string&)>& said) {
  std::filesystem::create_directories(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  for (const auto& role : roles()) {
    const auto certificate_file = folder / (std::string{role.id} + ".pem");
    const auto key_file = folder / (std::string{role.id} + ".key");
    if (std::filesystem::exists(certificate_file) && std::filesystem::exists(key_file)) continue;
    const auto key = new_key(algorithm_of(plan.algorithm, role.level));
    const bool is_root = role.issuer[0] == '\0';
    const auto above = is_root ? Holder{} : holder_of(folder, role.issuer);
    const auto made = make_certificate(recipe_of(role, plan), key.get(), is_root ? nullptr : &above);
    write_file(key_file, pem_of(key.get()), true);
    write_file(certificate_file,
               role.level == Level::leaf ? pem_of(made.get()) + chain_from(folder, role.issuer) : pem_of(made.get()),
               false);
    said(std::string{role.id} + ".pem: " + role.what);
  }
  if (plan.faults) make_faults(folder, plan);
}

}  // namespace bulwatt::pki
