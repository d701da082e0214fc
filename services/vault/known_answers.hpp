// Answers that are known beforehand, from standards, published vectors and other implementations.
#pragma once
#include "services/vault/self_test.hpp"

namespace bulwatt::vault {

/// One row for each algorithm that a link or a key needs: hash, cipher, key agreement, signature.
std::vector<SelfTest> known_answers();

}  // namespace bulwatt::vault
