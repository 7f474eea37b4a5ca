// What the columns of a CSV file mean.
//
// A table of entities has a row for each and a column for each attribute: the header says
// "user/name", or --csv-map name=user/name does. An attribute nobody declared is a string, unless
// it is written with a type: "user/age:long". An empty field says nothing; "" is an empty string.
// The header e,a,v (as export writes it) makes a list of facts instead; rows of one entity that
// stand together are one form.
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/datom/schema.hpp"
#include "weft/core/tx/request.hpp"

#include <optional>

namespace weft::console {

/// What the command line says about columns.
struct csv_settings {
  struct mapped {
    std::string column;
    std::string attribute; ///< "user/age:long"; "" leaves the column out
  };
  std::vector<mapped> map = {};
  std::string id_column = {}; ///< "" when no column names the rows
  /// Whether columns that are written with the type ref declare their attributes.
  bool declares_references = true;
};

/// From the texts of --csv-map and --id-column. @errors usage
[[nodiscard]] result<csv_settings> csv_settings_of(const std::vector<std::string>& map,
                                                   const std::string& id_column);

struct csv_column {
  std::string attribute = {};          ///< without colon and type; "" when it states nothing
  std::optional<value_type> type = {}; ///< when it is written with one
  bool names_row = false;              ///< its text is the row's tempid
};

class csv_mapping {
 public:
  /// @errors usage for a mapped column the header does not have, malformed_csv for a header that
  /// names no attribute, or one twice, or is that of a history
  [[nodiscard]] static result<csv_mapping> of(const std::vector<std::string>& header,
                                              const csv_settings& how);

  /// Whether rows are facts: e, a, v.
  [[nodiscard]] bool is_fact_list() const noexcept { return is_fact_list_; }
  [[nodiscard]] const std::vector<csv_column>& columns() const noexcept { return columns_; }

 private:
  std::vector<csv_column> columns_;
  bool is_fact_list_ = false;
};

/// What a field says as the value of an attribute: by `type`, else by the schema, else a string.
/// A reference is a name of the file, or EDN ([:user/email "x"], :color/red).
/// @errors invalid_value, malformed_edn, type_mismatch when `type` is not the declared one
[[nodiscard]] result<operand> csv_operand(std::string_view text, const std::string& attribute,
                                          std::optional<value_type> type, const schema& s);

} // namespace weft::console
