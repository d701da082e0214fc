// bulwatt: the command people type.
#include <cstdio>
#include <iostream>

#include "tools/bulwatt/command.hpp"
#include "tools/bulwatt/settings.hpp"

namespace bulwatt::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> kVerbs{
      {"demo",
       "starts a whole simulated world and charges a car in it",
       "bulwatt demo [--once] [--folder DIR] [--evses N] [--profile N] [--mode root|rootless|auto] [--speed N] "
       "[--meter MODEL] [--meter-bus] [--car basic|iso2-ac|iso2-ac-tls|iso2-pnc-ac|iso2-dc|iso2-pnc-dc|din-dc]",
       {"--once", "--folder", "--evses", "--security-profile", "--mode", "--speed", "--meter", "--meter-bus", "--car"},
       run_demo},
      {"run",
       "runs the station of a configuration file",
       "bulwatt run --config FILE [--profile production|developer] [--mode root|rootless|auto]",
       {"--config", "--profile", "--mode"},
       run_station},
      {"config",
       "checks or explains a configuration file",
       "bulwatt config check FILE | bulwatt config example",
       {"check", "example"},
       run_config},
      {"ps",
       "shows the services of a running station",
       "bulwatt ps [--run-folder DIR] [--json] [--layers]",
       {"--run-folder", "--json", "--layers"},
       run_ps},
      {"log",
       "shows, checks and proves the ledger",
       "bulwatt log tail FOLDER [--lines N] | search FOLDER [--event E] [--actor A] [--subject S] [--severity S] "
       "[--since T] [--until T] [--text WORDS] | "
       "export FOLDER [--tiles DIR] | verify FOLDER [--keys FILE] [--checkpoint FILE | --witness FILE|FOLDER "
       "[--witness-keys FILE]] [--escrow-key FILE] | prove "
       "FOLDER NUMBER [--out FILE] | "
       "check PROOF [--keys FILE] | consistency FOLDER OLDER [NEWER] [--keys FILE] | escrow-key FOLDER [--out FILE] | "
       "catalogue",
       {"tail",      "catalogue",    "search",     "export",         "verify",       "prove",
        "check",     "consistency",  "escrow-key", "--lines",        "--event",      "--actor",
        "--subject", "--severity",   "--since",    "--until",        "--text",       "--tiles",
        "--keys",    "--checkpoint", "--witness",  "--witness-keys", "--escrow-key", "--out"},
       run_log},
      {"meter",
       "takes signed meter records off a station, and checks them",
       "bulwatt meter records FOLDER [--transaction ID] [--out DIR] | verify RECORD… --key FILE [--twin-key FILE]",
       {"records", "verify", "--transaction", "--out", "--key", "--twin-key"},
       run_meter},
      {"doctor", "says what this host offers and what each missing thing costs", "bulwatt doctor", {}, run_doctor},
      {"manifest",
       "checks, shows or draws the authority graph",
       "bulwatt manifest check|show|graph|table|secpol|probe FILE",
       {"check", "show", "graph", "table", "secpol", "probe"},
       run_manifest},
      {"provision",
       "makes the station's keys and a certificate request",
       "bulwatt provision --config FILE [--organization NAME] [--accept-restored]",
       {"--config", "--organization", "--accept-restored"},
       run_provision},
      {"vault",
       "says how keys and their devices are, and tests them",
       "bulwatt vault status|keys|self-test --config FILE | "
       "profile status|check|trial|install --config FILE [--profile FILE --signatures FILE] [--endpoint HOST:PORT "
       "[--trust FILE]]",
       {"status", "keys", "self-test", "profile", "check", "trial", "install", "--config", "--profile", "--signatures",
        "--endpoint", "--trust"},
       run_vault},
      {"pki",
       "makes, explains and rehearses test certificates",
       "bulwatt pki make DIR [--algorithm NAME|mixed] [--station ID] [--host NAME] [--faults] | inspect FILE… | "
       "rehearse DIR [--days N] | "
       "enrol --pki DIR --request FILE --out FILE [--issuer ROLE]",
       {"make", "inspect", "rehearse", "enrol", "--algorithm", "--station", "--host", "--faults", "--days", "--pki",
        "--request", "--out", "--issuer"},
       run_pki},
      {"sim",
       "drives the simulated world",
       "bulwatt sim [--bus PATH] [--evse N] plug|unplug|swipe TOKEN|fault NAME|clear NAME|soc N|network down|network "
       "up|status [--json]",
       {"plug", "unplug", "swipe", "fault", "clear", "soc", "network", "status", "demand", "max", "--bus", "--evse",
        "--json"},
       run_sim},
      {"completion", "prints the completion script of a shell", "bulwatt completion bash", {"bash"}, run_completion},
  };
  return kVerbs;
}

std::string option(Arguments& arguments, const std::string& name, const std::string& fallback) {
  const auto at = std::ranges::find(arguments, name);
  if (at == arguments.end()) return fallback;
  if (at + 1 == arguments.end()) throw UsageError(name + " needs a value");
  auto value = *(at + 1);
  arguments.erase(at, at + 2);
  return value;
}

bool flag(Arguments& arguments, const std::string& name) { return std::erase(arguments, name) > 0; }

void expect_no_more(const Arguments& arguments) {
  if (!arguments.empty()) throw UsageError("'" + arguments.front() + "' is not understood here");
}

int run_completion(const Arguments& arguments) {
  if (arguments != Arguments{"bash"}) throw UsageError("say for which shell: bash");
  std::cout << "_bulwatt() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\"\n  if [ \"$COMP_CWORD\" = 1 ]; then "
               "COMPREPLY=($(compgen -W '";
  for (const auto& verb : verbs()) std::cout << verb.name << ' ';
  std::cout << "--help' -- \"$word\")); return; fi\n  case \"${COMP_WORDS[1]}\" in\n";
  for (const auto& verb : verbs()) {
    std::cout << "    " << verb.name << ") COMPREPLY=($(compgen -W '";
    for (const auto& word : verb.words) std::cout << word << ' ';
    std::cout << "--help' -- \"$word\") $(compgen -f -- \"$word\"));;\n";
  }
  std::cout << "  esac\n}\ncomplete -F _bulwatt bulwatt\n";
  return kGood;
}

namespace {

void print_help() {
  std::cout << "usage: bulwatt VERB …\n\n";
  for (const auto& verb : verbs()) std::printf("  %-11s %s\n", verb.name, verb.summary);
  std::cout << "\n`bulwatt VERB --help` shows how a verb is used. Completion: eval \"$(bulwatt completion bash)\"\n"
            << std::flush;
}

int run(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return arguments.empty() ? kUsage : kGood;
  }
  const auto& all = verbs();
  const auto verb = std::ranges::find_if(all, [&](const Verb& v) { return v.name == arguments[0]; });
  if (verb == all.end()) {
    std::vector<std::string_view> known;
    for (const auto& v : all) known.emplace_back(v.name);
    const auto guess = settings::nearest(arguments[0], known);
    std::cerr << "bulwatt: there is no verb '" << arguments[0] << "'"
              << (guess.empty() ? "; see bulwatt --help" : "; did you mean '" + guess + "'?") << '\n';
    return kUsage;
  }
  Arguments rest{arguments.begin() + 1, arguments.end()};
  if (verb->name != std::string_view{"manifest"} && (flag(rest, "--help") || flag(rest, "-h"))) {
    std::cout << "usage: " << verb->usage << "\n" << verb->summary << ".\n";
    return kGood;
  }
  try {
    return verb->run(rest);
  } catch (const UsageError& error) {
    std::cerr << "bulwatt " << verb->name << ": " << error.what() << "\nusage: " << verb->usage << '\n';
    return kUsage;
  } catch (const std::exception& error) {
    std::cerr << "bulwatt " << verb->name << ": " << error.what() << '\n';
    return kFailed;
  }
}

}  // namespace
}  // namespace bulwatt::cli

int main(int count, char** arguments) { return bulwatt::cli::run({arguments + 1, arguments + count}); }
