// bulwatt-vault: the process that holds every private key. Wiring only; see service.hpp and store.hpp.
#include <cstdio>
#include <cstring>

#include "grants/vault.hpp"
#include "libs/runtime/process.hpp"
#include "services/vault/provision.hpp"
#include "services/vault/service.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::vault;

namespace {

constexpr const char* kFolder = "/state";

/// Every use of a key becomes a ledger record before the signature leaves the process.
struct LedgerRecorder final : vault::UseRecorder {
  explicit LedgerRecorder(ipc::Client<grant::ledger> client) : ledger(client) {}
  ipc::Client<grant::ledger> ledger;
  void key_used(std::string_view key, std::string_view user, bool granted) override {
    std::array<char, 128> detail{};
    const int n = std::snprintf(detail.data(), detail.size(), "key=%.*s user=%.*s", static_cast<int>(key.size()), key.data(),
                                static_cast<int>(user.size()), user.data());
    const auto text = std::string_view{detail.data(), static_cast<std::size_t>(n)};
    const auto done = ledger.call(ledger::Append{ledger::Subject::key_use, granted ? ledger::Severity::info : ledger::Severity::warning,
                                                 granted ? "KeyUsed" : "KeyUseRefused", text});
    if (!done) runtime::log("a use of a key could not be recorded in the ledger");
  }
};

struct Shell {
  vault::Service* service = nullptr;
  std::optional<ipc::Server<grant::ocpp>> ocpp{};
  runtime::Loop& loop;

  auto on(const vault::GetKey& r) { return service->get_key("ocpp", r); }
  auto on(const vault::GetChain& r) { return service->get_chain("ocpp", r); }
  auto on(const vault::GetTrust& r) { return service->get_trust(r); }
  auto on(const vault::Sign& r) { return service->sign("ocpp", r); }
  std::expected<vault::SubmitSign::Ticket, vault::Error> on(const vault::SubmitSign& r) {
    auto ticket = service->submit("ocpp", grant::ocpp::kFacts.index, r, os::now());
    if (ticket) loop.after(Duration::zero(), runtime::Action::to<&Shell::work>(*this));
    return ticket;
  }
  auto on(const vault::FetchSign& r) { return service->fetch(grant::ocpp::kFacts.index, r); }
  void work() {
    if (const auto done = service->work(os::now())) ocpp->pulse(vault::SignDone{done->second});
  }
  void peer(bool alive) {
    if (!alive) service->forget(grant::ocpp::kFacts.index);
  }
};

struct Nothing {};

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "--provision") == 0) return vault::provision_command(count - 2, arguments + 2);
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<vault::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  auto store = vault::open_store(kFolder, *config);
  if (!store) {
    runtime::log(store.error());
    return runtime::kExitSetUp;
  }
  Nothing nothing;
  LedgerRecorder recorder{loop.use<grant::ledger>(nothing)};
  vault::Service service{std::move(*store), recorder};
  Shell shell{&service, {}, loop};
  shell.ocpp = loop.serve<grant::ocpp>(shell);
  loop.on_peer<grant::ocpp>(runtime::Delegate<bool>::to<&Shell::peer>(shell));
  return runtime::run(loop, grant::kProcess, *found);
}
