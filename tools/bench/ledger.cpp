// The ledger's store on a real file system: what durability, verification and proofs cost. The last line is the result.
//
//   bulwatt-bench-ledger [FOLDER] [--records N]     FOLDER on the medium to measure; a temporary folder otherwise
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "libs/base/line.hpp"
#include "services/ledger/folder.hpp"
#include "services/ledger/reader.hpp"
#include "services/ledger/store.hpp"
#include "tools/bench/samples.hpp"

using namespace bulwatt;
using bench::now_ns;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatch = 32;
constexpr int kBatches = 400;
constexpr int kPaced = 3'000;
constexpr std::int64_t kPeriodNs = 1'000'000;  // 1,000 records a second
constexpr int kProofs = 2'000;
const ledger::Config kConfig{1024, 65'536};

ledger::Append make_record(std::uint64_t i) {
  const Line<200> detail{"evse=1 connector=1 tx=5f1c9a2e-77aa-4a0e-9d3b-", 100000 + i % 900000,
                         " limit_ma=16000 cause=grid energy_mwh=", i * 37, " power_mw=11040000"};
  return {ledger::Subject::transaction, ledger::Severity::info, "TransactionUpdated", detail.view()};
}
/// Made before anything is measured.
const ledger::Append& record(std::uint64_t i) {
  static const auto kRecords = [] {
    std::vector<ledger::Append> out;
    for (std::uint64_t n = 0; n < 1000; ++n) out.push_back(make_record(n * 7919));
    return out;
  }();
  return kRecords[i % kRecords.size()];
}
ledger::Stamp stamp() {
  timespec civil{};
  ::clock_gettime(CLOCK_REALTIME, &civil);
  return {static_cast<std::uint64_t>(now_ns() / 1000), {civil.tv_sec * 1000 + civil.tv_nsec / 1'000'000}};
}

struct Ledger {
  explicit Ledger(const fs::path& path) : folder((fs::create_directories(path), path.string())) {}
  ledger::FolderFiles folder;
  ledger::EscrowedKeys keys{{}};
  std::unique_ptr<ledger::Store> store = std::make_unique<ledger::Store>(folder.files(), kConfig, keys);
};

void must(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "bulwatt-bench-ledger: %s\n", what);
  std::exit(1);
}

/// The yardstick: the same bytes appended to a file whose room was taken, and one fdatasync.
double bare_rate(const fs::path& path, std::size_t bytes) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  must(file >= 0 && ::posix_fallocate(file, 0, static_cast<off_t>(bytes * kBatches)) == 0 && ::fsync(file) == 0,
       "no room to measure");
  const std::string block(bytes, 'x');
  const auto from = now_ns();
  for (int i = 0; i < kBatches; ++i) {
    must(::pwrite(file, block.data(), bytes, static_cast<off_t>(bytes) * i) == static_cast<ssize_t>(bytes) &&
             ::fdatasync(file) == 0,
         "writing failed");
  }
  const auto took = static_cast<double>(now_ns() - from) / 1e9;
  ::close(file);
  fs::remove(path);
  return static_cast<double>(kBatch) * kBatches / took;
}

double durable_rate(Ledger& one, std::uint64_t& next) {
  const auto from = now_ns();
  for (int i = 0; i < kBatches; ++i) {
    for (std::size_t k = 0; k < kBatch; ++k) {
      must(one.store->fits(), "a batch does not fit");
      one.store->add("session", record(next++), stamp());
    }
    must(one.store->flush().has_value(), "a flush failed");
  }
  return static_cast<double>(kBatch) * kBatches / (static_cast<double>(now_ns() - from) / 1e9);
}

/// One record every millisecond, as many of them together as the flush before took; sealed every second, ten times as often as in
/// a station.
double paced_p99(Ledger& one, std::uint64_t& next) {
  bench::Samples samples{kPaced};
  const auto from = now_ns();
  int done = 0;
  while (done < kPaced) {
    std::vector<std::int64_t> due;
    while (done + static_cast<int>(due.size()) < kPaced && one.store->fits()) {
      const auto when = from + (done + static_cast<std::int64_t>(due.size())) * kPeriodNs;
      if (when > now_ns()) break;
      due.push_back(when);
      one.store->add("session", record(next++), stamp());
    }
    if (due.empty()) {
      ::usleep(100);
      continue;
    }
    must(one.store->flush().has_value(), "a flush failed");
    const auto now = now_ns();
    for (const auto when : due) samples.add(now - when);
    if (done / 1000 != (done + static_cast<int>(due.size())) / 1000)
      must(one.store->seal().has_value(), "a seal failed");
    done += static_cast<int>(due.size());
  }
  return static_cast<double>(samples.percentile(0.99)) / 1e6;
}

/// SHA-256 of as many bytes as one stream: the most that any check can reach.
double sha256_mib_per_s(std::size_t mib) {
  std::vector<unsigned char> block(1 << 20, 7);
  unsigned char digest[32];
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const auto from = bench::cpu_ns();
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  for (std::size_t i = 0; i < mib; ++i) EVP_DigestUpdate(context, block.data(), block.size());
  EVP_DigestFinal_ex(context, digest, nullptr);
  EVP_MD_CTX_free(context);
  return static_cast<double>(mib) / (static_cast<double>(bench::cpu_ns() - from) / 1e9);
}

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t records = 1'000'000;
  fs::path base = fs::temp_directory_path();
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--records") == 0 && i + 1 < count) records = std::stoull(arguments[++i]);
    else base = arguments[i];
  }
  const auto path = base / ("bulwatt-bench-ledger-" + std::to_string(::getpid()));
  Ledger small{path / "durable"};
  must(small.store->open(true, stamp()).has_value(), "the ledger cannot be opened");
  std::uint64_t next = 0;
  // Bytes of one batch, from one that is written.
  const auto before = ledger::verify(small.folder.files()).bytes;
  durable_rate(small, next);
  const auto per_batch = (ledger::verify(small.folder.files()).bytes - before) / kBatches;
  // In turns, because other load comes and goes; the middle one counts.
  std::vector<double> ratios;
  std::vector<double> rates;
  for (int turn = 0; turn < 5; ++turn) {
    const auto bare = bare_rate(path / "bare", per_batch);
    rates.push_back(durable_rate(small, next));
    ratios.push_back(rates.back() / bare);
  }
  std::ranges::sort(ratios);
  std::ranges::sort(rates);
  const auto p99 = paced_p99(small, next);

  Ledger large{path / "large"};
  must(large.store->open(true, stamp()).has_value(), "the ledger cannot be opened");
  for (std::uint64_t i = 0; i < records; ++i) {
    large.store->add("session", record(i), stamp());
    if (!large.store->fits()) must(large.store->flush().has_value(), "a flush failed");
  }
  must(large.store->flush().has_value() && large.store->seal().has_value(), "a flush failed");
  const auto kib_before = peak_kib();
  const auto from = bench::cpu_ns();
  const auto result = ledger::verify(large.folder.files());
  const auto took = static_cast<double>(bench::cpu_ns() - from) / 1e9;
  const auto kib_grown = peak_kib() - kib_before;
  must(!result.problem && result.records > records, "the ledger does not verify");
  const auto mib = static_cast<double>(result.bytes) / (1 << 20);
  const auto sha = sha256_mib_per_s(static_cast<std::size_t>(mib) + 1);

  auto view = ledger::open_view(large.folder.files());
  must(view.has_value(), "there is nothing to prove");
  std::mt19937_64 random{1};
  const auto size = view->tree.size();
  merkle::prove_inclusion(view->nodes, 0, size);
  const auto proving = now_ns();
  for (int i = 0; i < kProofs; ++i)
    must(merkle::prove_inclusion(view->nodes, random() % size, size).has_value(), "a proof failed");
  const auto prove_us = static_cast<double>(now_ns() - proving) / 1e3 / kProofs;
  fs::remove_all(path);
  std::printf("one pass over %llu records: %.1f MiB in %.2f s of processor time, %ld KiB more memory than before it\n",
              static_cast<unsigned long long>(result.records), mib, took, kib_grown);
  std::printf(
      "ledger: durable_records_per_s=%.0f vs_fdatasync=%.2f append_p99_ms=%.2f verify_mib_per_s=%.0f vs_sha256=%.2f "
      "prove_us=%.0f bytes_per_record=%.0f\n",
      rates[2], ratios[2], p99, mib / took, mib / took / sha, prove_us,
      static_cast<double>(result.bytes) / static_cast<double>(result.records));
}
