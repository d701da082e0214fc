// The witness's files: what it signed and found outlives it, and its keys stay the same.
#include "peers/csms/witness.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "libs/merkle/naive_for_tests.hpp"
#include "peers/csms/durable.hpp"

using namespace bulwatt;
using namespace bulwatt::csms;
using merkle::KeyType;

namespace {

constexpr std::string_view kOrigin = "example.invalid/station/1";
constexpr std::int64_t kNow = 1'767'225'600;

struct Rig {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("csms-witness-" + std::to_string(::getpid()));
  merkle::SoftwareKey log = *merkle::SoftwareKey::make(KeyType::ed25519, kOrigin);
  std::vector<std::string> said{};
  std::vector<nlohmann::json> events{};

  Rig() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder / "logs");
    std::ofstream(folder / "logs" / "station") << merkle::write_key(log.verifier()) << '\n' << std::string(100, '\0');
  }
  ~Rig() { std::filesystem::remove_all(folder); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  Witness witness() {
    return {folder,
            "csms.invalid",
            {[this](const std::string& line) { said.push_back(line); },
             [this](const nlohmann::json& event) { events.push_back(event); }}};
  }
  std::filesystem::path place() const { return folder / "state" / folder_name(kOrigin); }
};

std::string entry(std::size_t i, std::string_view story) { return std::to_string(i) + std::string{story}; }
merkle::Leaves leaves(std::size_t size, std::string_view story) {
  merkle::Leaves out;
  for (std::size_t i = 0; i < size; ++i) {
    const auto text = entry(i, story);
    out.push_back(merkle::leaf_hash(std::as_bytes(std::span{text})));
  }
  return out;
}
std::string add_checkpoint(const Rig& r, std::size_t old, std::size_t size, std::string_view story = "") {
  const auto all = leaves(size, story);
  merkle::LeafSource source{all};
  const merkle::Checkpoint now{kOrigin, size, merkle::naive_root(all)};
  const auto note = merkle::write_checkpoint(now) + "\n" + r.log.line(now);
  merkle::AddCheckpoint request;
  request.old_size = old;
  request.hashes = *merkle::prove_consistency(source, old, size);
  request.note = note;
  return merkle::write_add_checkpoint(request);
}
std::string add_entries(std::size_t from, std::size_t to) {
  std::string bundle;
  for (auto i = from; i < to; ++i) {
    const auto text = entry(i, "");
    merkle::append_entry(bundle, std::as_bytes(std::span{text}));
  }
  return merkle::write_add_entries({kOrigin, from, bundle});
}

}  // namespace

TEST_CASE("what a witness signed and holds is there after a restart, under the same keys") {
  Rig r;
  std::string keys;
  {
    auto witness = r.witness();
    CHECK(witness.post("/any/prefix/add-checkpoint", add_checkpoint(r, 0, 20), kNow).status == 200);
    CHECK(witness.post("/any/prefix/add-entries", add_entries(0, 20), kNow).status == 200);
    CHECK(witness.post("/add-checkpoint", add_checkpoint(r, 20, 40), kNow).status == 200);
    CHECK(witness.post("/add-entries", add_entries(20, 30), kNow).status == 202);
    keys = *read_if_there(r.folder / "witness.keys");
    CHECK(r.events.size() == 3);
  }
  auto again = r.witness();
  CHECK(read_if_there(r.folder / "witness.keys") == keys);
  CHECK(again.states()[kOrigin]["witnessed"] == 40);
  CHECK(again.states()[kOrigin]["mirrored"] == 20);
  CHECK(again.post("/add-entries", add_entries(30, 40), kNow).body == "20\n");
  CHECK(again.post("/add-entries", add_entries(20, 40), kNow).status == 200);
  CHECK(again.post("/add-checkpoint", add_checkpoint(r, 0, 10), kNow).status == 409);
  CHECK(r.said.size() == 1);
  CHECK(r.events.back()["offence"] == "rolled_back");
}

TEST_CASE("a fork is said, told to the bus, and kept with both stories") {
  Rig r;
  auto witness = r.witness();
  CHECK(witness.post("/add-checkpoint", add_checkpoint(r, 0, 20), kNow).status == 200);
  const auto fork = add_checkpoint(r, 20, 20, "!");
  CHECK(witness.post("/add-checkpoint", fork, kNow).status == 409);
  CHECK(witness.post("/add-checkpoint", add_checkpoint(r, 20, 30, "!"), kNow).status == 422);
  CHECK((read_if_there(r.place() / "evidence" / "1-forked.request") == fork));
  CHECK((read_if_there(r.place() / "evidence" / "1-forked.known") == read_if_there(r.place() / "checkpoint")));
  CHECK(std::filesystem::exists(r.place() / "evidence" / "2-not_consistent.request"));
  REQUIRE(r.said.size() == 2);
  CHECK(r.said[0].find("forked: refused") != std::string::npos);
  CHECK(r.events.back()["offence"] == "not_consistent");
}

TEST_CASE("files that were changed make the witness sign nothing more of that log, and say so") {
  Rig r;
  {
    auto witness = r.witness();
    CHECK(witness.post("/add-checkpoint", add_checkpoint(r, 0, 20), kNow).status == 200);
    CHECK(witness.post("/add-entries", add_entries(0, 20), kNow).status == 200);
  }
  auto entries = *read_if_there(r.place() / "entries");
  entries[10] ^= 1;
  CHECK(write_durably(r.place() / "entries", entries));
  auto again = r.witness();
  REQUIRE(r.said.size() == 1);
  CHECK(r.said[0].find("contradicts itself") != std::string::npos);
  CHECK(again.post("/add-checkpoint", add_checkpoint(r, 20, 30), kNow).status == 500);
}

TEST_CASE("an origin that looks like a path leads nowhere else") {
  CHECK(folder_name("../../etc/passwd").find('/') == std::string::npos);
  CHECK(folder_name("a/b") != folder_name("a_b"));
}

TEST_CASE("a key that was damaged, or a folder that cannot be made, is a sentence") {
  Rig r;
  {
    auto witness = r.witness();
  }
  CHECK(write_durably(r.folder / "secret" / "witness-ed25519.pem", "no key"));
  CHECK_THROWS_AS(r.witness(), std::runtime_error);
  CHECK_THROWS(Witness("/proc/nowhere", "csms.invalid", {}));
}
