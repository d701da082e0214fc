#include "peers/metersim/state_file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace bulwatt::metersim;

namespace {

struct TempDir {
  std::filesystem::path path;
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "bulwatt-state-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TempDir() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("what is saved is loaded again, and no file means no state") {
  const TempDir dir;
  const std::string path = (dir.path / "meter.json").string();
  CHECK_FALSE(load_state(path));
  save_state(path, {123'456'789'012, 3'599'999});
  save_state(path, {123'456'789'013, 7});
  CHECK(load_state(path) == Energy{123'456'789'013, 7});
}

TEST_CASE("a damaged state file is an error and not a new meter") {
  const TempDir dir;
  const std::string path = (dir.path / "meter.json").string();
  for (const char* text :
       {"", "{", "{}", "[1]", R"({"import_mwh":-5,"rest_mw_ms":0})", R"({"import_mwh":"1","rest_mw_ms":0})",
        R"({"import_mwh":18446744073709551615,"rest_mw_ms":0})"}) {
    CAPTURE(text);
    std::ofstream(path) << text;
    CHECK_THROWS_WITH(load_state(path),
                      ("the state file '" + path + "' holds no meter state; remove it to start a new meter").c_str());
  }
}

TEST_CASE("a place that can't be written to is an error") {
  CHECK_THROWS_WITH(save_state("/nonexistent/meter.json", {}),
                    "cannot write the state file '/nonexistent/meter.json.new'");
}
