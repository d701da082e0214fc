#include "peers/metersim/server.hpp"

#include <modbus/modbus.h>

#include <algorithm>
#include <stdexcept>

namespace bulwatt::metersim {

namespace {
constexpr std::uint8_t kReadHolding = 3;
constexpr std::uint8_t kReadInput = 4;
constexpr std::size_t kGarbageMax = 32;
}  // namespace

void Server::FreeModbus::operator()(_modbus* modbus) const { modbus_free(modbus); }
void Server::FreeMapping::operator()(_modbus_mapping_t* mapping) const { modbus_mapping_free(mapping); }

Server::Server(int unit, std::uint16_t words_max, OnRead on_read)
    : unit_(unit), words_max_(words_max), on_read_(std::move(on_read)) {}
Server::~Server() = default;

unsigned Server::objection(std::uint8_t function, std::size_t count) const {
  if (manner_ == Manner::exception) return MODBUS_EXCEPTION_SLAVE_OR_SERVER_FAILURE;
  if (function != kReadHolding && function != kReadInput) return MODBUS_EXCEPTION_ILLEGAL_FUNCTION;
  return count == 0 || count > words_max_ ? MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE : 0;
}

Server::Mapping Server::registers() const {
  const Image image = on_read_();
  Mapping mapping(modbus_mapping_new_start_address(0, 0, 0, 0, image.holding.start,
                                                   static_cast<unsigned>(image.holding.words.size()), image.input.start,
                                                   static_cast<unsigned>(image.input.words.size())));
  if (!mapping) throw std::runtime_error("no memory for the registers");
  std::ranges::copy(image.holding.words, mapping->tab_registers);
  std::ranges::copy(image.input.words, mapping->tab_input_registers);
  return mapping;
}

std::vector<std::uint8_t> Server::garbage() {
  std::vector<std::uint8_t> bytes(1 + random_() % kGarbageMax);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_() >> 8);
  return bytes;
}

}  // namespace bulwatt::metersim
