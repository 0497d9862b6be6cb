//===- PipeEdgeFiles.h - What PipeEdge's files say --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What PipeEdge's files say, with every figure in nanoseconds, bytes or bits
/// per second. models.yml has the layers of models, device_types.yml what was
/// measured on types of devices, devices.yml the hosts of each type.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_PIPEEDGEFILES_H
#define ONNX_SPLIT_LIB_INSTANCES_PIPEEDGEFILES_H

#include "onnx-split/Support/Text/YamlTree.h"

namespace onnx_split::instances::pipeedge {

/// Largest time (ns), size (bytes) or rate (bit/s) of one entry.
inline constexpr int64_t LargestFigure = 1'000'000'000'000'000;

/// An entry of models.yml: a chain of layers.
struct Model {
  std::string name;
  /// Of weights, by layer.
  std::vector<int64_t> weightBytes;
  /// Elements that the model reads, and that each layer makes, for one item.
  int64_t elementsIn = 0;
  std::vector<int64_t> elementsOut;
};

/// How long the layers of a model take on a type of devices, with elements of
/// one type and batches of one size.
struct Profile {
  std::string model, dataType;
  /// Items.
  int64_t batch = 0;
  /// Of a whole batch, by layer.
  std::vector<int64_t> timeNs;
  /// Where it is, for messages.
  llvm::SMRange range;
};

/// An entry of device_types.yml.
struct DeviceType {
  std::string name;
  /// Bytes, and the rate of the network card.
  int64_t memory = 0, bitsPerSecond = 0;
  std::vector<Profile> profiles;
};

/// An entry of devices.yml: the hosts of one type.
struct Hosts {
  std::string type;
  llvm::SMRange range;
  std::vector<std::string> names;
};

/// One devices.yml.
struct HostFile {
  std::string name;
  std::vector<Hosts> hosts;
};

/// All files of a command line.
struct Files {
  std::vector<Model> models;
  std::vector<DeviceType> types;
  std::vector<HostFile> hostFiles;
};

/// Bytes of an element of a type such as torch.float32; 0 if it is not known.
int64_t sizeOf(llvm::StringRef dataType);

/// Reads a file into `files`, whatever it holds; reports errors.
void readFile(llvm::MemoryBufferRef buffer, Diagnostics &diagnostics,
              Files &files);

} // namespace onnx_split::instances::pipeedge

#endif // ONNX_SPLIT_LIB_INSTANCES_PIPEEDGEFILES_H
