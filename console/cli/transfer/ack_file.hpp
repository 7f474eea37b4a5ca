// Tells another program what is durable: a line of JSON for each transaction, written as soon as it
// is acknowledged. Who reads the file after a crash of this process knows what must be there.
//
//   {"t":42,"line":1000}
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/base/time.hpp"
#include "weft/core/datom/datom.hpp"

#include <string>

namespace weft::console {

class ack_file {
 public:
  /// Appends to a file, which is made when there is none. @errors not_found, access_denied,
  /// io_error
  [[nodiscard]] static result<ack_file> open(const std::string& path);
  ack_file(ack_file&& other) noexcept;
  ack_file& operator=(ack_file&&) = delete;
  ~ack_file();

  /// Hands one line to the system before it returns. @errors disk_full, io_error
  [[nodiscard]] result<void> add(tx_number t, std::uint32_t line);

 private:
  ack_file(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;
};

} // namespace weft::console
