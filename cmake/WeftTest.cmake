# The test suites: tests/suites.json is their table, with a time budget for each.
#
# weft_test(<name> SUITE <suite> SOURCES <files> LINKS <targets> [CONCURRENT] [ARGS <arguments>])
#   A Catch2 executable weft_test_<name>, registered in ctest as <suite>.<name>.
#   CONCURRENT: it uses threads and is also run under ThreadSanitizer.
# weft_python_test(<name> SUITE <suite> SCRIPT <file> [DEPENDS <targets>] [ENVIRONMENT <A=b>...])
#   A script of unittest cases (tests/support/cases.py) that needs these targets built.
# weft_fuzzer(<name> SOURCES <files> LINKS <targets>)
#   A libFuzzer target weft_fuzz_<name> with its corpus in tests/fuzz/corpus/<name>; without
#   WEFT_FUZZ it replays the corpus, as a test of the suite fuzz.
# weft_bench(<name> SOURCES <files> LINKS <targets>)
#   An executable weft_bench_<name>, run by ./dev bench <name>; links benchmark::benchmark if it
#   wants it.
#
# The target weft_tests_<suite> builds a whole suite, weft_tests_concurrent what CONCURRENT marks.

set(table "${PROJECT_SOURCE_DIR}/tests/suites.json")
file(READ "${table}" WEFT_SUITES)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${table}")
string(JSON count LENGTH "${WEFT_SUITES}")
math(EXPR last "${count} - 1")
foreach(index RANGE ${last})
  string(JSON suite MEMBER "${WEFT_SUITES}" ${index})
  add_custom_target(weft_tests_${suite})
endforeach()
add_custom_target(weft_tests_concurrent)

function(weft_register_test name suite)
  cmake_parse_arguments(PARSE_ARGV 2 arg "CONCURRENT" "" "COMMAND;ENVIRONMENT")
  string(JSON budget ERROR_VARIABLE missing GET "${WEFT_SUITES}" ${suite} budget_s)
  if(missing)
    message(FATAL_ERROR "test ${name}: tests/suites.json has no suite '${suite}'")
  endif()
  math(EXPR timeout "${budget} * 4")  # ends what hangs; ./dev test holds a suite to its budget
  set(labels ${suite})
  if(arg_CONCURRENT)
    list(APPEND labels concurrent)
  endif()
  add_test(NAME ${suite}.${name} COMMAND ${arg_COMMAND})
  set_tests_properties(${suite}.${name} PROPERTIES
    LABELS "${labels}" TIMEOUT ${timeout}
    ENVIRONMENT "WEFT_TEST_NAME=${suite}.${name};${arg_ENVIRONMENT}")
endfunction()

function(weft_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "CONCURRENT" "SUITE" "SOURCES;LINKS;ARGS;ENVIRONMENT")
  set(target weft_test_${name})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE weft_test_support ${arg_LINKS})
  weft_warnings(${target})
  if(WEFT_SANITIZE MATCHES undefined)
    # These three check every pointer in the templates of rapidcheck: half of the compile time. The
    # library itself is built with all of them.
    target_compile_options(${target} PRIVATE -fno-sanitize=null,alignment,vptr)
  endif()
  set(concurrent "")
  if(arg_CONCURRENT)
    set(concurrent CONCURRENT)
    add_dependencies(weft_tests_concurrent ${target})
  endif()
  weft_register_test(${name} ${arg_SUITE} ${concurrent}
    COMMAND ${target} ${arg_ARGS} ENVIRONMENT ${arg_ENVIRONMENT})
  add_dependencies(weft_tests_${arg_SUITE} ${target})
endfunction()

function(weft_python_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SUITE;SCRIPT" "DEPENDS;ENVIRONMENT")
  weft_register_test(${name} ${arg_SUITE}
    COMMAND "${Python3_EXECUTABLE}" -B "${CMAKE_CURRENT_SOURCE_DIR}/${arg_SCRIPT}"
    ENVIRONMENT "WEFT_SOURCE_DIR=${PROJECT_SOURCE_DIR}" "WEFT_BINARY_DIR=${PROJECT_BINARY_DIR}"
      "PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support" ${arg_ENVIRONMENT})
  if(arg_DEPENDS)
    add_dependencies(weft_tests_${arg_SUITE} ${arg_DEPENDS})
  endif()
endfunction()

function(weft_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  set(target weft_fuzz_${name})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LINKS})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  weft_warnings(${target})
  add_dependencies(weft_tests_fuzz ${target})
  if(WEFT_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_link_libraries(${target} PRIVATE weft_fuzz_replay)
    weft_register_test(${name} fuzz
      COMMAND ${target} "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  endif()
endfunction()

function(weft_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_executable(weft_bench_${name} ${arg_SOURCES})
  target_link_libraries(weft_bench_${name} PRIVATE ${arg_LINKS})
  target_include_directories(weft_bench_${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  weft_warnings(weft_bench_${name})
endfunction()
