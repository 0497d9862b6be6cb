//===- PlanFile.cpp - What plan.json says ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/PlanFile.h"

#include "PlanJson.h"

#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace onnx_split;

//===----------------------------------------------------------------------===//
// The keys
//===----------------------------------------------------------------------===//

// Each function names the keys of one object in the order in which they are
// written, once for the writer and the reader, and says who needs them:
//   field      is always written, and must be there for those who use it
//   lenient    is always written, but not in files of version 1, or nobody
//              relies on it: it may be missing
//   unlessNone is written where it is not its default
//   group      is an object whose values are members of this struct
//   mpiNumber  is a field from 0 to what every MPI takes

template <typename V> static void visit(V &v, PlanFile::Node &node) {
  v.field("index", node.index, PlanUse::Apply);
  v.field("name", node.name, PlanUse::Run);
  v.unlessNone("copied", node.copied, PlanUse::Apply);
  v.unlessNone("path", node.path, PlanUse::Apply);
}

/// Of the object of a device.
template <typename V>
static void visitProvider(V &v, PlanFile::Provider &provider) {
  v.unlessNone("provider", provider.name, PlanUse::Run);
  v.unlessNone("provider_options", provider.options, PlanUse::Run);
  if (v.uses(PlanUse::Run) && provider.name.empty() &&
      !provider.options.empty())
    v.refuse("provider_options",
             "belong to a provider, of which there is none");
}

template <typename V> static void visit(V &v, PlanFile::Replica &replica) {
  v.field("device", replica.device, PlanUse::Apply);
  v.mpiNumber("rank", replica.rank, PlanUse::Run);
  visitProvider(v, replica.provider);
}

template <typename V> static void visit(V &v, PlanFile::State &state) {
  v.field("input", state.input, PlanUse::Run);
  v.field("output", state.output, PlanUse::Run);
  v.field("bytes", state.bytes, PlanUse::Run);
  v.unlessNone("in_place", state.isInPlace, PlanUse::Run);
}

template <typename V> static void visit(V &v, PlanFile::Stage &stage) {
  v.lenient("index", stage.index, PlanUse::Study);
  v.field("file", stage.file, PlanUse::Run);
  v.field("device", stage.device, PlanUse::Apply);
  v.mpiNumber("rank", stage.rank, PlanUse::Run);
  visitProvider(v, stage.provider);
  v.unlessNone("replicas", stage.replicas, PlanUse::Apply);
  v.field("nodes", stage.nodes, PlanUse::Apply);
  v.field("inputs", stage.inputs, PlanUse::Run);
  v.field("outputs", stage.outputs, PlanUse::Run);
  v.lenient("macs", stage.macs, PlanUse::Study);
  v.lenient("flops", stage.flops, PlanUse::Study);
  v.lenient("bytes", stage.bytes, PlanUse::Study);
  v.field("weight_bytes", stage.weightBytes, PlanUse::Run);
  v.field("peak_activation_bytes", stage.peakActivationBytes, PlanUse::Run);
  v.field("buffer_bytes", stage.bufferBytes, PlanUse::Run);
  v.field("compute_ns", stage.computeNs, PlanUse::Run);
  v.unlessNone("overhead_ns", stage.overheadNs, PlanUse::Study);
  v.unlessNone("runtime_bytes", stage.runtimeBytes, PlanUse::Study);
  v.unlessNone("cached_bytes", stage.cachedBytes, PlanUse::Study);
  v.unlessNone("streamed_bytes", stage.streamedBytes, PlanUse::Study);
  v.unlessNone("stream_ns", stage.streamNs, PlanUse::Study);
  v.unlessNone("first_item_ns", stage.firstItemNs, PlanUse::Study);
  v.unlessNone("states", stage.states, PlanUse::Run);
  v.unlessNone("state_bytes", stage.stateBytes, PlanUse::Run);
  v.unlessNone("memory_is_lower_bound", stage.memoryIsLowerBound,
               PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Wire &wire) {
  v.field("wire", wire.name, PlanUse::Run);
  v.field("tensor", wire.tensor, PlanUse::Run);
  v.field("from", wire.from, PlanUse::Run);
  v.field("to", wire.to, PlanUse::Run);
  v.field("dtype", wire.dtype, PlanUse::Run);
  v.unlessNone("container", wire.container, PlanUse::Run);
  v.field("shape", wire.shape, PlanUse::Run);
  v.unlessNone("open_rank", wire.openRank, PlanUse::Run);
  v.field("bytes", wire.bytes, PlanUse::Run);
  v.mpiNumber("tag", wire.tag, PlanUse::Run);
  v.lenient("seq", wire.seq, PlanUse::Run);
  v.field("time_ns", wire.timeNs, PlanUse::Run);
  if (v.uses(PlanUse::Run) &&
      (wire.from < 0 || wire.to <= wire.from || wire.to > INT16_MAX))
    v.refuse("to", "must be a later stage than from");
}

template <typename V> static void visit(V &v, PlanFile::Message &message) {
  v.field("from", message.from, PlanUse::Run);
  v.field("to", message.to, PlanUse::Run);
  v.field("wires", message.wires, PlanUse::Study);
  v.field("tensors", message.tensors, PlanUse::Study);
  v.field("bytes", message.bytes, PlanUse::Study);
  v.field("time_ns", message.timeNs, PlanUse::Study);
  v.field("latency_ns", message.latencyNs, PlanUse::Run);
  v.unlessNone("medium", message.medium, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::LinkLoad &link) {
  v.field("from", link.from, PlanUse::Study);
  v.field("to", link.to, PlanUse::Study);
  v.field("load_ns", link.loadNs, PlanUse::Study);
  v.unlessNone("medium", link.medium, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Load &load) {
  v.field("name", load.name, PlanUse::Study);
  v.field("load_ns", load.loadNs, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Single &single) {
  v.field("device", single.device, PlanUse::Study);
  v.unlessNone("bottleneck_ns", single.bottleneckNs, PlanUse::Study);
  v.unlessNone("latency_ns", single.latencyNs, PlanUse::Study);
  v.unlessNone("reason", single.reason, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Choice &choice) {
  v.field("interval_ns", choice.intervalNs, PlanUse::Study);
  v.field("latency_ns", choice.latencyNs, PlanUse::Study);
  v.field("devices", choice.devices, PlanUse::Study);
  v.field("proven", choice.proven, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Copied &copied) {
  v.field("tensor", copied.tensor, PlanUse::Study);
  v.field("bytes", copied.bytes, PlanUse::Study);
  v.field("stages", copied.stages, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Unknown &unknown) {
  v.field("node", unknown.node, PlanUse::Study);
  v.field("op", unknown.op, PlanUse::Study);
  v.unlessNone("reason", unknown.reason, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Point &point) {
  v.field("point", point.name, PlanUse::Study);
  v.field("bottleneck_ns", point.bottleneckNs, PlanUse::Study);
  v.field("latency_ns", point.latencyNs, PlanUse::Study);
  v.lenient("interval_ns", point.intervalNs, PlanUse::Study);
  v.unlessNone("estimated", point.isEstimated, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::MessageLimit &limit) {
  v.field("from", limit.from, PlanUse::Study);
  v.field("to", limit.to, PlanUse::Study);
  v.field("round_trip_ns", limit.roundTripNs, PlanUse::Study);
  v.field("interval_ns", limit.intervalNs, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Emitted &emitted) {
  v.field("file", emitted.file, PlanUse::Study);
  v.field("digest", emitted.digest, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile::Options &options) {
  v.lenient("dim", options.dim, PlanUse::Apply);
  v.lenient("shape", options.shape, PlanUse::Apply);
  v.lenient("assume", options.assume, PlanUse::Apply);
  v.lenient("also", options.also, PlanUse::Apply);
  v.lenient("set", options.set, PlanUse::Apply);
  v.lenient("observed", options.observed, PlanUse::Study);
  v.lenient("state", options.state, PlanUse::Apply);
  v.unlessNone("sequences", options.sequences, PlanUse::Apply);
}

template <typename V> static void visit(V &v, PlanFile::Demands &demands) {
  v.unlessNone("pins", demands.pins, PlanUse::Study);
  v.unlessNone("cuts", demands.cuts, PlanUse::Study);
  v.unlessNone("no_cuts", demands.noCuts, PlanUse::Study);
  v.unlessNone("min_stages", demands.minStages, PlanUse::Study);
  v.unlessNone("max_stages", demands.maxStages, PlanUse::Study);
}

/// What was decided in all, and how good that is.
template <typename V> static void visitFigures(V &v, PlanFile &plan) {
  v.lenient("objective", plan.objective, PlanUse::Study);
  v.lenient("strategy", plan.strategy, PlanUse::Study);
  v.lenient("method", plan.method, PlanUse::Study);
  v.lenient("stopped_by_clock", plan.stoppedByClock, PlanUse::Study);
  v.lenient("class", plan.planClass, PlanUse::Study);
  v.lenient("seed", plan.seed, PlanUse::Study);
  v.field("bottleneck_ns", plan.bottleneckNs, PlanUse::Run);
  v.lenient("lower_bound_ns", plan.lowerBoundNs, PlanUse::Study);
  v.lenient("lower_bound_name", plan.lowerBoundName, PlanUse::Study);
  v.lenient("lower_bound_class", plan.lowerBoundClass, PlanUse::Study);
  v.unlessNone("lower_bound_devices", plan.lowerBoundDevices, PlanUse::Study);
  v.unlessNone("target_ns", plan.targetNs, PlanUse::Study);
  v.unlessNone("max_latency_ns", plan.maxLatencyNs, PlanUse::Study);
  v.field("latency_ns", plan.latencyNs, PlanUse::Run);
  v.unlessNone("round_trip_ns", plan.roundTripNs, PlanUse::Run);
  v.unlessNone("first_item_ns", plan.firstItemNs, PlanUse::Study);
  v.lenient("rate_per_s", plan.ratePerSecond, PlanUse::Study);
}

template <typename V> static void visit(V &v, PlanFile &plan) {
  v.version();
  v.group("source", PlanUse::Apply, [&](V &source) {
    source.lenient("file", plan.sourceFile, PlanUse::Study);
    source.field("digest", plan.sourceDigest, PlanUse::Apply);
  });
  v.group("cluster", PlanUse::Study, [&](V &cluster) {
    cluster.lenient("file", plan.clusterFile, PlanUse::Study);
    cluster.lenient("digest", plan.clusterDigest, PlanUse::Study);
  });
  v.unlessNone("si_bytes", plan.siBytes, PlanUse::Run);
  v.field("inputs", plan.interface.inputs, PlanUse::Run);
  v.field("outputs", plan.interface.outputs, PlanUse::Run);
  visitFigures(v, plan);
  v.field("stages", plan.stages, PlanUse::Apply);
  v.field("wires", plan.wires, PlanUse::Run);
  v.lenient("messages", plan.messages, PlanUse::Run);
  v.lenient("links", plan.links, PlanUse::Study);
  v.lenient("media", plan.media, PlanUse::Study);
  v.lenient("devices", plan.devices, PlanUse::Study);
  v.lenient("idle", plan.idle, PlanUse::Study);
  v.lenient("single_devices", plan.singleDevices, PlanUse::Study);
  v.lenient("copied", plan.copied, PlanUse::Study);
  v.lenient("unknown", plan.unknown, PlanUse::Study);
  v.lenient("options", plan.options, PlanUse::Apply);
  v.unlessNone("demands", plan.demands, PlanUse::Study);
  v.lenient("assumed", plan.assumed, PlanUse::Study);
  v.unlessNone("assumed_speeds", plan.assumedSpeeds, PlanUse::Study);
  v.lenient("at_most", plan.atMost, PlanUse::Study);
  v.lenient("observed", plan.observed, PlanUse::Study);
  v.lenient("open", plan.open, PlanUse::Study);
  v.unlessNone("refused", plan.refused, PlanUse::Study);
  v.lenient("input_shapes", plan.inputShapes, PlanUse::Run);
  v.lenient("points", plan.points, PlanUse::Study);
  v.unlessNone("message_limits", plan.messageLimits, PlanUse::Study);
  v.unlessNone("pareto", plan.pareto, PlanUse::Study);
  v.unlessNone("pareto_complete", plan.paretoComplete, PlanUse::Study);
  v.unlessNone("pareto_class", plan.paretoClass, PlanUse::Study);
  v.unlessNone("explanation", plan.explanation, PlanUse::Study);
  v.unlessNone("emitted", plan.emitted, PlanUse::Study);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {
/// Writes what it visits, and changes nothing in it.
class Writer {
public:
  explicit Writer(json::OStream &stream) : json(stream) {}

  template <typename T> void field(StringRef key, T &value, PlanUse) {
    json.attributeBegin(key);
    write(value);
    json.attributeEnd();
  }
  template <typename T> void lenient(StringRef key, T &value, PlanUse use) {
    field(key, value, use);
  }
  void mpiNumber(StringRef key, int64_t &value, PlanUse use) {
    field(key, value, use);
  }
  template <typename T> void unlessNone(StringRef key, T &value, PlanUse use) {
    if (isSome(value))
      field(key, value, use);
  }
  template <typename F> void group(StringRef key, PlanUse, F visitMembers) {
    json.attributeObject(key, [&] { visitMembers(*this); });
  }
  void version() { json.attribute("version", 2); }
  /// The writer is given what is right.
  bool uses(PlanUse) const { return false; }
  void refuse(StringRef, StringLiteral) {}

private:
  template <typename T> static bool isSome(const T &value) {
    return value != T();
  }
  template <typename T> static bool isSome(const std::vector<T> &value) {
    return !value.empty();
  }
  static bool isSome(const std::map<std::string, std::string> &value) {
    return !value.empty();
  }
  static bool isSome(const PlanFile::Demands &value) { return value.isSome(); }

  void write(bool value) { json.value(value); }
  void write(int64_t value) { json.value(value); }
  void write(uint64_t value) { json.value(value); }
  void write(double value) { json.value(value); }
  /// JSON is UTF-8; names of tensors need not be.
  void write(std::string &value) {
    json.value(json::isUTF8(value) ? value : json::fixUTF8(value));
  }
  void write(std::optional<int64_t> &value) { json.value(*value); }
  /// The number of a stage, or the name of a device.
  void write(PlanFile::End &end) {
    end.stage < 0 ? write(end.device) : write(end.stage);
  }
  void write(std::map<std::string, std::string> &texts) {
    json.object([&] {
      for (auto &[key, text] : texts) {
        json.attributeBegin(json::isUTF8(key) ? key : json::fixUTF8(key));
        write(text);
        json.attributeEnd();
      }
    });
  }
  template <typename T> void write(std::vector<T> &values) {
    json.array([&] {
      for (T &value : values)
        write(value);
    });
  }
  template <typename T> void write(T &object) {
    json.object([&] { visit(*this, object); });
  }

  json::OStream &json;
};
} // namespace

void onnx_split::writePlan(const PlanFile &plan, raw_ostream &os) {
  json::OStream json(os, /*IndentSize=*/2);
  Writer writer(json);
  // Visitors take what they could fill.
  json.object([&] { visit(writer, const_cast<PlanFile &>(plan)); });
  os << "\n";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// Fills what it visits from one object, up to the first error, which it
/// reports at its place.
class Reader {
public:
  Reader(const json::Value &value, json::Path place, PlanUse purpose)
      : object(value.getAsObject()), path(place), use(purpose) {
    if (!object)
      path.report("expected object");
    good = object != nullptr;
  }
  bool isGood() const { return good; }

  template <typename T> void field(StringRef key, T &value, PlanUse needed) {
    take(key, value, needed, /*mayBeMissing=*/false);
  }
  template <typename T> void lenient(StringRef key, T &value, PlanUse needed) {
    take(key, value, needed, /*mayBeMissing=*/true);
  }
  template <typename T>
  void unlessNone(StringRef key, T &value, PlanUse needed) {
    take(key, value, needed, /*mayBeMissing=*/true);
  }
  void mpiNumber(StringRef key, int64_t &value, PlanUse needed) {
    field(key, value, needed);
    // MPI promises that tags up to 32767 exist.
    if (good && uses(needed) && (value < 0 || value > INT16_MAX))
      refuse(key, "must be from 0 to 32767");
  }
  template <typename F>
  void group(StringRef key, PlanUse needed, F visitMembers) {
    const json::Value *value =
        find(key, needed, /*mayBeMissing=*/needed == PlanUse::Study);
    if (!value)
      return;
    Reader members(*value, path.field(key), use);
    if (members.isGood())
      visitMembers(members);
    good = members.isGood();
  }
  void version() {
    int64_t number = 0;
    field("version", number, PlanUse::Apply);
    if (good && number != 1 && number != 2)
      refuse("version", "must be 1 or 2");
  }
  bool uses(PlanUse needed) const { return needed <= use; }
  /// Only the first error counts.
  void refuse(StringRef key, StringLiteral reason) {
    if (good)
      path.field(key).report(reason);
    good = false;
  }

private:
  const json::Value *find(StringRef key, PlanUse needed, bool mayBeMissing) {
    if (!good || !uses(needed))
      return nullptr;
    const json::Value *value = object->get(key);
    if (!value && !mayBeMissing)
      refuse(key, "missing value");
    return value;
  }
  template <typename T>
  void take(StringRef key, T &value, PlanUse needed, bool mayBeMissing) {
    if (const json::Value *found = find(key, needed, mayBeMissing))
      good = read(*found, value, path.field(key));
  }

  template <typename T>
  bool readLeaf(const json::Value &value, T &result, json::Path place) {
    return json::fromJSON(value, result, place);
  }
  bool read(const json::Value &value, bool &result, json::Path place) {
    return readLeaf(value, result, place);
  }
  bool read(const json::Value &value, int64_t &result, json::Path place) {
    return readLeaf(value, result, place);
  }
  bool read(const json::Value &value, uint64_t &result, json::Path place) {
    return readLeaf(value, result, place);
  }
  bool read(const json::Value &value, double &result, json::Path place) {
    return readLeaf(value, result, place);
  }
  bool read(const json::Value &value, std::string &result, json::Path place) {
    return readLeaf(value, result, place);
  }
  bool read(const json::Value &value, std::optional<int64_t> &result,
            json::Path place) {
    return readLeaf(value, result.emplace(), place);
  }
  bool read(const json::Value &value, PlanFile::End &result, json::Path place) {
    return value.getAsString() ? readLeaf(value, result.device, place)
                               : readLeaf(value, result.stage, place);
  }
  bool read(const json::Value &value,
            std::map<std::string, std::string> &result, json::Path place) {
    return readLeaf(value, result, place);
  }
  template <typename T>
  bool read(const json::Value &value, std::vector<T> &result,
            json::Path place) {
    const json::Array *array = value.getAsArray();
    if (!array) {
      place.report("expected array");
      return false;
    }
    // One by one, so that what is no list of objects takes no memory of them.
    result.clear();
    for (size_t i = 0; i < array->size(); ++i)
      if (!read((*array)[i], result.emplace_back(), place.index(i)))
        return false;
    return true;
  }
  template <typename T>
  bool read(const json::Value &value, T &result, json::Path place) {
    Reader members(value, place, use);
    if (members.isGood())
      visit(members, result);
    return members.isGood();
  }

  const json::Object *object;
  json::Path path;
  PlanUse use;
  bool good;
};
} // namespace

/// Whether it is a placement of a problem's tasks (docs/placement.schema.json)
/// that does not say which nodes these are.
static bool isPlacementByTasks(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  const json::Array *stages = object ? object->getArray("stages") : nullptr;
  if (!stages || stages->empty() || object->get("source"))
    return false;
  const json::Object *stage = stages->front().getAsObject();
  return stage && stage->get("tasks") && !stage->get("nodes");
}

Expected<PlanFile> onnx_split::parsePlanFile(StringRef text, StringRef name,
                                             PlanUse use) {
  Expected<json::Value> value = parsePlanJson(text, name);
  if (!value)
    return value.takeError();
  if (isPlacementByTasks(*value))
    return createStringError(
        name + ": this is a placement of a problem's tasks, which does not say "
               "which nodes they are; onnx-split-bench problem.json "
               "--placement FILE --write-placements=DIR writes one that does");
  PlanFile plan;
  json::Path::Root root("plan");
  Reader reader(*value, root, use);
  if (reader.isGood())
    visit(reader, plan);
  if (!reader.isGood())
    return createStringError(name + ": " + toString(root.getError()));
  return plan;
}
