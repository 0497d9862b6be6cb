# Finds what the project is built on. Each failure names what was looked for
# and how to get it, because `utils/bootstrap` only knows Debian 12.

# Debian's MLIR refuses a version in find_package, so the major is compared
# afterwards.
find_package(MLIR CONFIG QUIET HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT MLIR_FOUND)
  message(FATAL_ERROR
    "MLIR 22 was not found. Looked for MLIRConfig.cmake in MLIR_DIR "
    "('${MLIR_DIR}'), CMAKE_PREFIX_PATH ('${CMAKE_PREFIX_PATH}') and "
    "/usr/lib/llvm-22/lib/cmake/mlir. Run utils/bootstrap on Debian 12, or "
    "pass -DMLIR_DIR=<llvm prefix>/lib/cmake/mlir.")
endif()
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR
    "onnx-split needs MLIR 22, but ${MLIR_DIR} holds ${LLVM_VERSION_MAJOR}. "
    "Pass -DMLIR_DIR=<llvm 22 prefix>/lib/cmake/mlir.")
endif()

include(UseLlvmArchives)

# ONNX was built with shared protobuf and does not look for it itself. Its
# archive will do as well: each program then has one, which starts faster, and
# needs nothing where it runs.
set(Protobuf_USE_STATIC_LIBS ON)
find_package(Protobuf QUIET)
if(NOT Protobuf_FOUND)
  message(FATAL_ERROR
    "protobuf was not found. Install libprotobuf-dev and protobuf-compiler, "
    "or pass -DCMAKE_PREFIX_PATH=<protobuf prefix>.")
endif()
find_package(ONNX CONFIG QUIET
             HINTS ${CMAKE_SOURCE_DIR}/.deps/onnx/lib/cmake/ONNX)
if(NOT ONNX_FOUND)
  message(FATAL_ERROR
    "ONNX was not found. Looked for ONNXConfig.cmake in ONNX_DIR "
    "('${ONNX_DIR}'), CMAKE_PREFIX_PATH ('${CMAKE_PREFIX_PATH}') and "
    "${CMAKE_SOURCE_DIR}/.deps/onnx/lib/cmake/ONNX. Run utils/bootstrap, or "
    "build ONNX 1.23.2 with -DONNX_USE_PROTOBUF_SHARED_LIBS=ON and pass "
    "-DONNX_DIR=<onnx prefix>/lib/cmake/ONNX.")
endif()
find_package(GTest QUIET)
if(NOT GTest_FOUND)
  message(FATAL_ERROR "GoogleTest was not found. Install libgtest-dev, or pass "
                      "-DGTest_DIR=<prefix>/lib/cmake/GTest.")
endif()

# Generators of code run on the machine that compiles.
if(CMAKE_CROSSCOMPILING)
  find_program(ONNX_SPLIT_HOST_TABLEGEN NAMES mlir-tblgen-22 mlir-tblgen
               HINTS /usr/lib/llvm-22/bin REQUIRED)
  set(MLIR_TABLEGEN_EXE ${ONNX_SPLIT_HOST_TABLEGEN})
  set(MLIR_TABLEGEN_TARGET "")
endif()

list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
