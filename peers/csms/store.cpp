#include "peers/csms/store.hpp"

#include <sqlite3.h>

#include <cstdio>
#include <stdexcept>

namespace bulwatt::csms {
namespace {

constexpr const char* kTables = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS stations (
  identity TEXT PRIMARY KEY, first_seen TEXT, last_seen TEXT, boot_status TEXT, vendor TEXT, model TEXT,
  serial_number TEXT, firmware TEXT);
CREATE TABLE IF NOT EXISTS boots (
  id INTEGER PRIMARY KEY, station TEXT, time TEXT, reason TEXT, status TEXT, interval_s INTEGER);
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, station TEXT, connection INTEGER, time TEXT, direction TEXT, text TEXT);
CREATE TABLE IF NOT EXISTS transactions (
  station TEXT, transaction_id TEXT, evse INTEGER, connector INTEGER, started TEXT, ended TEXT, id_token TEXT,
  stopped_reason TEXT, events INTEGER DEFAULT 0, last_seq_no INTEGER, energy_start_wh REAL, energy_last_wh REAL,
  PRIMARY KEY (station, transaction_id));
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY, station TEXT, connection INTEGER, transaction_id TEXT, seq_no INTEGER, type TEXT,
  trigger_reason TEXT, timestamp TEXT, received TEXT, offline INTEGER, retransmission INTEGER, payload TEXT);
CREATE TABLE IF NOT EXISTS meter_values (
  id INTEGER PRIMARY KEY, station TEXT, transaction_id TEXT, evse INTEGER, timestamp TEXT, context TEXT, measurand TEXT,
  phase TEXT, location TEXT, unit TEXT, value REAL, signed INTEGER);
CREATE TABLE IF NOT EXISTS security_events (
  id INTEGER PRIMARY KEY, station TEXT, timestamp TEXT, received TEXT, type TEXT, tech_info TEXT);
CREATE TABLE IF NOT EXISTS violations (
  id INTEGER PRIMARY KEY, station TEXT, time TEXT, kind TEXT, detail TEXT);
)";

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

[[noreturn]] void fail(sqlite3* db) { throw std::runtime_error(std::string("data base: ") + sqlite3_errmsg(db)); }

void bind(sqlite3_stmt* statement, int at, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) sqlite3_bind_int64(statement, at, *number);
  if (const auto* real = std::get_if<double>(&value)) sqlite3_bind_double(statement, at, *real);
  if (const auto* text = std::get_if<std::string>(&value))
    sqlite3_bind_text(statement, at, text->data(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
}

Statement prepare(sqlite3* db, const std::string& sql, const std::vector<Value>& values) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) fail(db);
  Statement statement(raw);
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(raw)) != values.size())
    throw std::runtime_error("data base: wrong number of values for: " + sql);
  for (std::size_t i = 0; i < values.size(); ++i) bind(raw, static_cast<int>(i) + 1, values[i]);
  return statement;
}

Json column(sqlite3_stmt* statement, int at) {
  switch (sqlite3_column_type(statement, at)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(statement, at);
    case SQLITE_FLOAT: return sqlite3_column_double(statement, at);
    case SQLITE_NULL: return nullptr;
    default: return reinterpret_cast<const char*>(sqlite3_column_text(statement, at));
  }
}

}  // namespace

void Store::Close::operator()(sqlite3* db) const { sqlite3_close(db); }

Store::Store(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open(path.c_str(), &raw);
  db_.reset(raw);
  if (opened != SQLITE_OK) throw std::runtime_error("cannot open the data base '" + path + "': " + sqlite3_errmsg(raw));
  if (sqlite3_exec(raw, kTables, nullptr, nullptr, nullptr) != SQLITE_OK) fail(raw);
}
Store::~Store() = default;

void Store::run(const std::string& sql, const std::vector<Value>& values) {
  const auto statement = prepare(db_.get(), sql, values);
  const int done = sqlite3_step(statement.get());
  if (done != SQLITE_DONE && done != SQLITE_ROW) fail(db_.get());
}

Json Store::query(const std::string& sql, const std::vector<Value>& values) {
  const auto statement = prepare(db_.get(), sql, values);
  Json rows = Json::array();
  int step = 0;
  while ((step = sqlite3_step(statement.get())) == SQLITE_ROW) {
    Json row = Json::object();
    for (int i = 0; i < sqlite3_column_count(statement.get()); ++i)
      row[sqlite3_column_name(statement.get(), i)] = column(statement.get(), i);
    rows.push_back(std::move(row));
  }
  if (step != SQLITE_DONE) fail(db_.get());
  return rows;
}

Store::Batch::~Batch() {
  try {
    store_.run("COMMIT");
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
  }
}

}  // namespace bulwatt::csms
