// A fresh folder for one test, gone afterwards.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace bulwatt::vault {

struct TemporaryFolder {
  std::string path = made();
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path); }

 private:
  static std::string made() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vault-test-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
};

}  // namespace bulwatt::vault
