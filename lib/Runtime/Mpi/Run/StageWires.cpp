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

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

/// Both ends decide by the plan alone whether the size of a message is known
/// before; they see different models.
static bool isFixedInPlan(const ExecutionPlan::Wire &wire, const Port &port) {
  return port.isTensor() && wire.container.empty() && !wire.openRank &&
         getElementBytes(port.elementType) > 0 &&
         wire.shape.size() <= PartHeader::MaxRank &&
         llvm::all_of(wire.shape, [](int64_t extent) { return extent >= 0; });
}

/// The layout of a group's message, unless a value in it has an open size.
/// `ports` are those of the part, by wire of the group.
static Expected<std::optional<MessageLayout>>
layOutGroup(const ExecutionPlan &plan, int index,
            llvm::ArrayRef<const Port *> ports) {
  std::vector<PartHeader> parts;
  for (auto [number, port] : llvm::zip(plan.groups[index].wires, ports)) {
    const ExecutionPlan::Wire &wire = plan.wires[number];
    if (!isFixedInPlan(wire, *port))
      return std::optional<MessageLayout>();
    Expected<PartHeader> part = describeTensor(port->elementType, wire.shape);
    if (!part)
      return part.takeError();
    parts.push_back(*part);
  }
  Expected<MessageLayout> layout = layOut(parts);
  if (!layout)
    return createStringError(describeGroup(plan, index) + ": " +
                             llvm::toString(layout.takeError()));
  return std::optional<MessageLayout>(std::move(*layout));
}

static Error outOfMemory(const ExecutionPlan &plan, int group) {
  return createStringError("no memory for the buffers of " +
                           describeGroup(plan, group));
}

Error StageWires::prepareInput(Session &session, int index) {
  const std::vector<int> &wires = plan.groups[index].wires;
  InMessage &input = inputs.emplace_back();
  input.group = index;
  std::vector<const Port *> ports;
  for (int wire : wires) {
    const Port *port = session.findInput(plan.wires[wire].name);
    if (!port)
      return createStringError(
          "the part has no input for " + describeWire(plan, wire) +
          "; it is not the one that the plan was made with");
    input.kinds.push_back(port->kind);
    ports.push_back(port);
  }
  auto layout = layOutGroup(plan, index, ports);
  if (!layout)
    return layout.takeError();
  input.layout = std::move(*layout);
  if (!input.layout)
    return Error::success();
  for (int slot = 0; slot < Slots; ++slot) {
    if (!input.buffers[slot].reserve(input.layout->bytes))
      return outOfMemory(plan, index);
    for (auto [wire, port, offset] :
         llvm::zip(wires, ports, input.layout->offsets)) {
      Expected<Ort::Value> view =
          viewTensor(input.buffers[slot], offset, port->elementType,
                     plan.wires[wire].shape);
      if (!view)
        return view.takeError();
      input.values[slot].push_back(std::move(*view));
    }
  }
  return Error::success();
}

/// Makes the buffers of a message of known size. Its tensors are computed into
/// them, but for those that are computed into another message's.
Error StageWires::placeOutput(OutMessage &out,
                              llvm::ArrayRef<const Port *> ports) {
  for (size_t port : out.ports)
    out.inPlace.push_back(!views[0][port]);
  for (int slot = 0; slot < Slots; ++slot) {
    MessageBuffer &buffer = out.buffers[slot];
    if (!buffer.reserve(out.layout->bytes))
      return outOfMemory(plan, out.group);
    out.layout->write(buffer);
    out.frontBytes[slot] = out.layout->frontBytes();
    for (auto [index, wire] : llvm::enumerate(plan.groups[out.group].wires)) {
      if (!out.inPlace[index])
        continue;
      Expected<Ort::Value> view =
          viewTensor(buffer, out.layout->offsets[index],
                     ports[index]->elementType, plan.wires[wire].shape);
      if (!view)
        return view.takeError();
      views[slot][out.ports[index]] = std::move(*view);
    }
  }
  return Error::success();
}

Error StageWires::prepareOutput(Session &session, int index) {
  OutMessage &out = outputs.emplace_back();
  out.group = index;
  std::vector<const Port *> ports;
  for (int number : plan.groups[index].wires) {
    const ExecutionPlan::Wire &wire = plan.wires[number];
    const Port *port = llvm::find_if(session.getOutputs(), [&](const Port &p) {
      return p.name == wire.name;
    });
    if (port == session.getOutputs().end())
      return createStringError(
          "the part has no output for " + describeWire(plan, number) +
          "; it is not the one that the plan was made with");
    out.ports.push_back(port - session.getOutputs().begin());
    out.names.push_back(wire.name);
    ports.push_back(port);
  }
  auto layout = layOutGroup(plan, index, ports);
  if (!layout)
    return layout.takeError();
  out.layout = std::move(*layout);
  return out.layout ? placeOutput(out, ports) : Error::success();
}

Error StageWires::prepare(Session &session) {
  for (std::vector<Ort::Value> &ofSlot : views)
    for (size_t port = 0; port < session.getOutputs().size(); ++port)
      ofSlot.emplace_back(nullptr);
  for (int group = 0, end = static_cast<int>(plan.groups.size()); group < end;
       ++group) {
    if (plan.groups[group].to == role.stage)
      if (Error error = prepareInput(session, group))
        return error;
    if (plan.groups[group].from == role.stage)
      if (Error error = prepareOutput(session, group))
        return error;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// For the thread that computes
//===----------------------------------------------------------------------===//

Error StageWires::unpack(int64_t local) {
  for (InMessage &input : inputs) {
    if (input.layout)
      continue;
    auto values = unpackMessage(input.buffers[local % Slots], input.kinds);
    if (!values)
      return wrongMessage(input.group, llvm::toString(values.takeError()));
    for (auto [wire, value] :
         llvm::zip(plan.groups[input.group].wires, *values)) {
      if (!value)
        return createStringError("an empty optional came over " +
                                 describeWire(plan, wire) +
                                 ", which ONNX Runtime cannot be fed with");
      input.values[local % Slots].push_back(std::move(*value));
    }
  }
  return Error::success();
}

void StageWires::release(int64_t local) {
  for (InMessage &input : inputs)
    if (!input.layout)
      input.values[local % Slots].clear();
}

const Ort::Value *StageWires::viewOf(size_t port, int64_t local) const {
  const Ort::Value &view = views[local % Slots][port];
  return view ? &view : nullptr;
}

Error StageWires::pack(llvm::ArrayRef<Ort::Value> results, int64_t local) {
  for (OutMessage &out : outputs) {
    MessageBuffer &buffer = out.buffers[local % Slots];
    if (!out.layout) {
      std::vector<const Ort::Value *> values;
      for (size_t port : out.ports)
        values.push_back(&results[port]);
      Expected<size_t> front = packMessage(values, out.names, buffer);
      if (!front)
        return createStringError(describeGroup(plan, out.group) + ": " +
                                 llvm::toString(front.takeError()));
      out.frontBytes[local % Slots] = *front;
      continue;
    }
    for (auto [index, port] : llvm::enumerate(out.ports))
      if (size_t bytes = out.inPlace[index] ? 0 : getTensorBytes(results[port]))
        memcpy(buffer.at(out.layout->offsets[index]),
               results[port].GetTensorRawData(), bytes);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// For the thread that communicates
//===----------------------------------------------------------------------===//

void StageWires::post(int64_t end) {
  end = std::min(end, localItems);
  for (InMessage &input : inputs)
    for (; input.posted < end; ++input.posted) {
      if (input.posted == input.arrived)
        input.since = hostNow();
      // One of open size is looked for until it is there.
      if (!input.layout)
        continue;
      int64_t slot = input.posted % Slots;
      input.transfers[slot].receive(
          input.buffers[slot], input.layout->bytes, input.layout->frontBytes(),
          routeTo(input.group, plan.groups[input.group].from,
                  globalItem(input.posted)));
    }
}

void StageWires::send(int64_t local, int64_t clockOffset) {
  int64_t item = globalItem(local), slot = local % Slots, now = hostNow();
  for (OutMessage &out : outputs) {
    const ExecutionPlan::Stage &to = plan.stages[plan.groups[out.group].to];
    MessageHeader &header = out.buffers[slot].header();
    header.item = item;
    header.sentNs = now + clockOffset;
    out.since[slot] = now;
    out.started = local + 1;
    out.handOver[slot] =
        links.handOver(out.group, to.deviceOf(item % to.countDevices()), now);
    out.answer[slot] = 0;
    handOverDue(out);
  }
}

/// Gives MPI the messages of which the time has come, in their order. A message
/// is not done before its receiver begins to take it: one that is slow would
/// otherwise find any number of them in its memory, as far as the system takes
/// them, and the figures of the plan know of two.
bool StageWires::handOverDue(OutMessage &out) {
  bool any = false;
  for (; out.handed < out.started; ++out.handed, any = true) {
    int64_t slot = out.handed % Slots;
    if (out.handOver[slot] > hostNow())
      break;
    MessageBuffer &buffer = out.buffers[slot];
    out.transfers[slot].send(
        buffer, buffer.header().bytes, out.frontBytes[slot],
        routeTo(out.group, plan.groups[out.group].to, globalItem(out.handed)),
        Transfer::Until::Taken);
  }
  return any;
}

Error StageWires::wrongMessage(int group, const llvm::Twine &what) const {
  return createStringError(what + " over " + describeGroup(plan, group));
}

/// Checks what came against what was due, and counts it.
Error StageWires::finishReceive(InMessage &input, int64_t clockOffset) {
  MessageBuffer &buffer = input.buffers[input.arrived % Slots];
  MessageHeader &header = buffer.header();
  int64_t item = globalItem(input.arrived), now = hostNow();
  if (header.magic != MessageHeader::Magic)
    return wrongMessage(input.group,
                        "something that is no message of onnx-split-run came");
  if (header.item != item)
    return wrongMessage(input.group, "item " + llvm::Twine(header.item) +
                                         " came where item " +
                                         llvm::Twine(item) + " was due");
  if (input.layout && !input.layout->matches(buffer))
    return wrongMessage(input.group,
                        "a message of " + llvm::Twine(header.bytes) +
                            " bytes came where other tensors, of " +
                            llvm::Twine(input.layout->bytes) +
                            " bytes with their header, were due");
  bool counts = input.arrived >= firstCounted;
  if (input.layout) {
    input.payloadBytes += counts ? int64_t(input.layout->payloadBytes) : 0;
  } else {
    // Its front was checked before the rest came.
    auto layout = readLayout(buffer, buffer.capacity(), input.kinds.size());
    if (!layout)
      return wrongMessage(input.group, llvm::toString(layout.takeError()));
    input.payloadBytes += counts ? int64_t(layout->payloadBytes) : 0;
  }
  if (counts)
    input.transferNs.add(
        std::max<int64_t>(0, now + clockOffset - header.sentNs));
  if (onReceive)
    onReceive(input.group, item, header.sentNs, now + clockOffset);
  input.since = now;
  input.matched = false;
  ++input.arrived;
  return Error::success();
}

/// Items arrive in their order, also where the younger slot is done first.
Expected<bool> StageWires::progressInput(InMessage &input,
                                         int64_t clockOffset) {
  bool any = false;
  while (input.arrived < input.posted) {
    const ExecutionPlan::WireGroup &group = plan.groups[input.group];
    int64_t slot = input.arrived % Slots;
    Transfer &transfer = input.transfers[slot];
    if (!input.layout && !input.matched) {
      Expected<bool> found = transfer.receiveOpen(
          input.buffers[slot], input.kinds.size(),
          routeTo(input.group, group.from, globalItem(input.arrived)));
      if (!found)
        return wrongMessage(input.group, llvm::toString(found.takeError()));
      if (!*found)
        return any;
      input.matched = any = true;
    }
    Expected<bool> done = transfer.isDone();
    if (!done)
      return wrongMessage(input.group, llvm::toString(done.takeError()));
    if (!*done)
      return any;
    if (Error error = finishReceive(input, clockOffset))
      return error;
    any = true;
  }
  return any;
}

/// Counts the items that have left, in their order.
Expected<bool> StageWires::progressOutput(OutMessage &out) {
  bool any = handOverDue(out);
  for (; out.sent < out.handed; ++out.sent, any = true) {
    int64_t slot = out.sent % Slots;
    Expected<bool> done = out.transfers[slot].isDone();
    if (!done)
      return wrongMessage(out.group, llvm::toString(done.takeError()));
    if (!*done)
      break;
    if (out.answer[slot] == 0)
      out.answer[slot] = hostNow() + links.answerNs(out.group);
    if (out.answer[slot] > hostNow())
      break;
  }
  return any;
}

Expected<bool> StageWires::progress(int64_t clockOffset) {
  bool any = false;
  for (InMessage &input : inputs) {
    Expected<bool> progressed = progressInput(input, clockOffset);
    if (!progressed)
      return progressed;
    any |= *progressed;
  }
  for (OutMessage &out : outputs) {
    Expected<bool> progressed = progressOutput(out);
    if (!progressed)
      return progressed;
    any |= *progressed;
  }
  return any;
}

int64_t StageWires::countArrived() const {
  int64_t least = localItems;
  for (const InMessage &input : inputs)
    least = std::min(least, input.arrived);
  return least;
}

int64_t StageWires::countSent() const {
  int64_t least = localItems;
  for (const OutMessage &out : outputs)
    least = std::min(least, out.sent);
  return least;
}

int StageWires::findAwaited() const {
  const InMessage *oldest = nullptr;
  for (const InMessage &input : inputs)
    if (input.arrived < input.posted &&
        (!oldest || input.since < oldest->since))
      oldest = &input;
  return oldest ? oldest->group : -1;
}

int StageWires::findStalled(int64_t ns, int64_t &since) const {
  constexpr int64_t grace = 2'000'000'000;
  int64_t now = hostNow();
  for (const InMessage &input : inputs)
    if (input.arrived < input.posted && now - input.since > ns) {
      since = input.since;
      return input.group;
    }
  for (const OutMessage &out : outputs)
    if (int64_t start = out.since[out.sent % Slots];
        out.sent < out.started && now - start > ns + grace) {
      since = start;
      return out.group;
    }
  return -1;
}

int64_t StageWires::countMessages() const {
  int64_t sum = 0;
  for (const OutMessage &out : outputs)
    for (const Transfer &transfer : out.transfers)
      sum += transfer.countSent();
  return sum;
}

bool StageWires::isSending() const {
  return llvm::any_of(outputs, [](const OutMessage &out) {
    return out.sent < out.handed && out.answer[out.sent % Slots] == 0;
  });
}

int64_t StageWires::nextDeadline() const {
  int64_t next = INT64_MAX;
  for (const OutMessage &out : outputs) {
    if (out.handed < out.started)
      next = std::min(next, out.handOver[out.handed % Slots]);
    if (int64_t answer = out.answer[out.sent % Slots];
        out.sent < out.handed && answer > 0)
      next = std::min(next, answer);
  }
  return next;
}
