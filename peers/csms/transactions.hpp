// The rules that the transaction events of one station must keep: nothing lost, nothing twice, nothing out of order.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bulwatt::csms {

using Json = nlohmann::json;

struct Violation {
  std::string kind;    ///< one word: "seq_no_gap"
  std::string detail;  ///< a sentence
};

class TransactionRules {
 public:
  struct Outcome {
    std::vector<Violation> violations;
    /// The same event again: it changes nothing and may be forgotten. Sent again on a later connection it is no
    /// violation, as the answer to the first may have been lost.
    bool repeated = false;
  };
  /// `payload` of a TransactionEventRequest that its schema has accepted. `connection` counts up.
  Outcome take(const Json& payload, std::int64_t connection);

  struct Transaction {
    std::optional<std::int64_t> evse;
    std::int64_t last_seq_no = 0;
    std::int64_t last_time_ms = 0;
    bool ended = false;
    struct Seen {
      std::string content;
      std::int64_t connection = 0;
    };
    std::map<std::int64_t, Seen> seen;
    /// Import register by phase and location: what it read when.
    std::map<std::string, std::map<std::int64_t, double>> energy_wh;
  };
  const std::map<std::string, Transaction>& all() const { return transactions_; }

 private:
  struct Evse {
    std::optional<std::int64_t> last_seq_no;
    std::string active;
  };

  void check_order(const std::string& id, const Json& payload, bool known, Outcome& outcome);
  void check_number(const std::string& id, std::int64_t seq_no, bool known, Outcome& outcome);
  void check_time(const std::string& id, const Json& payload, Outcome& outcome);
  void check_energy(const std::string& id, const Json& payload, Outcome& outcome);

  std::map<std::string, Transaction> transactions_;
  std::map<std::int64_t, Evse> evses_;
};

/// A sampled value in Wh when it is one of the active import register.
std::optional<double> import_wh(const Json& sampled_value);

}  // namespace bulwatt::csms
