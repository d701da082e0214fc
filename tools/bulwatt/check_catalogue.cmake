# cmake -DTOOL=… -DPAGE=… -P check_catalogue.cmake
# The page in the source tree must be what the types say now.
execute_process(COMMAND ${TOOL} log catalogue OUTPUT_VARIABLE fresh RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "The catalogue cannot be printed.")
endif()
file(READ ${PAGE} stored)
if(NOT fresh STREQUAL stored)
  message(FATAL_ERROR "${PAGE} is older than interfaces/ledger_catalogue.hpp; run: ${TOOL} log catalogue > ${PAGE}")
endif()
