#include "services/ocpp/log_text.hpp"
#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {

Json log_request(int id, const char* type = "SecurityLog", const std::string& url = "http://127.0.0.1:9000/logs/") {
  return {{"logType", type}, {"requestId", id}, {"log", {{"remoteLocation", url}}}};
}
/// The status that is told next, and for which request; -1: for none.
std::pair<std::string, int> told(Rig& rig) {
  const auto request = rig.call("LogStatusNotification");
  rig.answer(Json::object());
  return {request["status"], request.value("requestId", -1)};
}
using Told = std::pair<std::string, int>;

}  // namespace

//=test OCPP-2.0.1 N01.FR.01
//=test OCPP-2.0.1 N01.FR.02
//=test OCPP-2.0.1 N01.FR.03
//=test OCPP-2.0.1 N01.FR.07
//=test OCPP-2.0.1 N01.FR.08
//=test OCPP-2.0.1 N01.FR.09
//=test OCPP-2.0.1 A04.FR.04
TEST_CASE("the security log is uploaded as one file with every security event, critical or not") {
  Rig rig;
  rig.accept();
  rig.core->received("nonsense");
  rig.drain();
  const auto answer = rig.ask("GetLog", log_request(7));
  CHECK(answer["status"] == "Accepted");
  CHECK(answer["filename"] == "security-7.log");
  REQUIRE(rig.uploads.size() == 1);
  CHECK(rig.uploads[0].to.target.view() == "/logs/security-7.log");
  CHECK(rig.uploads[0].text.find("StartupOfTheDevice") != std::string::npos);
  CHECK(rig.uploads[0].text.find("InvalidMessages") != std::string::npos);
  CHECK(told(rig) == Told{"Uploading", 7});
  rig.core->upload_ended(UploadResult::uploaded);
  CHECK(told(rig) == Told{"Uploaded", 7});
  CHECK(rig.quiet());
  rig.core->upload_ended(UploadResult::uploaded);
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 N01.FR.04
//=test OCPP-2.0.1 A01.FR.12
TEST_CASE("the diagnostics log has the variables, and no secret") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("GetLog", log_request(1, "DiagnosticsLog"))["status"] == "Accepted");
  REQUIRE(rig.uploads.size() == 1);
  const auto& text = rig.uploads[0].text;
  CHECK(text.find("OCPPCommCtrlr.OfflineThreshold = 60") != std::string::npos);
  CHECK(text.find("StartupOfTheDevice") != std::string::npos);
  CHECK(text.find(config_for_tests().basic_auth_password.view()) == std::string::npos);
}

//=test OCPP-2.0.1 N01.FR.05
TEST_CASE("a log that has nothing of the time asked for is rejected") {
  Rig rig;
  rig.accept();
  auto request = log_request(1);
  request["log"]["latestTimestamp"] = "2001-01-01T00:00:00Z";
  CHECK(rig.ask("GetLog", request)["status"] == "Rejected");
  CHECK(rig.uploads.empty());
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 N01.FR.10
TEST_CASE("an upload is tried as often as asked, and only the last failure is told") {
  struct Case {
    UploadResult result;
    const char* status;
    int attempts;
  };
  for (const auto& c :
       {Case{UploadResult::failed, "UploadFailure", 3}, Case{UploadResult::refused, "PermissionDenied", 3},
        Case{UploadResult::bad_message, "BadMessage", 3},
        Case{UploadResult::not_supported, "NotSupportedOperation", 1}}) {
    CAPTURE(c.status);
    Rig rig;
    rig.accept();
    auto request = log_request(9);
    request["retries"] = 2;
    request["retryInterval"] = 30;
    rig.ask("GetLog", request);
    CHECK(told(rig) == Told{"Uploading", 9});
    for (int attempt = 1; attempt < c.attempts; ++attempt) {
      rig.core->upload_ended(c.result);
      rig.pass(29s);
      CHECK(rig.quiet());
      CHECK(rig.uploads.size() == static_cast<std::size_t>(attempt));
      rig.pass(1s);
    }
    CHECK(rig.uploads.size() == static_cast<std::size_t>(c.attempts));
    rig.core->upload_ended(c.result);
    CHECK(told(rig) == Told{c.status, 9});
    rig.pass(100s);
    CHECK(rig.uploads.size() == static_cast<std::size_t>(c.attempts));
  }
}

//=test OCPP-2.0.1 N01.FR.12
//=test OCPP-2.0.1 N01.FR.20
TEST_CASE("a second request cancels the first upload and says so") {
  Rig rig;
  rig.accept();
  rig.ask("GetLog", log_request(1));
  CHECK(told(rig) == Told{"Uploading", 1});
  const auto second = rig.ask("GetLog", log_request(2));
  CHECK(second["status"] == "AcceptedCanceled");
  CHECK(rig.cancelled == 1);
  CHECK(told(rig) == Told{"AcceptedCanceled", 1});
  CHECK(told(rig) == Told{"Uploading", 2});
  rig.core->upload_ended(UploadResult::uploaded);
  CHECK(told(rig) == Told{"Uploaded", 2});
}

//=test OCPP-2.0.1 N01.FR.13
//=test OCPP-2.0.1 F06.FR.14
//=test OCPP-2.0.1 F06.FR.15
TEST_CASE("the status of uploads can be asked for, without a request's number when there is none") {
  Rig rig;
  rig.accept();
  const auto trigger = [&] {
    return rig.ask("TriggerMessage", {{"requestedMessage", "LogStatusNotification"}})["status"];
  };
  CHECK(trigger() == "Accepted");
  CHECK(told(rig) == Told{"Idle", -1});
  rig.ask("GetLog", log_request(5));
  CHECK(told(rig) == Told{"Uploading", 5});
  CHECK(trigger() == "Accepted");
  CHECK(told(rig) == Told{"Uploading", 5});
}

TEST_CASE("an address is used as it is, with a name added to a folder, and only where the owner lets the station go") {
  auto config = config_for_tests();
  config.file_port = 8443;
  const auto target = [&](const char* url) -> std::string {
    const auto parsed = parse_file_url(url, "a.log", config);
    return parsed ? std::string{parsed->target.view()} : std::string{enum_text(parsed.error())};
  };
  CHECK(target("http://files.example:9000/x/") == "/x/a.log");
  CHECK(target("http://files.example:9000/x") == "/x");
  CHECK(target("https://files.example:8443/x?y=1") == "/x?y=1");
  CHECK(target("https://files.example:8443") == "/a.log");
  CHECK(target("http://[::1]:9000/x") == "/x");
  for (const auto* url : {"ftp://files.example:9000/x", "file:///etc/passwd", "http://files.example:22/x",
                          "https://files.example/x", "http://169.254.169.254/latest"}) {
    CAPTURE(url);
    CHECK(target(url) == "not_supported");
  }
  for (const auto* url :
       {"", "files.example", "http://", "http://files.example:9000/a b", "http://:p@files.example:9000/",
        "http://files.example:9000/x#y", "http://files.example:x/", "://x"}) {
    CAPTURE(url);
    CHECK(target(url) == "bad_message");
  }
  const auto parsed = parse_file_url("http://me%40x:p%3Aw@files.example:9000/", "n", config);
  REQUIRE(parsed.has_value());
  CHECK(parsed->user.view() == "me@x");
  CHECK(parsed->password.view() == "p:w");
  CHECK(parsed->server.host.view() == "files.example");
}

TEST_CASE("an answer of the file server is one of the standard's words") {
  CHECK(result_of(200) == UploadResult::uploaded);
  CHECK(result_of(201) == UploadResult::uploaded);
  CHECK(result_of(302) == UploadResult::failed);
  CHECK(result_of(400) == UploadResult::bad_message);
  CHECK(result_of(401) == UploadResult::refused);
  CHECK(result_of(405) == UploadResult::not_supported);
  CHECK(result_of(500) == UploadResult::failed);
}

TEST_CASE("an upload that no owner has allowed ends as not supported, after the answer") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("GetLog", log_request(3, "SecurityLog", "ftp://x/y"))["status"] == "Accepted");
  CHECK(told(rig) == Told{"NotSupportedOperation", 3});
  CHECK(rig.uploads.empty());
}

TEST_CASE(
    "the ledger's witness is where TLS leads, at a port that is granted; without TLS only where the backend has none "
    "either") {
  Config config;
  config.csms_url = "wss://csms.example:9000/ocpp";
  config.file_port = 8443;
  const auto good = [&](std::string_view url) {
    config.witness_url = url;
    return parse_witness_url(config);
  };
  CHECK(good("https://csms.example:9000/witness/")->target == "/witness");
  CHECK(good("https://csms.example:9000")->target.empty());
  CHECK(good("https://other.example:8443/a/b")->server.host == "other.example");
  for (const auto* url : {"https://other.example/w", "http://csms.example:9000/w", "https://me:pw@csms.example:9000/w",
                          "https://csms.example:9000/w?x=1", "ftp://csms.example:9000/", "witness"})
    CHECK_FALSE(good(url));
  config.csms_url = "ws://csms.example:9000/ocpp";
  config.security_profile = 1;
  CHECK(good("http://csms.example:9000/w"));
}
