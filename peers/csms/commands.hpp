// The CSMS on the simulation bus: what people and tests may tell it, and what it answers.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "peers/csms/server.hpp"
#include "peers/simbus/client.hpp"

namespace bulwatt::csms {

inline constexpr std::int64_t kListedMax = 50;  ///< rows of one answer; a line of the bus has at most 64 KiB

class Commands {
 public:
  using Answer = std::function<void(const Json& command_line, const Json& answer)>;

  /// `answer` is called for commands that end later.
  Commands(Server& server, Settings& settings, Store& store, Answer answer);
  /// What `csms witness` answers; without it there is none.
  void show_witness(std::function<Json()> states) { witness_ = std::move(states); }

  /// Nothing when the command is for somebody else.
  std::optional<Json> take(const simbus::Command& command);

 private:
  Json status() const;
  Json network(const std::vector<std::string>& args);
  Json own(const simbus::Command& command);
  Json call(const simbus::Command& command, const std::vector<std::string>& args);
  Json boot(const std::vector<std::string>& args);
  Json token(const std::vector<std::string>& args);
  Json rows(const char* name, const std::string& table, const std::vector<std::string>& args) const;

  Server& server_;
  Settings& settings_;
  Store& store_;
  Answer answer_;
  std::function<Json()> witness_;
};

}  // namespace bulwatt::csms
