# cmake -DTOOL=… -DMANIFEST=… -DPAGE=… -P check_page.cmake
# The page in the source tree must be what the tool makes of the manifest now.
execute_process(COMMAND ${TOOL} table ${MANIFEST} OUTPUT_VARIABLE fresh RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${MANIFEST} is refused.")
endif()
file(READ ${PAGE} stored)
if(NOT fresh STREQUAL stored)
  message(FATAL_ERROR "${PAGE} is older than ${MANIFEST}; run: ${TOOL} table ${MANIFEST} > ${PAGE}")
endif()
