//===- ReportData.cpp - report.json ---------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Nodes and tensors are read from the parts, so that a picture shows what they
/// hold; what only planning knew from `split.picture` and `split.task`.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Report/ReportData.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Conversion/ModelToProblem/Topology.h"
#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Report/Report.h"
#include "onnx-split/Support/ElementTypes.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
namespace json = llvm::json;

namespace {
/// Writes the object, member by member.
class Writer {
public:
  Writer(ModuleOp source, const Plan &gathered, std::string planDigest,
         llvm::raw_ostream &os)
      : module(source), plan(gathered), digest(std::move(planDigest)),
        json(os) {}
  void run();

private:
  void writeModel();
  void writeDevice(const ClusterDevice &device, bool isMeasured);
  void writeCluster(const MeasuredCluster &cluster);
  void writeLinks(const MeasuredCluster &cluster);
  void writePart(ModelOp part, int64_t stage);
  void writeNode(NodeOp node, int64_t stage, const ConstantAnalysis &constants);
  void writeCost(NodeOp node, int64_t stage);
  void writeTensors();
  void writeTensor(Value value, bool isConstant, IntegerAttr planned);
  void writePicture();
  void writeAdvice(DictionaryAttr entry);

  int64_t tensorOf(Value value, int64_t stage, bool isConstant);

  /// Text of models need not be UTF-8.
  void text(StringRef key, StringRef value) {
    json.attribute(key,
                   json::isUTF8(value) ? value.str() : json::fixUTF8(value));
  }
  /// Not written where it is 0.
  void count(StringRef key, int64_t value) {
    if (value != 0)
      json.attribute(key, value);
  }
  void flag(StringRef key, bool value) {
    if (value)
      json.attribute(key, true);
  }
  void list(StringRef key, ArrayRef<int64_t> numbers) {
    json.attributeArray(key, [&] {
      for (int64_t value : numbers)
        json.value(value);
    });
  }

  ModuleOp module;
  const Plan &plan;
  std::string digest;
  json::OStream json;
  /// A tensor has one name in all parts, whatever its wires are called.
  llvm::StringMap<int64_t> tensors;
  /// A value of each, and whether that is a constant.
  std::vector<std::pair<Value, bool>> values;
  /// "STAGE WIRE" to the tensor that it carries.
  llvm::StringMap<std::string> wires;
};
} // namespace

//===----------------------------------------------------------------------===//
// Nodes and tensors
//===----------------------------------------------------------------------===//

static std::string wireKey(int64_t stage, StringRef wire) {
  return (Twine(stage) + " " + wire).str();
}

/// Index of the tensor that a value of a part is; -1 for an omitted input.
int64_t Writer::tensorOf(Value value, int64_t stage, bool isConstant) {
  StringRef name = getValueName(value);
  if (name.empty() || isa<OnnxOmittedType>(value.getType()))
    return -1;
  if (isa<BlockArgument>(value))
    if (auto wire = wires.find(wireKey(stage, name)); wire != wires.end())
      name = wire->second;
  auto [entry, isNew] = tensors.try_emplace(name, values.size());
  if (isNew)
    values.emplace_back(value, isConstant);
  return entry->second;
}

void Writer::writeCost(NodeOp node, int64_t stage) {
  auto cost = node->getAttrOfType<split::CostAttr>(split::CostAttrName);
  if (cost) {
    count("macs", cost.getMacs());
    count("flops", cost.getFlops());
    count("bytes", cost.getBytesRead() + cost.getBytesWritten());
    if (cost.getCompute())
      text("compute_type", cost.getCompute().getValue());
  }
  auto shares = node->getAttrOfType<DenseI64ArrayAttr>(split::TaskAttrName);
  for (int64_t i = 0; i < shares.size(); i += 3)
    if (shares[i] == stage) {
      json.attribute("time_ns", shares[i + 1]);
      count("weight_bytes", shares[i + 2]);
    }
  if (auto why = node->getAttrOfType<StringAttr>(split::UnknownAttrName))
    text("unknown", why.getValue());
}

void Writer::writeNode(NodeOp node, int64_t stage,
                       const ConstantAnalysis &constants) {
  json.attribute(
      "index", node->getAttrOfType<IntegerAttr>(split::IndexAttrName).getInt());
  if (auto path = node->getAttrOfType<ArrayAttr>(PathAttrName))
    json.attributeArray("path", [&] {
      for (auto step : path.getAsRange<StringAttr>())
        json.value(json::fixUTF8(step.getValue()));
    });
  if (StringRef name = node.getNodeName().value_or(""); !name.empty())
    text("name", name);
  text("op", node.getOpType());
  if (StringRef domain = node.getCanonicalDomain(); !domain.empty())
    text("domain", domain);
  json.attribute("stage", stage);
  flag("is_copied", node->hasAttr(split::CopiedAttrName));
  // Neither is a task, so that neither has a time.
  bool isConstant = node->hasAttr(split::ConstantAttrName) ||
                    !node->hasAttr(split::TaskAttrName);
  flag("is_constant", isConstant);
  if (!isConstant)
    writeCost(node, stage);
  SmallVector<int64_t> inputs, outputs;
  llvm::SetVector<Value> read(node.getInputs().begin(), node.getInputs().end());
  SmallVector<Value> all(node.getInputs());
  // What bodies read from outside stands behind the operands.
  for (Value value : getReadValues(node))
    if (read.insert(value))
      all.push_back(value);
  for (Value value : all)
    inputs.push_back(tensorOf(value, stage, constants.isConstant(value)));
  for (Value value : node.getResults())
    outputs.push_back(tensorOf(value, stage, isConstant));
  list("inputs", inputs);
  list("outputs", outputs);
}

void Writer::writePart(ModelOp part, int64_t stage) {
  ConstantAnalysis constants(part.getGraph());
  for (auto node : part.getGraph().getBody().getOps<NodeOp>())
    // Boundary nodes are not of the source.
    if (node->hasAttr(split::IndexAttrName))
      json.object([&] { writeNode(node, stage, constants); });
}

/// `planned` are the bytes that planning counts with, where it has the tensor.
void Writer::writeTensor(Value value, bool isConstant, IntegerAttr planned) {
  OnnxTensorType tensor = getTensorInside(value.getType());
  std::string container = getContainer(value.getType());
  if (!container.empty())
    text("type", container);
  else if (tensor && tensor.getElementType())
    text("type", elementTypeName(tensor.getElementType()));
  if (container.empty() && tensor && tensor.hasRank())
    json.attributeArray("shape", [&] {
      for (Attribute extent : tensor.getDims())
        if (auto number = dyn_cast<IntegerAttr>(extent))
          json.value(number.getInt());
        else if (auto name = dyn_cast<StringAttr>(extent))
          json.value(json::fixUTF8(name.getValue()));
        else
          json.value("?");
    });
  if (isConstant)
    count("bytes", getConstantBytes(value));
  else if (planned)
    json.attribute("bytes", planned.getInt());
  else if (hasKnownSize(value))
    json.attribute("bytes", getItemBytes(value));
  flag("is_constant", isConstant);
}

void Writer::writeTensors() {
  auto picture = module->getAttrOfType<DictionaryAttr>(split::PictureAttrName);
  auto reasons =
      picture ? picture.getAs<DictionaryAttr>("no_cut") : DictionaryAttr();
  auto sizes =
      picture ? picture.getAs<DictionaryAttr>("sizes") : DictionaryAttr();
  std::vector<StringRef> names(values.size());
  for (const auto &entry : tensors)
    names[entry.second] = entry.first();
  json.attributeArray("tensors", [&] {
    for (auto [name, entry] : llvm::zip(names, values)) {
      json.objectBegin();
      text("name", name);
      auto bytes = sizes ? sizes.getAs<IntegerAttr>(name) : IntegerAttr();
      writeTensor(entry.first, entry.second, bytes);
      if (auto why = reasons ? reasons.getAs<StringAttr>(name) : StringAttr())
        text("no_cut", why.getValue());
      json.objectEnd();
    }
  });
}

//===----------------------------------------------------------------------===//
// The cluster
//===----------------------------------------------------------------------===//

void Writer::writeDevice(const ClusterDevice &device, bool isMeasured) {
  text("name", device.name);
  if (device.memory != Unlimited)
    json.attribute("memory_bytes", device.memory);
  count("runtime_bytes", device.runtimeMemory.value_or(0));
  if (!device.compute.empty())
    json.attributeArray("compute", [&] {
      for (const auto &[type, rate] : device.compute)
        json.object([&, &name = type, figure = rate] {
          text("type", name.empty() ? "any" : name);
          json.attribute("ops_per_s", figure);
        });
    });
  if (device.memoryBandwidth != Unlimited)
    json.attribute("memory_bandwidth_bytes_per_s", device.memoryBandwidth);
  if (device.weightCache != Unlimited)
    json.attribute("weight_cache_bytes", device.weightCache);
  if (device.weightStream != Unlimited)
    json.attribute("weight_stream_bytes_per_s", device.weightStream);
  count("op_overhead_ns", device.opOverheadNs);
  flag("is_measured", isMeasured);
}

/// In a large cluster only links that carry something; all pairs would be most
/// of the file.
void Writer::writeLinks(const MeasuredCluster &cluster) {
  constexpr size_t fewDevices = 16;
  llvm::StringSet<> used;
  for (const Plan::LinkLoad &link : plan.links)
    used.insert(link.from + "\n" + link.to);
  int32_t count = cluster.devices.size();
  for (int32_t from = 0; from < count; ++from)
    for (int32_t to = 0; to < count; ++to) {
      const Link &link = cluster.link(from, to);
      const std::string &sender = cluster.devices[from].name,
                        &receiver = cluster.devices[to].name;
      if (from == to || link.bitsPerSecond == 0 ||
          (cluster.devices.size() > fewDevices &&
           !used.contains(sender + "\n" + receiver)))
        continue;
      json.objectBegin();
      text("from", sender);
      text("to", receiver);
      if (link.bitsPerSecond != Unlimited)
        json.attribute("bits_per_s", link.bitsPerSecond);
      json.attribute("latency_ns", link.latencyNs);
      json.attribute("message_time_ns", link.messageNs);
      if (int32_t medium = cluster.medium(from, to); medium != None)
        text("medium", cluster.media[medium].name);
      json.objectEnd();
    }
}

void Writer::writeCluster(const MeasuredCluster &cluster) {
  json.attributeArray("devices", [&] {
    for (auto [index, device] : llvm::enumerate(cluster.devices)) {
      json.objectBegin();
      writeDevice(device, !cluster.times[index].nodesNs.empty());
      json.objectEnd();
    }
  });
  if (cluster.ingress != None)
    text("ingress", cluster.devices[cluster.ingress].name);
  if (cluster.egress != None)
    text("egress", cluster.devices[cluster.egress].name);
  json.attributeArray("links", [&] { writeLinks(cluster); });
  json.attributeArray("media", [&] {
    for (const Medium &medium : cluster.media)
      json.object([&] {
        text("name", medium.name);
        json.attributeArray("devices", [&] {
          for (int32_t device : medium.devices)
            json.value(json::fixUTF8(cluster.devices[device].name));
        });
        if (medium.bitsPerSecond != Unlimited)
          json.attribute("bits_per_s", medium.bitsPerSecond);
      });
  });
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

void Writer::writeModel() {
  text("name", llvm::sys::path::filename(plan.sourceFile));
  for (auto part : module.getOps<ModelOp>()) {
    count("opset", part.getOpsetVersion(""));
    break;
  }
}

void Writer::writeAdvice(DictionaryAttr entry) {
  text("change", entry.getAs<StringAttr>("change").getValue());
  json.attribute("is_asked", entry.getAs<BoolAttr>("asked").getValue());
  if (auto value = entry.getAs<IntegerAttr>("value"))
    json.attribute("value", value.getInt());
  if (auto why = entry.getAs<StringAttr>("why_none"))
    text("why_none", why.getValue());
  json.attribute("now", entry.getAs<IntegerAttr>("now").getInt());
  json.attribute("is_proven", entry.getAs<BoolAttr>("proven").getValue());
  json.attribute("is_now_proven",
                 entry.getAs<BoolAttr>("now_proven").getValue());
  if (entry.getAs<BoolAttr>("integers").getValue())
    json.attribute("counts_integers", true);
}

void Writer::writePicture() {
  auto picture = module->getAttrOfType<DictionaryAttr>(split::PictureAttrName);
  if (!picture)
    return;
  json.attributeArray("advice", [&] {
    for (auto entry :
         picture.getAs<ArrayAttr>("advice").getAsRange<DictionaryAttr>())
      json.object([&] { writeAdvice(entry); });
  });
  json.attributeArray("points", [&] {
    for (auto [point, entry] : llvm::zip(
             plan.points,
             picture.getAs<ArrayAttr>("points").getAsRange<DictionaryAttr>())) {
      json.objectBegin();
      text("name", point.name);
      list("stage_ns", entry.getAs<DenseI64ArrayAttr>("stage_ns").asArrayRef());
      list("message_ns",
           entry.getAs<DenseI64ArrayAttr>("message_ns").asArrayRef());
      json.objectEnd();
    }
  });
}

void Writer::run() {
  for (const Plan::Wire &wire : plan.wires)
    wires[wireKey(wire.to, wire.name)] = wire.tensor;
  json.objectBegin();
  json.attribute("version", 1);
  json.attribute("program", "onnx-split " ONNX_SPLIT_VERSION);
  json.attribute("plan_digest", digest);
  json.attributeObject("model", [&] { writeModel(); });
  if (auto topology =
          module->getAttrOfType<split::TopologyAttr>(split::TopologyAttrName))
    writeCluster(split::toCluster(topology));
  json.attributeArray("nodes", [&] {
    for (auto model : module.getOps<ModelOp>())
      if (auto part =
              model->getAttrOfType<split::PartAttr>(split::PartAttrName))
        writePart(model, part.getStage());
  });
  writeTensors();
  writePicture();
  json.objectEnd();
}

void onnx_split::writeReportData(ModuleOp module, const Plan &plan,
                                 llvm::raw_ostream &os) {
  std::string text;
  llvm::raw_string_ostream planText(text);
  writePlan(plan, planText);
  Writer(module, plan, getPlanDigest(text), os).run();
  os << "\n";
}
