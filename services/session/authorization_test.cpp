// Who may charge.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

TEST_CASE("a stranger's token is asked about and does not stop a session of nobody's group") {
  World world;
  world.plug();
  world.ask(SetLink{true});
  world.present(kOwner);
  world.answer(Authorization{AuthorizationStatus::accepted, {}});
  world.pass(2s);
  CHECK(world.present(kOther) == TokenVerdict::asked_backend);
  world.answer(Authorization{AuthorizationStatus::accepted, {}});
  CHECK(world.flows());
  CHECK(world.look().notice == "Another card started this session.");
  world.ask(SetLink{false});
  CHECK(world.present(kOther) == TokenVerdict::refused);
  CHECK(world.flows());
}

TEST_CASE("a token of another group does not stop a session") {
  World world;
  charge(world);
  CHECK(world.present(kOther) == TokenVerdict::asked_backend);
  world.answer(Authorization{AuthorizationStatus::accepted, IdToken{"STRANGERS", TokenType::central}});
  CHECK(world.flows());
}

TEST_CASE("without ending on an invalid token the transaction goes on without energy") {
  Config config{};
  config.settings.stop_tx_on_invalid_id = false;
  World world{config};
  charge(world);
  world.ask(AnswerTransaction{*world.look().transaction, {AuthorizationStatus::expired, {}}});
  world.pass(3s);
  CHECK_FALSE(world.flows());
  //=test OCPP-2.0.1 E05.FR.02
  CHECK(world.last_event().type == EventType::updated);
  CHECK(world.last_event().trigger == Trigger::charging_state_changed);
  CHECK(world.last_event().charging_state == ChargingState::suspended_evse);
  world.unplug();
  CHECK(world.last_event().stopped == StoppedReason::ev_disconnected);
}

//=test OCPP-2.0.1 C10.FR.08
TEST_CASE("a remembered token that is used again is remembered for its whole lifetime from then on") {
  Config config{};
  config.settings.cache_lifetime_s = 3600;
  World world{config};
  charge(world);
  world.unplug();
  world.ask(SetLink{false});
  for (int i = 0; i < 3; ++i) {
    world.pass(50min);
    CHECK(world.present(kOwner) == TokenVerdict::started);
    CHECK(world.present(kOwner) == TokenVerdict::stopped);
  }
  world.pass(61min);
  CHECK(world.present(kOwner) == TokenVerdict::refused);
}

TEST_CASE("offline rules decide when the backend cannot be asked") {
  struct Case {
    const char* name;
    bool known;
    AuthorizationStatus status;
    bool unknown_allowed;
    bool cache_allowed;
    TokenVerdict verdict;
  };
  using S = AuthorizationStatus;
  const Case cases[] = {
      {"unknown", false, S::accepted, false, true, TokenVerdict::refused},
      //=test OCPP-2.0.1 C15.FR.01
      {"unknown but allowed", false, S::accepted, true, true, TokenVerdict::started},
      {"remembered", true, S::accepted, false, true, TokenVerdict::started},
      {"remembered but not to be used", true, S::accepted, true, false, TokenVerdict::refused},
      //=test OCPP-2.0.1 C13.FR.04
      {"remembered as blocked", true, S::blocked, true, true, TokenVerdict::refused},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    Config config{};
    config.settings.offline_tx_for_unknown_id = one.unknown_allowed;
    config.settings.local_authorize_offline = one.cache_allowed;
    World world{config};
    if (one.known) {
      world.ask(SetLink{true});
      world.present(kOwner);
      world.answer(Authorization{one.status, {}});
      world.pass(200s);  // a grant runs out
      //=test OCPP-2.0.1 C10.FR.02
      world.cut_power();
    }
    world.ask(SetLink{false});
    world.plug();
    CHECK(world.present(kOwner) == one.verdict);
    world.pass(2s);
    CHECK(world.flows() == (one.verdict == TokenVerdict::started));
    if (world.flows()) CHECK(world.last_event().offline);
  }
}

TEST_CASE("a backend that goes away or stays silent hands the question to the offline rules") {
  Config config{};
  config.settings.offline_tx_for_unknown_id = true;
  for (const bool goes : {true, false}) {
    World world{config};
    world.plug();
    world.ask(SetLink{true});
    CHECK(world.present(kOwner) == TokenVerdict::asked_backend);
    if (goes) world.service().backend_peer(false);
    else world.pass(31s);
    world.pass(2s);
    CHECK(world.flows());
  }
}

TEST_CASE("an answer to a question nobody has any more changes nothing") {
  World world;
  world.plug();
  world.ask(SetLink{true});
  world.present(kOwner);
  const auto pending = world.ask(NextAuthorization{});
  CHECK(pending.token == kOwner);
  CHECK(world.ask(NextAuthorization{}).request == pending.request);
  world.ask(AnswerAuthorization{pending.request + 1, Authorization{AuthorizationStatus::accepted, {}}});
  CHECK(world.fetch().empty());
  world.kill();
  world.ask(AnswerAuthorization{pending.request, Authorization{AuthorizationStatus::accepted, {}}});
  CHECK(world.fetch().empty());
}

TEST_CASE("a token of the owner's list is accepted without a backend") {
  Config config{};
  REQUIRE(config.local_tokens.push_back("04a1b2c3"));
  World world{config};
  world.plug();
  CHECK(world.present(kOwner) == TokenVerdict::started);
  CHECK(world.present(kOther) == TokenVerdict::refused);
  world.pass(2s);
  CHECK(world.flows());
}

namespace {

Authorization says(AuthorizationStatus status, std::optional<IdToken> group = {},
                   std::optional<Timestamp> expiry = {}) {
  return {.status = status, .group = group, .expiry = expiry};
}
/// The backend puts one token into the local list.
void list(World& world, const IdToken& token, const Authorization& info, std::int32_t version = 1) {
  UpdateLocalList update{.version = version, .full = true, .first = true, .last = true};
  REQUIRE(update.entries.push_back({token, info}));
  REQUIRE(world.ask(update).verdict == UpdateVerdict::accepted);
}
/// The backend has judged the token before, at a moment now past.
void cache(World& world, const IdToken& token, const Authorization& info) {
  world.ask(SetLink{true, true});
  REQUIRE(world.present(token) == TokenVerdict::asked_backend);
  world.answer(info);
  if (world.look().authorized) world.present(token);
  REQUIRE_FALSE(world.look().authorized);
}

using S = AuthorizationStatus;
constexpr auto kYes = TokenVerdict::started;
constexpr auto kNo = TokenVerdict::refused;
constexpr auto kAsk = TokenVerdict::asked_backend;

struct Precedence {
  const char* name;
  std::optional<S> listed;
  std::optional<S> cached;
  TokenVerdict online;             ///< LocalPreAuthorize false
  TokenVerdict online_pre;         ///< LocalPreAuthorize true
  TokenVerdict online_local_only;  ///< DisableRemoteAuthorization true
  TokenVerdict offline;
  TokenVerdict offline_unknown;    ///< OfflineTxForUnknownIdEnabled true
  TokenVerdict offline_not_local;  ///< LocalAuthorizeOffline false
};

void configure(World& world, void (*change)(Settings&)) {
  Settings settings{};
  change(settings);
  world.ask(Configure{settings});
}

}  // namespace

//=test OCPP-2.0.1 C01.FR.02
//=test OCPP-2.0.1 C10.FR.03
//=test OCPP-2.0.1 C12.FR.05
//=test OCPP-2.0.1 C13.FR.01
//=test OCPP-2.0.1 C13.FR.02
//=test OCPP-2.0.1 C13.FR.04
//=test OCPP-2.0.1 C14.FR.01
//=test OCPP-2.0.1 C14.FR.02
//=test OCPP-2.0.1 C14.FR.03
//=test OCPP-2.0.1 C15.FR.08
//=test OCPP-2.0.1 C01.FR.05
//=test OCPP-2.0.1 C13.FR.03
TEST_CASE("list before cache before unknown, and each setting changes only its own column") {
  const Precedence cases[] = {
      {"unknown", {}, {}, kAsk, kAsk, kNo, kNo, kYes, kNo},
      {"cached yes", {}, S::accepted, kAsk, kYes, kYes, kYes, kYes, kNo},
      {"cached no", {}, S::blocked, kAsk, kAsk, kNo, kNo, kNo, kNo},
      {"listed yes", S::accepted, {}, kAsk, kYes, kYes, kYes, kYes, kNo},
      {"listed no", S::invalid, {}, kAsk, kAsk, kNo, kNo, kNo, kNo},
      {"listed yes, cached no", S::accepted, S::blocked, kAsk, kYes, kYes, kYes, kYes, kNo},
      {"listed no, cached yes", S::blocked, S::accepted, kAsk, kAsk, kNo, kNo, kNo, kNo},
  };
  struct Column {
    const char* name;
    TokenVerdict Precedence::* verdict;
    bool online;
    void (*change)(Settings&);
  };
  const Column columns[] = {
      {"online", &Precedence::online, true, [](Settings&) {}},
      {"pre", &Precedence::online_pre, true, [](Settings& s) { s.local_pre_authorize = true; }},
      {"local only", &Precedence::online_local_only, true, [](Settings& s) { s.disable_remote_authorization = true; }},
      {"offline", &Precedence::offline, false, [](Settings&) {}},
      {"unknown", &Precedence::offline_unknown, false, [](Settings& s) { s.offline_tx_for_unknown_id = true; }},
      {"not local", &Precedence::offline_not_local, false, [](Settings& s) { s.local_authorize_offline = false; }},
  };
  for (const auto& one : cases) {
    for (const auto& column : columns) {
      CAPTURE(one.name);
      CAPTURE(column.name);
      World world;
      if (one.cached) cache(world, kOwner, says(*one.cached));
      if (one.listed) list(world, kOwner, says(*one.listed));
      configure(world, column.change);
      world.ask(SetLink{column.online, true});
      world.plug();
      CHECK(world.present(kOwner) == one.*column.verdict);
      CHECK(world.look().authorized == (one.*column.verdict == kYes));
    }
  }
}

TEST_CASE("a known token that was refused is not asked about again where the settings say so") {
  World world;
  cache(world, kOwner, says(S::blocked));
  configure(world, [](Settings& s) { s.cache_disable_post_authorize = true; });
  CHECK(world.present(kOwner) == kNo);
  list(world, kOther, says(S::expired));
  CHECK(world.present(kOther) == kAsk);
  world.answer(says(S::blocked));
  configure(world, [](Settings& s) { s.list_disable_post_authorize = true; });
  CHECK(world.present(kOther) == kNo);
}

//=test OCPP-2.0.1 C13.FR.05
//=test OCPP-2.0.1 C14.FR.04
//=test OCPP-2.0.1 C14.FR.05
//=test OCPP-2.0.1 C13.FR.06
TEST_CASE("an entry of the list past its time is asked about online and refused offline") {
  for (const bool past : {false, true}) {
    World world;
    configure(world, [](Settings& s) { s.local_pre_authorize = s.offline_tx_for_unknown_id = true; });
    list(world, kOwner, says(S::accepted, {}, Timestamp{world.moment().time.unix_ms + (past ? -1 : 60'000)}));
    CHECK(world.present(kOwner) == (past ? kNo : kYes));
    if (!past) world.present(kOwner);
    world.ask(SetLink{true, true});
    CHECK(world.present(kOwner) == (past ? kAsk : kYes));
  }
}

// for OCPP-2.0.1 C11.FR.01
//=test OCPP-2.0.1 C11.FR.02
//=test OCPP-2.0.1 C11.FR.03
// for OCPP-2.0.1 C11.FR.04
//=test OCPP-2.0.1 C11.FR.05
TEST_CASE("a cleared cache knows nothing, also after a power cut; a disabled or unwritable one is not cleared") {
  World world;
  cache(world, kOwner, says(S::accepted));
  world.storage.refuse_room(0, 1'000'000);
  CHECK(world.ask(ClearCache{}).verdict == Verdict::rejected);
  world.storage.refuse_room(0, 0);
  world.pass(3s);
  cache(world, kOwner, says(S::accepted));
  CHECK(world.ask(ClearCache{}).verdict == Verdict::accepted);
  world.cut_power();
  CHECK(world.archive().cache.entries().empty());
  world.ask(SetLink{false});
  CHECK(world.present(kOwner) == kNo);
  configure(world, [](Settings& s) { s.cache = false; });
  CHECK(world.ask(ClearCache{}).verdict == Verdict::rejected);
}

//=test OCPP-2.0.1 C10.FR.04
//=test OCPP-2.0.1 C10.FR.05
//=test OCPP-2.0.1 C10.FR.11
//=test OCPP-2.0.1 C12.FR.06
//=test OCPP-2.0.1 C15.FR.01
TEST_CASE("the cache learns from both answers of the backend, not from offline starts, and not when disabled") {
  World world;
  const auto known = [&](const IdToken& token) { return world.archive().cache.find(token, world.moment().time, 0); };
  charge(world);
  REQUIRE(known(kOwner));
  CHECK(same_group(known(kOwner)->info.group, kGroup));
  world.ask(AnswerTransaction{*world.look().transaction, says(S::no_credit), kOther});
  CHECK(known(kOther)->info.status == S::no_credit);
  CHECK(world.flows());  // the other token does not charge here
  world.unplug();
  configure(world, [](Settings& s) { s.offline_tx_for_unknown_id = true; });
  world.ask(SetLink{false});
  world.plug();
  const IdToken stranger{"STRANGER", TokenType::iso14443};
  CHECK(world.present(stranger) == kYes);
  CHECK(known(stranger) == nullptr);
  World other;
  configure(other, [](Settings& s) { s.cache = false; });
  charge(other);
  CHECK(other.archive().cache.entries().empty());
}

//=test OCPP-2.0.1 C03.FR.01
//=test OCPP-2.0.1 C03.FR.02
//=test OCPP-2.0.1 C05.FR.01
//=test OCPP-2.0.1 C05.FR.02
TEST_CASE("a remote start with a token of the backend itself is neither asked about nor remembered") {
  World world;
  configure(world, [](Settings& s) { s.authorize_remote_start = true; });
  world.ask(SetLink{true, true});
  world.plug();
  CHECK(world.ask(RemoteStart{1, {"SESSION1", TokenType::central}, 4, false, {}}).verdict == RemoteVerdict::accepted);
  CHECK(world.ask(NextAuthorization{}).request == 0);
  world.pass(3s);
  CHECK(world.flows());
  world.ask(AnswerTransaction{*world.look().transaction, says(S::accepted), {}});
  CHECK(world.archive().cache.entries().empty());
}

//=test OCPP-2.0.1 C01.FR.03
//=test OCPP-2.0.1 C09.FR.03
//=test OCPP-2.0.1 C09.FR.07
//=test OCPP-2.0.1 C09.FR.11
TEST_CASE(
    "a card of the same group ends the session without asking when it is known and accepted, and not when it is not") {
  for (const auto status : {S::accepted, S::blocked}) {
    World world;
    list(world, kOther, says(status, kGroup));
    charge(world);
    const auto verdict = world.present(kOther);
    CHECK(verdict == (status == S::accepted ? TokenVerdict::stopped : kAsk));
    CHECK(world.flows() == (status != S::accepted));
    if (status == S::accepted) CHECK(world.last_event().token == kOther);
  }
}

//=test OCPP-2.0.1 C12.FR.09
//=test OCPP-2.0.1 C16.FR.02
//=test OCPP-2.0.1 C16.FR.03
//=test OCPP-2.0.1 C16.FR.04
//=test OCPP-2.0.1 C16.FR.05
TEST_CASE("a master pass ends every session and starts none, known here or asked about") {
  enum class Known { listed, cached, nowhere };
  for (const auto how : {Known::listed, Known::cached, Known::nowhere}) {
    auto config = two_evses();
    config.settings.master_pass_group = "MASTER";
    config.installation_max_ma = 64'000;
    World world{config};
    const IdToken master{"04EEEE", TokenType::iso14443};
    const auto pass = says(S::accepted, IdToken{"master", TokenType::central});
    if (how == Known::listed) list(world, master, pass);
    world.ask(SetLink{true, true});
    CHECK(world.present(master) == kAsk);
    world.answer(pass);
    CHECK_FALSE(world.look().authorized);
    charge(world, 1, kOwner);
    charge(world, 2, kOther);
    if (how == Known::nowhere) world.ask(ClearCache{});
    const auto verdict = world.ask(PresentToken{0, master}).verdict;
    CHECK(verdict == (how == Known::nowhere ? kAsk : TokenVerdict::stopped));
    if (how == Known::nowhere) world.answer(pass);
    world.pass(3s);
    world.fetch();
    CHECK(all_ended(world.events));
    for (const auto& event : world.events) {
      if (event.type != EventType::ended) continue;
      CHECK(event.stopped == StoppedReason::master_pass);
      CHECK(event.trigger == Trigger::stop_authorized);
    }
  }
}

//=test OCPP-2.0.1 C12.FR.02
//=test OCPP-2.0.1 C12.FR.04
TEST_CASE("a token that the cache accepts charges at once, and the transaction names it") {
  World world;
  cache(world, kOwner, says(S::accepted));
  configure(world, [](Settings& s) { s.local_pre_authorize = true; });
  world.plug();
  CHECK(world.present(kOwner) == kYes);
  CHECK(world.ask(NextAuthorization{}).request == 0);
  CHECK(world.fetch().at(0).token == kOwner);
  world.pass(2s);
  CHECK(world.flows());
}

//=test OCPP-2.0.1 E08.FR.01
//=test OCPP-2.0.1 E08.FR.02
//=test OCPP-2.0.1 E08.FR.03
//=test OCPP-2.0.1 E08.FR.04
//=test OCPP-2.0.1 E08.FR.07
//=test OCPP-2.0.1 E08.FR.08
//=test OCPP-2.0.1 E08.FR.09
//=test OCPP-2.0.1 E12.FR.07
TEST_CASE("without backend a session ends by its own card or a known one of its group, and the cable is let go") {
  for (const auto& card : {kOwner, kOther}) {
    World world;
    list(world, kOther, says(S::accepted, kGroup));
    auto& socket = world.socket(1);
    socket.has_lock = true;
    world.pass(3s);
    charge(world);
    CHECK(socket.locked);
    world.ask(SetLink{false});
    CHECK(world.present(card) == TokenVerdict::stopped);
    CHECK_FALSE(world.flows());
    world.pass(3s);
    CHECK_FALSE(socket.locked);
    const auto ended = world.last_event();
    CHECK(ended.type == EventType::ended);
    CHECK(ended.offline);
    CHECK(ended.token == card);
    CHECK(ended.samples[ended.samples.size - 1U].context == SampleContext::transaction_end);
    check_story(world.events);
  }
}

//=test OCPP-2.0.1 C02.FR.03
TEST_CASE("without authorization everybody charges once per cable") {
  World world;
  configure(world, [](Settings& s) { s.authorization = false; });
  world.ask(SetLink{true, true});
  world.plug();
  world.pass(3s);
  CHECK(world.flows());
  CHECK(world.fetch().at(0).token == IdToken{{}, TokenType::no_authorization});
  world.ask(RemoteStop{*world.look().transaction});
  world.pass(10s);
  CHECK_FALSE(world.flows());
  world.unplug();
  world.plug();
  world.pass(3s);
  CHECK(world.flows());
}

//=test OCPP-2.0.1 B02.FR.03
//=test OCPP-2.0.1 B03.FR.01
TEST_CASE("before the backend accepted the station nothing starts where that is wanted") {
  World world;
  configure(world, [](Settings& s) { s.tx_before_accepted = false, s.offline_tx_for_unknown_id = true; });
  world.plug();
  CHECK(world.present(kOwner) == kNo);
  CHECK(world.look().notice == "The station waits for its backend.");
  world.ask(SetLink{true, true});
  world.ask(SetLink{false});
  CHECK(world.present(kOwner) == kYes);
}

//=test OCPP-2.0.1 C01.FR.23
TEST_CASE("a session whose authorization ended takes back its own card and no other") {
  Config config{};
  config.settings.tx_stop.data[0] = TxPoint::ev_connected;
  World world{config};
  charge(world);
  CHECK(world.present(kOwner) == TokenVerdict::stopped);
  world.pass(3s);
  CHECK_FALSE(world.flows());
  CHECK(world.present(kOther) == kNo);
  world.authorize();
  world.pass(3s);
  CHECK(world.flows());
  check_story(world.fetch());
}
