# How MLIR is linked, here and by what uses the installed libraries: both of these
# in one program would register LLVM's options twice, which ends it.

# Debian's MLIR asks for the one shared library of all of LLVM, compilers and
# all; most of the time that a program here takes to start went into loading it.
# The archives of what MLIR uses of LLVM take its place.
if(NOT TARGET LLVMSupport OR NOT TARGET LLVMRemarks)
  message(FATAL_ERROR "LLVM's static libraries were not found beside ${MLIR_DIR}. "
                      "Install them (Debian: llvm-22-dev), or build LLVM with them.")
endif()
foreach(target ${MLIR_EXPORTED_TARGETS})
  get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
  if(libraries)
    list(TRANSFORM libraries REPLACE "^LLVM$" "LLVMRemarks;LLVMSupport")
    set_target_properties(${target} PROPERTIES
                          INTERFACE_LINK_LIBRARIES "${libraries}")
  endif()
endforeach()

# Nothing here asks a solver of formulas, which LLVM links for its analyser.
get_target_property(libraries LLVMSupport INTERFACE_LINK_LIBRARIES)
list(FILTER libraries EXCLUDE REGEX "libz3")
set_target_properties(LLVMSupport PROPERTIES
                      INTERFACE_LINK_LIBRARIES "${libraries}")
