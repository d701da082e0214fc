// What stations said, in SQLite, for people and for tests: every message, and the facts drawn from them.
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

struct sqlite3;

namespace bulwatt::csms {

using Json = nlohmann::json;
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

class Store {
 public:
  /// ":memory:" for one that ends with the program. Throws std::runtime_error.
  explicit Store(const std::string& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Runs one statement with its `?` bound in order. Throws std::runtime_error.
  void run(const std::string& sql, const std::vector<Value>& values = {});
  /// The rows, each an object of column name to value.
  Json query(const std::string& sql, const std::vector<Value>& values = {});

  /// All that is written while it lives is one transaction of the data base.
  class Batch {
   public:
    explicit Batch(Store& store) : store_(store) { store_.run("BEGIN"); }
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    Store& store_;
  };

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace bulwatt::csms
