//===- WritePlan.cpp - plan.json ------------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Plan/Plan.h"

#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Support/ElementTypes.h"

#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// JSON is UTF-8; names of tensors need not be.
static std::string text(StringRef string) {
  return llvm::json::isUTF8(string) ? string.str()
                                    : llvm::json::fixUTF8(string);
}

static void writeNames(StringRef key, const std::vector<std::string> &names,
                       llvm::json::OStream &json) {
  json.attributeArray(key, [&] {
    for (const std::string &name : names)
      json.value(text(name));
  });
}

static void writeStage(const Plan::Stage &stage, llvm::json::OStream &json) {
  split::LoadAttr load = stage.part.getLoad();
  json.object([&] {
    json.attribute("index", stage.part.getStage());
    json.attribute("file", text(stage.file));
    json.attribute("device", text(stage.part.getDevice()));
    json.attribute("rank", stage.part.getRank());
    if (!stage.replicas.empty())
      json.attributeArray("replicas", [&] {
        for (const Plan::Stage::Replica &replica : stage.replicas)
          json.object([&] {
            json.attribute("device", text(replica.device));
            json.attribute("rank", replica.rank);
          });
      });
    json.attributeArray("nodes", [&] {
      for (const Plan::Node &node : stage.nodes)
        json.object([&] {
          json.attribute("index", node.index);
          json.attribute("name", text(node.name));
          if (node.copied)
            json.attribute("copied", true);
          if (!node.path.empty())
            writeNames("path", node.path, json);
        });
    });
    writeNames("inputs", stage.inputs, json);
    writeNames("outputs", stage.outputs, json);
    json.attribute("macs", load.getMacs());
    json.attribute("flops", load.getFlops());
    json.attribute("bytes", load.getBytes());
    json.attribute("weight_bytes", load.getWeightBytes());
    json.attribute("peak_activation_bytes", load.getPeakActivationBytes());
    json.attribute("buffer_bytes", load.getBufferBytes());
    json.attribute("compute_ns", load.getComputeNs());
    if (load.getOverheadNs() > 0)
      json.attribute("overhead_ns", load.getOverheadNs());
    if (stage.hasOpenTensor)
      json.attribute("memory_is_lower_bound", true);
  });
}

static void writeWire(split::WireAttr wire, llvm::json::OStream &json) {
  json.object([&] {
    json.attribute("wire", text(wire.getName()));
    json.attribute("tensor", text(wire.getTensor()));
    json.attribute("from", wire.getFrom());
    json.attribute("to", wire.getTo());
    OnnxTensorType tensor = getTensorInside(wire.getType());
    json.attribute("dtype",
                   elementTypeName(tensor ? tensor.getElementType() : 0));
    if (std::string container = getContainer(wire.getType());
        !container.empty())
      json.attribute("container", container);
    json.attributeArray("shape", [&] {
      if (tensor && tensor.hasRank())
        for (Attribute dim : tensor.getDims()) {
          auto extent = dyn_cast<IntegerAttr>(dim);
          json.value(extent ? extent.getInt() : -1);
        }
    });
    json.attribute("bytes", wire.getBytes());
    json.attribute("tag", wire.getTag());
    json.attribute("seq", wire.getSeq());
    json.attribute("time_ns", wire.getTimeNs());
  });
}

/// What was asked for, and what the figures rest on.
static void writeCertainty(const Plan &plan, llvm::json::OStream &json) {
  json.attributeObject("options", [&] {
    writeNames("dim", plan.options.dim, json);
    writeNames("shape", plan.options.shape, json);
    writeNames("assume", plan.options.assume, json);
    writeNames("also", plan.options.also, json);
    writeNames("set", plan.options.set, json);
    json.attribute("observed", plan.options.observed);
  });
  writeNames("assumed", plan.assumed, json);
  writeNames("at_most", plan.atMost, json);
  writeNames("observed", plan.observed, json);
  writeNames("open", plan.open, json);
  writeNames("input_shapes", plan.inputShapes, json);
  json.attributeArray("points", [&] {
    for (const Plan::Point &point : plan.points)
      json.object([&] {
        json.attribute("point", text(point.name));
        json.attribute("bottleneck_ns", point.bottleneckNs);
        json.attribute("latency_ns", point.latencyNs);
      });
  });
}

void onnx_split::writePlan(const Plan &plan, llvm::raw_ostream &os) {
  split::PlacementAttr placement = plan.placement;
  llvm::json::OStream json(os, /*IndentSize=*/2);
  auto file = [&](StringRef key, StringRef name, StringRef digest) {
    json.attributeObject(key, [&] {
      json.attribute("file", text(name));
      json.attribute("digest", digest);
    });
  };
  json.object([&] {
    json.attribute("version", 2);
    file("source", plan.sourceFile, plan.sourceDigest);
    file("cluster", plan.clusterFile, plan.clusterDigest);
    writeNames("inputs", plan.interface.inputs, json);
    writeNames("outputs", plan.interface.outputs, json);
    json.attribute("objective", placement.getObjective().getValue());
    json.attribute("strategy", placement.getStrategy().getValue());
    json.attribute("class", placement.getPlanClass().getValue());
    json.attribute("seed", placement.getSeed());
    json.attribute("bottleneck_ns", placement.getBottleneckNs());
    json.attribute("lower_bound_ns", placement.getLowerBoundNs());
    json.attribute("lower_bound_name",
                   placement.getLowerBoundName().getValue());
    json.attribute("lower_bound_class",
                   placement.getLowerBoundClass().getValue());
    if (placement.getObjective().getValue() == "devices") {
      json.attribute("lower_bound_devices", placement.getLowerBoundDevices());
      json.attribute("target_ns", placement.getTargetNs());
    }
    json.attribute("latency_ns", placement.getLatencyNs());
    // A plan that takes no time has no rate.
    json.attribute("rate_per_s", placement.getBottleneckNs()
                                     ? 1e9 / placement.getBottleneckNs()
                                     : 0.0);
    json.attributeArray("stages", [&] {
      for (const Plan::Stage &stage : plan.stages)
        writeStage(stage, json);
    });
    json.attributeArray("wires", [&] {
      for (split::WireAttr wire : plan.wires)
        writeWire(wire, json);
    });
    json.attributeArray("copied", [&] {
      for (const Plan::Copied &copied : plan.copied)
        json.object([&] {
          json.attribute("tensor", text(copied.tensor));
          json.attribute("bytes", copied.bytes);
          json.attributeArray("stages", [&] {
            for (int32_t stage : copied.stages)
              json.value(stage);
          });
        });
    });
    json.attributeArray("unknown", [&] {
      for (const Plan::Stage &stage : plan.stages)
        for (const Plan::Node &node : stage.nodes)
          if (node.unknownCost)
            json.object([&] {
              json.attribute("node", text(node.name));
              json.attribute("op", text(node.op));
              if (!node.reason.empty())
                json.attribute("reason", text(node.reason));
            });
    });
    writeCertainty(plan, json);
  });
  os << "\n";
}
