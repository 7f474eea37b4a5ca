#include "weft/fabric/any_database.hpp"

#include <future>
#include <memory>
#include <utility>

namespace weft::fabric {

result<transacted> any_database::transact(const tx_request& request, std::optional<request_id> id) {
  const auto outcome = std::make_shared<std::promise<result<transacted>>>();
  auto told = outcome->get_future();
  submit(request, id, [outcome](result<transacted> x) { outcome->set_value(std::move(x)); });
  return told.get();
}

result<transacted> any_database::transact(std::string_view edn_text, std::optional<request_id> id) {
  WEFT_TRY(const auto request, parse_edn_transaction(edn_text));
  return transact(request, id);
}

} // namespace weft::fabric
