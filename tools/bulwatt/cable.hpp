// A virtual cable between a station and a car that speaks: two interfaces, the car's in a network namespace of its own. Linux with
// the program `ip`, as root.
#pragma once
#include <string>
#include <vector>

namespace bulwatt::cli {

class Cable {
 public:
  static constexpr const char* kCar = "car0";  ///< the car's end, inside

  /// Throws Failure with a sentence when it cannot be made here.
  Cable();
  ~Cable();
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  /// The station's end, here.
  const std::string& station() const { return station_; }
  /// A command line that runs at the car's end.
  std::vector<std::string> inside(std::vector<std::string> words) const;

 private:
  void make();
  bool has_addresses() const;
  void cut() const;

  std::string ip_;
  std::string namespace_;
  std::string station_;
};

}  // namespace bulwatt::cli
