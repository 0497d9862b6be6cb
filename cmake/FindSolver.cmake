# What solves linear programmes. It is optional: without it, the planner leaves
# one of its bounds out (docs/Planner.md), and everything else is the same.

# Of HiGHS only headers are needed: its library is loaded when a programme is to
# be solved (lib/Placement/Bounds/LinearProgram.cpp), from beside the program or
# from here. The PyPI package highsbox, which utils/bootstrap puts into .venv,
# has both; an installed HiGHS comes first.
file(GLOB onnx_split_highsbox
     ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/highsbox/highs_dist)
find_path(ONNX_SPLIT_HIGHS_INCLUDE highs/interfaces/highs_c_api.h
          HINTS ${onnx_split_highsbox}/include)
find_library(ONNX_SPLIT_HIGHS_LIBRARY highs HINTS ${onnx_split_highsbox}/lib)
if(ONNX_SPLIT_HIGHS_INCLUDE)
  set(ONNX_SPLIT_HAS_HIGHS ON)
  set(onnx_split_highs "")
  if(ONNX_SPLIT_HIGHS_LIBRARY AND NOT ONNX_SPLIT_PORTABLE)
    set(onnx_split_highs "${ONNX_SPLIT_HIGHS_LIBRARY}")
  endif()
  add_library(highs::c INTERFACE IMPORTED)
  # Its headers name each other from their own folder.
  set_target_properties(highs::c PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES
      "${ONNX_SPLIT_HIGHS_INCLUDE};${ONNX_SPLIT_HIGHS_INCLUDE}/highs"
    INTERFACE_LINK_LIBRARIES "${CMAKE_DL_LIBS}"
    INTERFACE_COMPILE_DEFINITIONS
      "ONNX_SPLIT_HAS_HIGHS;ONNX_SPLIT_HIGHS_LIBRARY=\"${onnx_split_highs}\"")
else()
  set(ONNX_SPLIT_HAS_HIGHS OFF)
  message(STATUS
    "HiGHS's headers were not found: the planner goes without linear programmes, so that "
    "some gaps stay wider. Looked where CMake looks, and for the PyPI package "
    "highsbox in .venv.")
endif()
