//===- StageWires.cpp - The wires of one stage ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StageWires.h"

#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Runtime/TensorFiles.h"

#include "llvm/ADT/STLExtras.h"

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

/// Both ends decide by the plan alone whether the size of a message is known
/// before; they see different models.
static bool isFixedInPlan(const ExecutionPlan::Wire &wire,
                          ONNXTensorElementDataType type) {
  return wire.container.empty() && getElementBytes(type) > 0 &&
         wire.shape.size() <= MessageHeader::MaxRank &&
         llvm::all_of(wire.shape, [](int64_t extent) { return extent >= 0; });
}

Error StageWires::prepareInput(Session &session, int index) {
  const ExecutionPlan::Wire &wire = plan.wires[index];
  const Port *port = session.findInput(wire.name);
  if (!port)
    return createStringError("the part has no input for " +
                             describeWire(plan, index) +
                             "; it is not the one that the plan was made with");
  InWire &input = inputs.emplace_back();
  input.wire = index;
  input.kind = port->kind;
  input.fixed = port->isTensor() && isFixedInPlan(wire, port->elementType);
  if (!input.fixed)
    return Error::success();
  Expected<size_t> count = countElements(wire.shape);
  if (!count)
    return count.takeError();
  input.payloadBytes = *count * getElementBytes(port->elementType);
  for (MessageBuffer &buffer : input.buffers) {
    if (!buffer.reserve(input.payloadBytes))
      return createStringError("no memory for the buffers of " +
                               describeWire(plan, index));
    Expected<Ort::Value> view =
        viewTensor(buffer, port->elementType, wire.shape);
    if (!view)
      return view.takeError();
    input.views.push_back(std::move(*view));
  }
  return Error::success();
}

/// A tensor for several stages has one set of buffers and a wire for each.
Error StageWires::prepareOutput(Session &session, int index) {
  const ExecutionPlan::Wire &wire = plan.wires[index];
  const Port *port = llvm::find_if(
      session.getOutputs(), [&](const Port &p) { return p.name == wire.name; });
  if (port == session.getOutputs().end())
    return createStringError("the part has no output for " +
                             describeWire(plan, index) +
                             "; it is not the one that the plan was made with");
  auto known = llvm::find_if(
      outputs, [&](const OutTensor &out) { return out.name == wire.name; });
  OutWire &out = outWires.emplace_back();
  out.wire = index;
  out.tensor = known - outputs.begin();
  if (known != outputs.end()) {
    known->wires.push_back(index);
    return Error::success();
  }
  OutTensor &tensor = outputs.emplace_back();
  tensor.name = wire.name;
  tensor.wires.push_back(index);
  tensor.elementType = port->elementType;
  tensor.fixed = port->isTensor() && isFixedInPlan(wire, port->elementType);
  if (!tensor.fixed)
    return Error::success();
  tensor.dims = wire.shape;
  Expected<size_t> count = countElements(wire.shape);
  if (!count)
    return count.takeError();
  tensor.payloadBytes = *count * getElementBytes(port->elementType);
  for (MessageBuffer &buffer : tensor.buffers) {
    if (!buffer.reserve(tensor.payloadBytes))
      return createStringError("no memory for the buffers of " +
                               describeWire(plan, index));
    MessageHeader &header = buffer.header();
    header.payloadBytes = tensor.payloadBytes;
    header.elementType = tensor.elementType;
    header.rank = int32_t(tensor.dims.size());
    llvm::copy(tensor.dims, header.dims);
    Expected<Ort::Value> view =
        viewTensor(buffer, tensor.elementType, tensor.dims);
    if (!view)
      return view.takeError();
    tensor.views.push_back(std::move(*view));
  }
  return Error::success();
}

Error StageWires::prepare(Session &session) {
  for (int wire = 0, end = int(plan.wires.size()); wire < end; ++wire) {
    if (plan.wires[wire].to == role.stage)
      if (Error error = prepareInput(session, wire))
        return error;
    if (plan.wires[wire].from == role.stage)
      if (Error error = prepareOutput(session, wire))
        return error;
  }
  return Error::success();
}

void StageWires::post(int64_t end) {
  end = std::min(end, localItems);
  for (InWire &input : inputs)
    for (; input.posted < end; ++input.posted) {
      if (input.posted == input.arrived)
        input.since = hostNow();
      // One of open size is looked for until it is there.
      if (!input.fixed)
        continue;
      const ExecutionPlan::Wire &wire = plan.wires[input.wire];
      int64_t slot = input.posted % Slots;
      input.transfers[slot].receive(input.buffers[slot], input.payloadBytes,
                                    rankOf(wire.from, globalItem(input.posted)),
                                    int(wire.tag), comm);
    }
}

void StageWires::send(int64_t local, int64_t clockOffset) {
  int64_t item = globalItem(local), slot = local % Slots, now = hostNow();
  for (OutTensor &tensor : outputs) {
    MessageHeader &header = tensor.buffers[slot].header();
    header.item = item;
    header.sentNs = now + clockOffset;
  }
  for (OutWire &out : outWires) {
    const ExecutionPlan::Wire &wire = plan.wires[out.wire];
    MessageBuffer &buffer = outputs[out.tensor].buffers[slot];
    out.since[slot] = now;
    out.started = local + 1;
    out.transfers[slot].send(buffer, buffer.header().payloadBytes,
                             rankOf(wire.to, item), int(wire.tag), comm);
  }
}

Error StageWires::wrongMessage(const InWire &input,
                               const llvm::Twine &what) const {
  return createStringError(what + " over " + describeWire(plan, input.wire));
}

/// Checks what came against what was due, and counts it.
Error StageWires::finishReceive(InWire &input, int64_t clockOffset) {
  MessageHeader &header = input.buffers[input.arrived % Slots].header();
  int64_t item = globalItem(input.arrived), now = hostNow();
  if (header.magic != MessageHeader::Magic)
    return wrongMessage(input, "something that is no message of onnx-split-run "
                               "came");
  if (header.item != item)
    return wrongMessage(input, "item " + llvm::Twine(header.item) +
                                   " came where item " + llvm::Twine(item) +
                                   " was due");
  if (input.fixed && header.payloadBytes != input.payloadBytes)
    return wrongMessage(input,
                        "a tensor of " + llvm::Twine(header.payloadBytes) +
                            " bytes came where " +
                            llvm::Twine(input.payloadBytes) + " were due");
  input.transferNs.add(std::max<int64_t>(0, now + clockOffset - header.sentNs));
  if (onReceive)
    onReceive(input.wire, item, header.sentNs, now + clockOffset);
  input.since = now;
  input.matched = false;
  ++input.arrived;
  return Error::success();
}

/// Items arrive in their order, also where the younger slot is done first.
Expected<bool> StageWires::progressInput(InWire &input, int64_t clockOffset) {
  bool any = false;
  while (input.arrived < input.posted) {
    const ExecutionPlan::Wire &wire = plan.wires[input.wire];
    int64_t slot = input.arrived % Slots;
    Transfer &transfer = input.transfers[slot];
    if (!input.fixed && !input.matched) {
      Expected<bool> found = transfer.receiveOpen(
          input.buffers[slot], rankOf(wire.from, globalItem(input.arrived)),
          int(wire.tag), comm);
      if (!found)
        return wrongMessage(input, llvm::toString(found.takeError()));
      if (!*found)
        return any;
      input.matched = any = true;
    }
    Expected<bool> done = transfer.isDone();
    if (!done)
      return wrongMessage(input, llvm::toString(done.takeError()));
    if (!*done)
      return any;
    if (Error error = finishReceive(input, clockOffset))
      return error;
    any = true;
  }
  return any;
}

/// Counts the items that have left, in their order.
Expected<bool> StageWires::progressOutput(OutWire &out) {
  bool any = false;
  for (; out.sent < out.started; ++out.sent, any = true) {
    Expected<bool> done = out.transfers[out.sent % Slots].isDone();
    if (!done)
      return createStringError(llvm::toString(done.takeError()) + " over " +
                               describeWire(plan, out.wire));
    if (!*done)
      break;
  }
  return any;
}

Expected<bool> StageWires::progress(int64_t clockOffset) {
  bool any = false;
  for (InWire &input : inputs) {
    Expected<bool> progressed = progressInput(input, clockOffset);
    if (!progressed)
      return progressed;
    any |= *progressed;
  }
  for (OutWire &out : outWires) {
    Expected<bool> progressed = progressOutput(out);
    if (!progressed)
      return progressed;
    any |= *progressed;
  }
  return any;
}

int64_t StageWires::countArrived() const {
  int64_t least = localItems;
  for (const InWire &input : inputs)
    least = std::min(least, input.arrived);
  return least;
}

int64_t StageWires::countSent() const {
  int64_t least = localItems;
  for (const OutWire &out : outWires)
    least = std::min(least, out.sent);
  return least;
}

int StageWires::findAwaited() const {
  const InWire *oldest = nullptr;
  for (const InWire &input : inputs)
    if (input.arrived < input.posted &&
        (!oldest || input.since < oldest->since))
      oldest = &input;
  return oldest ? oldest->wire : -1;
}

int StageWires::findStalled(int64_t ns, int64_t &since) const {
  constexpr int64_t grace = 2'000'000'000;
  int64_t now = hostNow();
  for (const InWire &input : inputs)
    if (input.arrived < input.posted && now - input.since > ns) {
      since = input.since;
      return input.wire;
    }
  for (const OutWire &out : outWires)
    if (int64_t start = out.since[out.sent % Slots];
        out.sent < out.started && now - start > ns + grace) {
      since = start;
      return out.wire;
    }
  return -1;
}

bool StageWires::isSending() const {
  return llvm::any_of(
      outWires, [](const OutWire &out) { return out.sent < out.started; });
}
