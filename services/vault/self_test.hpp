// Does the cryptography of this program do what it should, and does every stored key still sign?
#pragma once
#include "services/vault/store.hpp"

namespace bulwatt::vault {

struct SelfTest {
  Text<40> name{};
  bool passed = false;
};
/// Answers that are known beforehand (known_answers.hpp, RFC 8032), and a fresh key of every algorithm that signs and verifies, and does
/// not verify when one bit differs.
std::vector<SelfTest> test_library();

/// Opens a stored key, has it sign its certificate request and verifies that with the public half.
std::expected<void, Complaint> test_key(const std::string& folder, Ring& ring, const Identity& who, Counter* counter);

}  // namespace bulwatt::vault
