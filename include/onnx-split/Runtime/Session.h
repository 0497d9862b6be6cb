//===- Session.h - Models in ONNX Runtime -----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// ONNX Runtime behind `llvm::Expected`: its exceptions end here.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_SESSION_H
#define ONNX_SPLIT_RUNTIME_SESSION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include "onnx-split/Runtime/Library.h"
#include "onnx-split/Runtime/Providers.h"

#include <onnxruntime_cxx_api.h>

#include <map>
#include <string>
#include <vector>

namespace onnx_split::runtime {

/// Values by the names of the tensors.
using Values = std::map<std::string, Ort::Value, std::less<>>;

/// Runs `function` and turns an exception of ONNX Runtime into an error, after
/// `context` and a colon.
template <typename Function>
auto guarded(const llvm::Twine &context, Function function)
    -> llvm::Expected<decltype(function())> {
  try {
    return function();
  } catch (const Ort::Exception &exception) {
    llvm::StringRef why(exception.what());
    return llvm::createStringError(
        context + ": " + (why.empty() ? "ONNX Runtime does not say why" : why));
  } catch (const std::bad_alloc &) {
    return llvm::createStringError(context + ": out of memory");
  }
}

/// The same for a function that returns an error itself.
template <typename Function>
llvm::Error guardedSteps(const llvm::Twine &context, Function function) {
  llvm::Error inner = llvm::Error::success();
  auto done = guarded(context, [&] {
    llvm::consumeError(std::move(inner));
    inner = function();
    return 0;
  });
  if (done)
    return inner;
  llvm::consumeError(std::move(inner));
  return done.takeError();
}

/// An input or output of a model.
struct Port {
  std::string name;
  ONNXType kind = ONNX_TYPE_UNKNOWN;
  /// Of a tensor; see toDataType.
  ONNXTensorElementDataType elementType =
      ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  /// Of a tensor: -1 where open, and then with the symbol's name, if any.
  std::vector<int64_t> dims;
  std::vector<std::string> symbols;

  bool isTensor() const { return kind == ONNX_TYPE_TENSOR; }
  /// A tensor whose extents are all known, and whose elements are no strings.
  bool isFixed() const;
};

/// How far ONNX Runtime rewrites the graph.
enum class Optimise { Off, Basic, Extended, All };

/// How ONNX Runtime is to run a model.
struct SessionOptions {
  Optimise optimise = Optimise::All;
  /// Threads within an operator; 0: one for each core.
  unsigned threads = 0;
  /// Where to write a profile of the nodes, if anywhere.
  std::string profilePrefix;
  /// The folder that the external data of a model in memory lies in.
  std::string dataFolder;
  /// What computes the nodes that it takes; the CPU has the others.
  Provider provider;
};

/// A model that ONNX Runtime has loaded.
class Session {
public:
  /// Loads a model. The error starts with the path.
  static llvm::Expected<Session> load(llvm::StringRef path,
                                      const SessionOptions &options = {});
  /// The same for a serialised model in memory, which errors call `name`.
  static llvm::Expected<Session> load(llvm::StringRef name,
                                      llvm::StringRef model,
                                      const SessionOptions &options);

  llvm::ArrayRef<Port> getInputs() const { return inputs; }
  llvm::ArrayRef<Port> getOutputs() const { return outputs; }
  /// Inputs with a default, which need not be given.
  llvm::ArrayRef<Port> getDefaultedInputs() const { return defaulted; }
  const Port *findInput(llvm::StringRef name) const;

  /// An entry of the model's metadata_props, or nothing.
  std::string getMetadata(llvm::StringRef key);

  /// Feeds each input, and each input with a default, that `values` has, and
  /// returns the outputs in their order.
  llvm::Expected<std::vector<Ort::Value>> run(const Values &values);

  /// Runs on bound values. Neither computes anything where there are no
  /// outputs, as of a part with nodes that nobody reads: ONNX Runtime refuses.
  llvm::Error run(const Ort::IoBinding &binding);

  /// What the provider took; nothing for the CPU's, and where ONNX Runtime does
  /// not say.
  const std::optional<NodeAssignment> &getAssignment() const {
    return assignment;
  }

  /// Ends profiling and returns the name of the file.
  llvm::Expected<std::string> endProfiling();

  Ort::Session &get() { return session; }

private:
  Session(Ort::Session loaded, llvm::StringRef name);
  template <typename Make>
  static llvm::Expected<Session> load(llvm::StringRef name,
                                      const SessionOptions &options, Make make);
  Ort::Session session;
  std::string path;
  std::vector<Port> inputs, outputs, defaulted;
  std::optional<NodeAssignment> assignment;
};

/// Starts ONNX Runtime in this process, as the first session would.
void startRuntime();

/// "1x3x?x320", or "scalar".
std::string describeShape(llvm::ArrayRef<int64_t> dims);

/// The onnx::TensorProto::DataType of an element type of ONNX Runtime, and
/// back. The numbers of a few differ. An unknown one stays as it is.
int32_t toDataType(ONNXTensorElementDataType type);
ONNXTensorElementDataType fromDataType(int32_t type);

/// onnx::TensorProto's name of an element type in small letters, "float".
std::string describeElementType(ONNXTensorElementDataType type);

/// Bytes of one element, or 0 where elements have no fixed number of bytes
/// (strings, and less than a byte).
size_t getElementBytes(ONNXTensorElementDataType type);

/// Bytes of a tensor without strings; elements of less than a byte are packed.
size_t getTensorBytes(const Ort::Value &tensor);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_SESSION_H
