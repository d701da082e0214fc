// A proof that travels alone (C2SP tlog-proof): the index of an entry, its inclusion proof and the signed checkpoint.
#pragma once
#include <string>

#include "libs/merkle/checkpoint.hpp"
#include "libs/merkle/tree.hpp"

namespace bulwatt::merkle {

struct CarriedProof {
  std::uint64_t index{};
  Proof hashes{};
  std::string_view checkpoint{};  ///< the whole signed note
  std::string_view extra{};       ///< base64; not authenticated
};

std::string write_proof(const CarriedProof& proof);
/// The result refers to `text`.
std::optional<CarriedProof> parse_proof(std::string_view text);

}  // namespace bulwatt::merkle
