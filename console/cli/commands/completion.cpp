#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/session.hpp"

namespace weft::console {

namespace {

// Each asks `weft __complete WORDS`, or weftd, which prints one candidate per line; without
// candidates the shell completes names of files.

constexpr std::string_view bash = R"(# weft completion for bash
_weft() {
  local cur="${COMP_WORDS[COMP_CWORD]}" cword=$COMP_CWORD IFS=$'\n'
  local words=("${COMP_WORDS[@]}")
  # An attribute such as :user/name is one word for weft and two for bash.
  if declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref -n : cur words cword
  fi
  COMPREPLY=($("${words[0]}" __complete "${words[@]:1:cword}" 2>/dev/null))
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$cur"; fi
}
complete -o default -F _weft weft weftd
)";

constexpr std::string_view zsh = R"(#compdef weft weftd
# weft completion for zsh
_weft() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
}
if [[ "${funcstack[1]}" == _weft ]]; then _weft "$@"; else compdef _weft weft weftd; fi
)";

constexpr std::string_view fish = R"(# weft completion for fish
function __weft_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  $words[1] __complete $words[2..-1] "$current" 2>/dev/null
end
complete -c weft -a '(__weft_complete)'
complete -c weftd -a '(__weft_complete)'
)";

} // namespace

result<void> completion(session& in, const completion_options& options) {
  const auto script = options.shell == "bash" ? bash : options.shell == "zsh" ? zsh : fish;
  if (!in.chosen_output()) {
    in.out().put(script);
    return {};
  }
  const auto out = in.print({}, amount::one);
  out->put({{{"shell", cell(options.shell)}, {"script", cell(std::string(script))}}});
  out->finish();
  return {};
}

} // namespace weft::console
