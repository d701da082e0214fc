#include "services/ocpp/put.hpp"

#include "libs/base/line.hpp"
#include "libs/http/writer.hpp"

namespace bulwatt::ocpp {

//= OCPP-2.0.1 N01.FR.15
//= OCPP-2.0.1 N01.FR.19
bool Put::start(const PutTarget& target, std::string_view name, std::string_view text) {
  std::array<char, http::kHeadLimit> buffer{};
  http::HeadWriter head{buffer};
  head.request("PUT", target.target.view())
      .header("Host", target.host_header.view())
      .header("Content-Type", "text/plain; charset=utf-8")
      .header("Content-Disposition", Line<120>{"attachment; filename=\"", name, '"'}.view())
      .header("Content-Length", std::uint64_t{text.size()})
      .header("Connection", "close");
  if (!target.authorization.empty()) head.header("Authorization", target.authorization.view());
  const auto written = head.finish();
  if (!written || !stream_.start(target.stream)) return false;
  stream_.send(*written);
  stream_.send(text);
  return true;
}

void Put::stream_bytes(std::string_view bytes) {
  const auto fed = answer_.feed(bytes);
  if (!fed) return end(UploadResult::bad_message, "the answer is not HTTP");
  if (!fed->complete) return;
  const auto response = http::parse_response(answer_.head());
  if (!response) return end(UploadResult::bad_message, "the answer is not HTTP");
  end(result_of(response->status), Line<40>{"HTTP status ", response->status}.view());
}

void Put::end(UploadResult result, std::string_view why) {
  if (over()) return;
  stream_.close();
  user_.put_ended(result, why);
}

}  // namespace bulwatt::ocpp
