# Writes a source file that says of which commit the sources are: cmake -D SOURCE=<repository>
# -D TEMPLATE=<file.in> -D OUTPUT=<file> -P WeftCommit.cmake. The build runs it each time; what is
# as it was is not written again, so nothing is compiled. Sources that are no repository of their
# own (an archive, a copy in somebody else's repository) have the commit "unknown".

set(WEFT_COMMIT unknown)
find_program(git git)
if(git)
  execute_process(COMMAND "${git}" -C "${SOURCE}" rev-parse --show-toplevel
    OUTPUT_VARIABLE top RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  get_filename_component(here "${SOURCE}" REALPATH)
  if(NOT failed AND top STREQUAL here)
    execute_process(
      COMMAND "${git}" -C "${SOURCE}" describe --always --dirty --abbrev=12 --exclude=*
      OUTPUT_VARIABLE found RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed AND found MATCHES "^[0-9a-f]+(-dirty)?$")
      set(WEFT_COMMIT "${found}")
    endif()
  endif()
endif()
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
