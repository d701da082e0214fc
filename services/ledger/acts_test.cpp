#include "services/ledger/acts.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>
#include <string>

using namespace bulwatt;
using namespace bulwatt::ledger;

TEST_CASE("an act of the supervisor becomes a record that says when, who, what and how much") {
  const auto record =
      record_of({7, Timestamp{1'700'000'000'123}, control::ActKind::step, "store", "safe_state", 60'000});
  CHECK(record.subject == Subject::station);
  CHECK(record.severity == Severity::critical);
  CHECK(record.event.view() == "LadderStep");
  CHECK(record.detail.view() == "act=7 at_ms=1700000000123 service=store what=safe_state amount=60000");
}

TEST_CASE("every kind of act has an event of its own, and the longest fits") {
  std::set<std::string> events;
  for (std::size_t i = 0; i < enum_names(control::ActKind{}).size(); ++i) {
    control::Act act{~0U, Timestamp{std::numeric_limits<std::int64_t>::min()}, static_cast<control::ActKind>(i)};
    act.service = std::string_view{"ssssssssssssssssssssssssssssssss"};
    act.word = std::string_view{"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"};
    act.amount = std::numeric_limits<std::int64_t>::min();
    const auto record = record_of(act);
    events.emplace(record.event.view());
    CHECK(record.detail.view().ends_with("amount=-9223372036854775808"));
  }
  CHECK(events.size() == enum_names(control::ActKind{}).size());
}

TEST_CASE("missing protection is a security event, what all have is only said") {
  control::Act act{1, {}, control::ActKind::assurance, "edge", "mount_view", 4};
  CHECK(record_of(act).subject == Subject::security_event);
  CHECK(record_of(act).severity == Severity::warning);
  act.amount = 0;
  CHECK(record_of(act).severity == Severity::info);
}

TEST_CASE("a service that is ended for what it may not do is a security event of its own") {
  for (const auto* word : {"filter", "violation"}) {
    const auto record = record_of({1, {}, control::ActKind::service_ended, "ocpp", word, 31});
    CHECK(record.event.view() == "SandboxViolation");
    CHECK(record.subject == Subject::security_event);
    CHECK(record.severity == Severity::critical);
  }
  const auto crash = record_of({1, {}, control::ActKind::service_ended, "ocpp", "signal", 11});
  CHECK(crash.event.view() == "ServiceEnded");
  CHECK(crash.subject == Subject::fault);
}
