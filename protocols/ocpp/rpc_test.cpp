#include "protocols/ocpp/rpc.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "protocols/ocpp/v201/actions.hpp"
#include "protocols/ocpp/v201/availability.hpp"
#include "protocols/ocpp/v201/provisioning.hpp"
#include "protocols/ocpp/v201/transactions.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr auto kV = Version::v201;

}  // namespace

TEST_CASE("a CALL is cut into type, id, action and payload") {
  const auto frame = parse_frame(R"( [ 2 , "a1" , "Reset" , {"type":"Immediate"} ] )", kV);
  REQUIRE(frame.has_value());
  CHECK(frame->type == MessageType::call);
  CHECK(frame->id == MessageId{"a1"});
  CHECK(frame->action == ActionName{"Reset"});
  CHECK(frame->payload == R"({"type":"Immediate"})");
}

TEST_CASE("a CALLRESULT and a CALLERROR are cut into their parts") {
  const auto result = parse_frame(R"([3,"a1",{"currentTime":"2024-01-01T00:00:00Z"}])", kV);
  REQUIRE(result.has_value());
  CHECK(result->type == MessageType::result);
  CHECK(result->payload == R"({"currentTime":"2024-01-01T00:00:00Z"})");
  const auto error = parse_frame(R"([4,"a1","NotSupported","not \u00e4t all",{"x":1}])", kV);
  REQUIRE(error.has_value());
  CHECK(error->type == MessageType::error);
  CHECK(error->code == ErrorCode::not_supported);
  CHECK(error->description.view() == "not ät all");
  CHECK(error->payload == R"({"x":1})");
}

TEST_CASE("the frames of 2.1 exist in 2.1 only") {
  const char* const send = R"([6,"a1","NotifyPeriodicEventStream",{}])";
  const char* const result_error = R"([5,"a1","GenericError","",{}])";
  for (const auto version : {Version::v16, Version::v201}) {
    for (const char* text : {send, result_error}) {
      const auto frame = parse_frame(text, version);
      REQUIRE_FALSE(frame.has_value());
      CHECK(frame.error().fault == FrameFault::unknown_type);
      CHECK_FALSE(frame.error().answer);
    }
  }
  CHECK(parse_frame(send, Version::v21)->type == MessageType::send);
  CHECK(parse_frame(result_error, Version::v21)->type == MessageType::result_error);
}

//=test OCPP-2.0.1 FR.03
TEST_CASE("every broken frame has its fault, its id and its answer") {
  struct Case {
    std::string text;
    FrameFault fault;
    std::string_view id;
    bool answer;
    ErrorCode code;
  };
  const std::string id36(36, 'i');
  const std::string id37(37, 'i');
  using enum FrameFault;
  constexpr auto kRpc = ErrorCode::rpc_framework_error;
  const Case cases[] = {
      {"", not_json, "-1", true, kRpc},
      {"hello", not_json, "-1", true, kRpc},
      {"{\"a\":1}", not_an_array, "-1", true, kRpc},
      {"7", not_an_array, "-1", true, kRpc},
      {"[]", bad_type, "-1", true, kRpc},
      {"[\"2\",\"a\",\"Reset\",{}]", bad_type, "-1", true, kRpc},
      {"[2.5,\"a\",\"Reset\",{}]", bad_type, "-1", true, kRpc},
      {"[1e99,\"a\",\"Reset\",{}]", bad_type, "-1", true, kRpc},
      {"[1,\"a\",\"Reset\",{}]", unknown_type, "-1", false, ErrorCode::message_type_not_supported},
      {"[7,\"a\",{}]", unknown_type, "-1", false, ErrorCode::message_type_not_supported},
      {"[2,17,\"Reset\",{}]", bad_id, "-1", true, kRpc},
      {"[2,\"\",\"Reset\",{}]", bad_id, "-1", true, kRpc},
      {"[2,\"a\\u0000\",\"Reset\",{}]", bad_id, "-1", true, kRpc},
      {"[2,\"" + id37 + "\",\"Reset\",{}]", bad_id, "-1", true, kRpc},
      {"[2,\"" + id36 + "\",7,{}]", bad_elements, id36, true, kRpc},
      {"[2,\"a\",\"Reset\"]", bad_elements, "a", true, kRpc},
      {"[2,\"a\",\"Reset\",{},1]", bad_elements, "a", true, kRpc},
      {"[2,\"a\",\"Reset\",{}] []", bad_elements, "a", true, kRpc},
      {"[2,\"a\",\"Reset\",[]]", bad_payload, "a", true, ErrorCode::format_violation},
      {"[2,\"a\",\"Reset\",{\"x\":01}]", bad_payload, "a", true, ErrorCode::format_violation},
      {"[3,\"a\",null]", bad_payload, "a", false, ErrorCode::format_violation},
      {"[3,\"a\"]", bad_elements, "a", false, kRpc},
      {"[4,\"a\",\"GenericError\",{}]", bad_elements, "a", false, kRpc},
      {"[4,\"a\",\"GenericError\",\"\",0]", bad_payload, "a", false, ErrorCode::format_violation},
      {std::string(kMaxFrameBytes + 1, ' '), too_large, "-1", true, kRpc},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text.substr(0, 80));
    const auto frame = parse_frame(c.text, kV);
    REQUIRE_FALSE(frame.has_value());
    CHECK(enum_text(frame.error().fault) == enum_text(c.fault));
    CHECK(frame.error().id.view() == c.id);
    CHECK(frame.error().answer == c.answer);
    CHECK(enum_text(frame.error().code) == enum_text(c.code));
  }
}

TEST_CASE("an id of 36 characters of four bytes each is kept whole and echoed") {
  std::string id;
  for (int i = 0; i < 36; ++i) id += "\xf0\x9f\x94\x8c";
  const auto frame = parse_frame("[2,\"" + id + "\",\"Heartbeat\",{}]", kV);
  REQUIRE(frame.has_value());
  CHECK(frame->id.view() == id);
}

TEST_CASE("what is built can be parsed") {
  std::array<char, 4096> buffer{};
  const v201::ResetRequest reset{.type = v201::ResetEnum::on_idle, .evse_id = 2};
  const auto call = write_call(buffer, "quote\" and \\", reset, kV);
  REQUIRE(call.has_value());
  CHECK(*call == R"([2,"quote\" and \\","Reset",{"type":"OnIdle","evseId":2}])");
  CHECK(parse_frame(*call, kV)->id.view() == "quote\" and \\");
  const v201::HeartbeatResponse heartbeat{.current_time = {1'700'000'000'000}};
  CHECK(*write_result(buffer, "7", heartbeat, kV) == R"([3,"7",{"currentTime":"2023-11-14T22:13:20.000Z"}])");
  CHECK(*write_call_around(buffer, "8", "Heartbeat", "{}") == R"([2,"8","Heartbeat",{}])");
  CHECK(write_error(buffer, "9", ErrorCode::not_implemented, "no \"such\" action", kV) ==
        R"([4,"9","NotImplemented","no \"such\" action",{}])");
}

TEST_CASE("a frame that does not fit its buffer is not built") {
  std::array<char, 64> buffer{};
  const v201::ResetRequest reset{.type = v201::ResetEnum::immediate, .evse_id = {}};
  const std::size_t needed = write_call(buffer, "7", reset, kV)->size();
  for (std::size_t room = 0; room < needed; ++room) {
    const auto call = write_call(std::span{buffer}.first(room), "7", reset, kV);
    REQUIRE_FALSE(call.has_value());
    CHECK(call.error().kind == json::ErrorKind::output_full);
    CHECK(write_error(std::span{buffer}.first(room), "7", ErrorCode::internal_error, "", kV).size() <= room);
  }
}

TEST_CASE("a CALL is built around a JSON object only") {
  std::array<char, 256> buffer{};
  for (const char* payload : {"", "[]", "{", "{}x", "null", "{} {}"}) {
    CAPTURE(payload);
    CHECK_FALSE(write_call_around(buffer, "8", "Heartbeat", payload).has_value());
  }
}

TEST_CASE("an error description is cut at a character") {
  std::array<char, kMaxErrorFrameBytes> buffer{};
  const auto description = [&](const std::string& text) {
    const auto frame = parse_frame(write_error(buffer, "1", ErrorCode::generic_error, text, kV), kV);
    REQUIRE(frame.has_value());
    return std::string{frame->description.view()};
  };
  CHECK(description(std::string(300, 'x')) == std::string(255, 'x'));
  CHECK(description(std::string(254, 'x') + "ä") == std::string(254, 'x'));
  CHECK(description("\xff") == "");
  CHECK(description(std::string(255, '\x01')).size() == 255);
}

TEST_CASE("error codes are spelled as each version does, and read in every spelling") {
  CHECK(code_text(ErrorCode::occurrence_constraint_violation, Version::v201) == "OccurrenceConstraintViolation");
  CHECK(code_text(ErrorCode::occurrence_constraint_violation, Version::v16) == "OccurenceConstraintViolation");
  CHECK(code_text(ErrorCode::format_violation, Version::v16) == "FormationViolation");
  CHECK(code_text(ErrorCode::rpc_framework_error, Version::v16) == "GenericError");
  for (std::size_t i = 0; i < enum_names(ErrorCode{}).size(); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    CHECK(code_from_text(code_text(code, Version::v201)) == code);
  }
  CHECK(code_from_text("OccurenceConstraintViolation") == ErrorCode::occurrence_constraint_violation);
  CHECK(code_from_text("FormationViolation") == ErrorCode::format_violation);
  CHECK(code_from_text("SomethingElse") == ErrorCode::generic_error);
}

TEST_CASE("a refused payload is answered with the code of its kind of fault") {
  struct Case {
    const char* payload;
    ErrorCode code;
    std::string_view where;
  };
  constexpr Case kCases[] = {
      {R"({"type":"Immediate")", ErrorCode::format_violation, ""},
      {R"({"type":"Immediate","evse":1})", ErrorCode::format_violation, ""},
      {R"({"type":"Immediate","type":"OnIdle"})", ErrorCode::format_violation, "type"},
      {R"({})", ErrorCode::occurrence_constraint_violation, "type"},
      {R"({"type":7})", ErrorCode::type_constraint_violation, "type"},
      {R"({"type":"Immediate","evseId":"1"})", ErrorCode::type_constraint_violation, "evseId"},
      {R"({"type":"Immediate","evseId":1.5})", ErrorCode::type_constraint_violation, "evseId"},
      {R"({"type":"Immediate","evseId":3000000000})", ErrorCode::property_constraint_violation, "evseId"},
      {R"({"type":"immediate"})", ErrorCode::property_constraint_violation, "type"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.payload);
    const auto request = json::decode<v201::ResetRequest>(c.payload, payload_options(kV));
    REQUIRE_FALSE(request.has_value());
    CHECK(enum_text(code_for(request.error().kind)) == enum_text(c.code));
    CHECK(request.error().where.view() == c.where);
  }
}

namespace {

// A request whose one list has `count` elements.
std::string with_elements(std::string_view before, std::string_view element, std::size_t count) {
  std::string text{before};
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) text.push_back(',');
    text.append(element);
  }
  text.append("]}");
  return text;
}

}  // namespace

//=test OCPP-2.0.1 B06.FR.16
//=test OCPP-2.0.1 B08.FR.17
//=test OCPP-2.0.1 N06.FR.06
TEST_CASE("a list longer than allowed in one message is an OccurrenceConstraintViolation") {
  struct Case {
    const char* action;
    const char* before;
    const char* element;
    std::size_t most;
  };
  constexpr Case kCases[] = {
      {"GetVariables", R"({"getVariableData":[)", R"({"component":{"name":"C"},"variable":{"name":"V"}})",
       v201::kMaxVariablesPerMessage},
      {"GetReport", R"({"requestId":1,"componentVariable":[)", R"({"component":{"name":"C"}})",
       v201::kMaxComponentVariables},
      {"ClearVariableMonitoring", R"({"id":[)", "1", v201::kMaxMonitorsPerMessage},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.action);
    const Action* action = v201::find_action(c.action);
    REQUIRE(action != nullptr);
    std::vector<std::max_align_t> storage(action->request.size / sizeof(std::max_align_t) + 1);
    void* request = action->request.make(storage.data());
    const auto decode = [&](std::size_t count) {
      return json::decode(*action->request.shape, request, with_elements(c.before, c.element, count),
                          payload_options(kV));
    };
    CHECK(decode(c.most).has_value());
    for (const std::size_t count : {std::size_t{0}, c.most + 1}) {
      const auto refused = decode(count);
      REQUIRE_FALSE(refused.has_value());
      CHECK(code_for(refused.error().kind) == ErrorCode::occurrence_constraint_violation);
    }
  }
}

TEST_CASE("the action table is found by name and by nothing else") {
  for (const Action& action : v201::actions()) CHECK(v201::find_action(action.name) == &action);
  for (const char* name : {"", "reset", "Reset ", "Resets", "Rese", "RemoteStartTransaction"}) {
    CHECK(v201::find_action(name) == nullptr);
  }
  CHECK(v201::actions().size() == 64);
  CHECK(v201::find_action("Reset")->direction == Direction::to_station);
  CHECK(v201::find_action("TransactionEvent")->direction == Direction::to_csms);
  CHECK(v201::find_action("DataTransfer")->direction == Direction::both);
}

}  // namespace bulwatt::ocpp
