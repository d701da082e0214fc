// bulwatt-cards: contactless cards through the machine's smart card daemon. Wiring only; see watch.hpp.
#include "grants/cards.hpp"
#include "libs/base/line.hpp"
#include "libs/runtime/process.hpp"
#include "services/cards/pcsclite.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::cards;

namespace {

class Shell final : public cards::Listener {
 public:
  Shell(runtime::Loop& loop, const cards::Config& config)
      : loop_(loop),
        config_(config),
        session_(loop.use<grant::session>(*this)),
        watch_(config, daemon_, *this, loop.restarts() > 0) {
    loop_.at(timer_, os::now(), runtime::Action::to<&Shell::tick>(*this));
  }

  void shown(const session::IdToken& token) override {
    const auto verdict = session_.call(session::PresentToken{config_.evse, token});
    runtime::log(Line<80>{"a card was shown: ", verdict ? enum_text(verdict->verdict) : verdict.error().text()}.view());
  }
  void log(std::string_view line) override { runtime::log(line); }

 private:
  void tick() { loop_.at(timer_, watch_.tick(os::now()), runtime::Action::to<&Shell::tick>(*this)); }

  runtime::Loop& loop_;
  const cards::Config& config_;
  ipc::Client<grant::session> session_;
  cards::Pcsclite daemon_{};
  cards::Watch watch_;
  runtime::TimerId timer_ = runtime::kNoTimer;
};

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<cards::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  cards::Pcsclite::warm_up();
  Shell shell{loop, *config};
  return runtime::run(loop, grant::kProcess, *found);
}
