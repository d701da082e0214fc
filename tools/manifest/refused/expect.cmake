# cmake -DCOMPILER=… -DSOURCE=… -DINCLUDES=…;… -DMESSAGE=regex -P expect.cmake
# Compiles one file. With a MESSAGE it must fail and say that; without, it must compile.
list(TRANSFORM INCLUDES PREPEND -I)
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${COMPILER} -std=c++23 -fsyntax-only -fno-exceptions -fno-rtti -D_GNU_SOURCE ${INCLUDES} ${SOURCE}
  RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(MESSAGE STREQUAL "")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${SOURCE} must compile, but:\n${said}")
  endif()
elseif(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but what it does was not granted.")
elseif(NOT said MATCHES "${MESSAGE}")
  message(FATAL_ERROR "${SOURCE} fails, but not by saying '${MESSAGE}':\n${said}")
endif()
