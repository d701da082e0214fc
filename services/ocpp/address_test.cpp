#include "services/ocpp/address.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "libs/journal/memory_storage.hpp"
#include "services/ocpp/backoff.hpp"
#include "services/ocpp/credentials.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace std::chrono_literals;

TEST_CASE("addresses are read strictly") {
  struct Case {
    const char* url;
    const char* host;
    int port;  // 0: refused
    const char* target;
    const char* header;
  };
  for (const auto& c :
       {Case{"ws://localhost:9000/ocpp", "localhost", 9000, "/ocpp/CS%2A1", "localhost:9000"},
        Case{"wss://csms.example", "csms.example", 443, "/CS%2A1", "csms.example"},
        Case{"wss://csms.example/a/b//", "csms.example", 443, "/a/b/CS%2A1", "csms.example"},
        Case{"ws://[::1]:80/x", "::1", 80, "/x/CS%2A1", "[::1]"},
        Case{"ws://10.0.0.1", "10.0.0.1", 80, "/CS%2A1", "10.0.0.1"}, Case{"http://x", "", 0, "", ""},
        Case{"ws://", "", 0, "", ""}, Case{"ws://host:0", "", 0, "", ""}, Case{"ws://host:65536", "", 0, "", ""},
        Case{"ws://host:8x", "", 0, "", ""}, Case{"ws://user@host", "", 0, "", ""},
        Case{"ws://host/a?b", "", 0, "", ""}, Case{"ws://[::1", "", 0, "", ""}, Case{"ws://[host]:1", "", 0, "", ""},
        Case{"ws://[::1]x", "", 0, "", ""}, Case{"ws://ho st", "", 0, "", ""},
        Case{"ws://[10.0.0.1]", "", 0, "", ""}}) {
    CAPTURE(c.url);
    const auto address = parse_url(c.url);
    REQUIRE(address.has_value() == (c.port != 0));
    if (!address) continue;
    CHECK(address->host.view() == c.host);
    CHECK(int{address->port} == c.port);
    CHECK(address->target("CS*1").view() == c.target);
    CHECK(address->host_header().view() == c.header);
  }
}

//=test OCPP-2.0.1 A00.FR.204
//=test OCPP-2.0.1 A00.FR.205
TEST_CASE("a configuration that cannot work gets one sentence") {
  Config good{};
  good.csms_url = "wss://csms.example";
  good.identity = "CS001";
  CHECK(complaint(good).empty());
  auto config = good;
  config.security_profile = 1;
  CHECK(complaint(config).find("do not agree") != std::string_view::npos);
  config.csms_url = "ws://csms.example";
  CHECK(complaint(config).find("password") != std::string_view::npos);
  config.basic_auth_password = "0123456789abcdef";
  CHECK(complaint(config).empty());
  config.identity = "a:b";
  CHECK(complaint(config).find("identity") != std::string_view::npos);
  config.csms_url = "";
  CHECK(complaint(config).find("csms_url") != std::string_view::npos);
}

TEST_CASE("waits double a number of times with a new random part each, then stay, and begin anew after success") {
  BackOff back_off;
  const BackOff::Limits limits{2, 3, 2};
  CHECK(back_off.next(limits, 0) == 2s);
  CHECK(back_off.next(limits, 3000) == 7s);
  CHECK(back_off.next(limits, 3001) == 8s);
  CHECK(back_off.next(limits, 1000) == 9s);
  CHECK(back_off.next(limits, 0) == 8s);
  back_off.succeeded();
  CHECK(back_off.next(limits, 0) == 2s);
  BackOff endless;
  for (int i = 0; i < 100; ++i)
    CHECK(endless.next({86'400, 86'400, 16}, UINT64_MAX) <= std::chrono::seconds{2 * 86'400});
}

//=test OCPP-2.0.1 A01.FR.03
TEST_CASE("a changed password is tried first, the old one when it is refused, and forgotten only after success") {
  journal::MemoryStorage storage;
  const auto journal = std::make_unique<journal::Journal>(storage, 256 * 1024);
  Store store{*journal, 64 * 1024};
  REQUIRE(store.open().has_value());
  Config config{};
  config.basic_auth_password = "old-password-0001";
  Credentials credentials{config, store};
  CHECK(credentials.password() == "old-password-0001");
  store.set_credential({config.basic_auth_password, config.basic_auth_password, "new-password-0001"});
  credentials.renewed();
  CHECK(credentials.password() == "new-password-0001");
  credentials.refused();
  CHECK(credentials.password() == "old-password-0001");
  credentials.accepted();
  CHECK(store.credential().next.view() == "new-password-0001");
  credentials.refused();
  CHECK(credentials.password() == "new-password-0001");
  credentials.accepted();
  CHECK(store.credential().next.empty());
  CHECK(credentials.password() == "new-password-0001");
  credentials.refused();
  CHECK(credentials.password() == "new-password-0001");
  config.basic_auth_password = "by-the-owner-0002";
  CHECK(credentials.password() == "by-the-owner-0002");
}
