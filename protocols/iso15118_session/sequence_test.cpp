#include "protocols/iso15118_session/sequence.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::iso15118;

namespace {
using May = bool (*)(Stage, Request);
std::vector<Request> allowed(May may, Stage stage) {
  std::vector<Request> out;
  for (std::size_t r = 0; r < kRequestCount; ++r) {
    if (may(stage, static_cast<Request>(r))) out.push_back(static_cast<Request>(r));
  }
  return out;
}
template <class Visit>
void every_stage(Visit visit) {
  for (std::size_t s = 0; s < kStageCount; ++s) visit(static_cast<Stage>(s));
}
}  // namespace

TEST_CASE("a session begins with SessionSetupReq, which comes once") {
  for (const May may : {may_follow_iso2, may_follow_din}) {
    CHECK(allowed(may, Stage::connected) == std::vector{Request::session_setup});
    every_stage([&](Stage stage) { CHECK(may(stage, Request::session_setup) == (stage == Stage::connected)); });
  }
}

TEST_CASE("after the end nothing may follow") {
  CHECK(allowed(may_follow_iso2, Stage::over).empty());
  CHECK(allowed(may_follow_din, Stage::over).empty());
}

TEST_CASE("before anybody has authorized, no request that leads to energy is in any row") {
  for (const May may : {may_follow_iso2, may_follow_din}) {
    for (auto stage = static_cast<std::size_t>(Stage::connected); stage < static_cast<std::size_t>(Stage::authorized);
         ++stage) {
      for (const auto request : {Request::charge_parameter_discovery, Request::cable_check, Request::pre_charge,
                                 Request::power_delivery, Request::charging_status, Request::current_demand}) {
        CHECK_FALSE(may(static_cast<Stage>(stage), request));
      }
    }
  }
}

TEST_CASE("while a car charges it ends by PowerDeliveryReq, not by leaving") {
  for (const auto stage : {Stage::charging_ac, Stage::charging_dc, Stage::receipt_due_ac, Stage::receipt_due_dc}) {
    CHECK_FALSE(may_follow_iso2(stage, Request::session_stop));
    CHECK(may_follow_iso2(stage, Request::power_delivery));
  }
  CHECK_FALSE(may_follow_din(Stage::charging_dc, Request::session_stop));
}

TEST_CASE("the loops of AC and of DC do not mix") {
  every_stage([](Stage stage) {
    CHECK(may_follow_iso2(stage, Request::charging_status) == (stage == Stage::charging_ac));
    CHECK(may_follow_iso2(stage, Request::current_demand) == (stage == Stage::charging_dc));
    CHECK(may_follow_iso2(stage, Request::welding_detection) == (stage == Stage::stopped_dc));
    CHECK(may_follow_din(stage, Request::current_demand) == (stage == Stage::charging_dc));
    CHECK_FALSE(may_follow_din(stage, Request::charging_status));
  });
}

TEST_CASE("a contract is not selected in DIN SPEC 70121, and its certificates are never asked for") {
  every_stage([](Stage stage) {
    for (const auto request : {Request::certificate_installation, Request::certificate_update, Request::payment_details,
                               Request::metering_receipt, Request::service_detail}) {
      CHECK_FALSE(may_follow_din(stage, request));
    }
  });
}

TEST_CASE("renegotiation of DC may go the standard's way and the short one") {
  CHECK(may_follow_iso2(Stage::renegotiated_dc, Request::cable_check));
  CHECK(may_follow_iso2(Stage::renegotiated_dc, Request::power_delivery));
  CHECK_FALSE(may_follow_iso2(Stage::parameters_dc, Request::power_delivery));
}

TEST_CASE("every stage but the end can be left, and energy is offered only after authorization") {
  every_stage([](Stage stage) {
    if (stage != Stage::over) CHECK_FALSE(allowed(may_follow_iso2, stage).empty());
    if (may_energize(stage)) CHECK(stage > Stage::authorized);
    if (stage >= Stage::stopped_ac) CHECK_FALSE(may_energize(stage));
  });
}
