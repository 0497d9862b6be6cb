# What solves linear programmes. It is optional: without it, the planner leaves
# one of its bounds out (docs/Planner.md), and everything else is the same.

# Of HiGHS only headers are needed: its library is loaded when a programme is to
# be solved (lib/Placement/Bounds/LinearProgram.cpp). One that is found here gets
# a link in lib of the build folder, where its programs look first; installed
# ones do not know it. The PyPI package highsbox, which utils/bootstrap puts into
# .venv, has both; an installed HiGHS comes first.
file(GLOB onnx_split_highsbox
     ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/highsbox/highs_dist)
find_path(ONNX_SPLIT_HIGHS_INCLUDE highs/interfaces/highs_c_api.h
          HINTS ${onnx_split_highsbox}/include)
find_library(ONNX_SPLIT_HIGHS_LIBRARY highs HINTS ${onnx_split_highsbox}/lib)
if(ONNX_SPLIT_HIGHS_INCLUDE)
  set(ONNX_SPLIT_HAS_HIGHS ON)
  add_library(highs::headers INTERFACE IMPORTED)
  # Its headers name each other from their own folder.
  set_target_properties(highs::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES
      "${ONNX_SPLIT_HIGHS_INCLUDE};${ONNX_SPLIT_HIGHS_INCLUDE}/highs"
    INTERFACE_COMPILE_DEFINITIONS ONNX_SPLIT_HAS_HIGHS)
else()
  set(ONNX_SPLIT_HAS_HIGHS OFF)
  message(STATUS
    "HiGHS's headers were not found: the planner goes without linear programmes, so that "
    "some gaps stay wider. Looked where CMake looks, and for the PyPI package "
    "highsbox in .venv.")
endif()

if(ONNX_SPLIT_HIGHS_LIBRARY AND NOT ONNX_SPLIT_PORTABLE)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  file(CREATE_LINK "${ONNX_SPLIT_HIGHS_LIBRARY}"
       ${CMAKE_BINARY_DIR}/lib/libhighs.so SYMBOLIC)
endif()
