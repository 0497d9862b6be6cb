//===- SplitAttrs.td - Attributes of the split dialect ----*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITATTRS_TD
#define ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "onnx-split/Dialect/Split/IR/SplitDialect.td"

/// What was decided, in a form that is printed, parsed and verified. Times are
/// in nanoseconds, sizes in bytes, rates in bits per second, devices and stages
/// by index, unless a description says otherwise.
class Split_Attr<string name, string attrMnemonic>
    : AttrDef<Split_Dialect, name> {
  let mnemonic = attrMnemonic;
  let assemblyFormat = "`<` struct(params) `>`";
}

def Split_CostAttr : Split_Attr<"Cost", "cost"> {
  let summary = "what one execution of a node costs";
  let description = [{
    Counts and bytes, see docs/CostModel.md. `constant` marks a node that only
    depends on constants: it counts as weights. `compute` is the element type
    that the arithmetic runs in, by its ONNX name; without it there is none.
    `unknown` says that the figures are lower bounds, and `reason` why.
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0">:$macs,
    DefaultValuedParameter<"int64_t", "0">:$flops,
    DefaultValuedParameter<"int64_t", "0">:$bytes_read,
    DefaultValuedParameter<"int64_t", "0">:$bytes_written,
    DefaultValuedParameter<"int64_t", "0">:$weight_bytes,
    DefaultValuedParameter<"bool", "false">:$constant,
    OptionalParameter<"::mlir::StringAttr">:$compute,
    DefaultValuedParameter<"bool", "false">:$unknown,
    OptionalParameter<"::mlir::StringAttr">:$reason
  );
}

def Split_DeviceAttr : Split_Attr<"Device", "device"> {
  let summary = "one device of the cluster";
  let description = [{
    `compute` lists pairs of an element type (or `any`) and operations per second; `memory`
    in bytes and `memory_bandwidth` in bytes per second are left out where
    unlimited.
    `profile` has the measured nanoseconds of each node by its position in the
    source graph, or -1. Each message takes `message_ns`, and each of its bytes
    `byte_ps` picoseconds, of the device's time. `types` lists the only element
    types that it computes in; `runtime_bytes` are what the process of a stage
    takes before any model. `provider` is what a runner computes with there, and
    `provider_options` has strings by key; neither counts in planning. Weights
    beyond `weight_cache` bytes are read again for each item, at `weight_stream`
    bytes per second; both are left out where all weights stay in fast memory.
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    OptionalParameter<"::mlir::ArrayAttr">:$compute,
    DefaultValuedParameter<"int64_t", "::onnx_split::Unlimited">:$memory,
    DefaultValuedParameter<"int64_t", "::onnx_split::Unlimited">:$memory_bandwidth,
    DefaultValuedParameter<"int64_t", "0">:$op_overhead_ns,
    OptionalParameter<"::mlir::ArrayAttr">:$unsupported,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$profile,
    DefaultValuedParameter<"int64_t", "0">:$message_ns,
    DefaultValuedParameter<"int64_t", "0">:$byte_ps,
    OptionalParameter<"::mlir::ArrayAttr">:$types,
    DefaultValuedParameter<"int64_t", "0">:$runtime_bytes,
    OptionalParameter<"::mlir::StringAttr">:$provider,
    OptionalParameter<"::mlir::DictionaryAttr">:$provider_options,
    DefaultValuedParameter<"int64_t", "::onnx_split::Unlimited">:$weight_cache,
    DefaultValuedParameter<"int64_t", "::onnx_split::Unlimited">:$weight_stream
  );
  let genVerifyDecl = 1;
}

def Split_LinkAttr : Split_Attr<"Link", "link"> {
  let summary = "a directed link between two devices, by index";
  let description = [{
    0 bits per second: the two are not linked. A message occupies the link for
    `message_ns` beside its bytes. `medium` is an index, -1 where the link is in
    no medium; left out where it is in the first one that both devices are in.
  }];
  let parameters = (ins "int32_t":$from, "int32_t":$to,
                        "int64_t":$bits_per_second, "int64_t":$latency_ns,
                        DefaultValuedParameter<"int64_t", "0">:$message_ns,
                        DefaultValuedParameter<"int32_t", "-2">:$medium);
}

/// Every pair of the devices shares the medium.
def Split_MediumAttr : Split_Attr<"Medium", "medium"> {
  let summary = "links that share one medium";
  let parameters = (ins "::mlir::StringAttr":$name,
                        ArrayRefParameter<"int32_t">:$devices,
                        "int64_t":$bits_per_second);
  let assemblyFormat = [{
    `<` $name `,` `devices` `=` `[` $devices `]` `,`
        `bits_per_second` `=` $bits_per_second `>`
  }];
}

def Split_TopologyAttr : Split_Attr<"Topology", "topology"> {
  let summary = "the cluster that a model is split over";
  let description = [{
    Pairs that `links` does not name have `default_bits_per_second`,
    `default_latency_ns` and `default_message_ns`. `ingress` and `egress` are device indices, or -1.
    With `si_bytes`, amounts of bytes are printed in multiples of 1000.
  }];
  let parameters = (ins
    ArrayRefParameter<"::onnx_split::split::DeviceAttr">:$devices,
    DefaultValuedParameter<"int64_t", "0">:$default_bits_per_second,
    DefaultValuedParameter<"int64_t", "0">:$default_latency_ns,
    DefaultValuedParameter<"int64_t", "0">:$default_message_ns,
    OptionalArrayRefParameter<"::onnx_split::split::LinkAttr">:$links,
    OptionalArrayRefParameter<"::onnx_split::split::MediumAttr">:$media,
    DefaultValuedParameter<"int32_t", "-1">:$ingress,
    DefaultValuedParameter<"int32_t", "-1">:$egress,
    DefaultValuedParameter<"bool", "false">:$si_bytes
  );
  let assemblyFormat = [{
    `<` `devices` `=` `[` $devices `]`
    `` custom<DefaultLink>($default_bits_per_second, $default_latency_ns,
                        $default_message_ns)
    (`links` `=` `[` $links^ `]`)?
    (`media` `=` `[` $media^ `]`)?
    (`ingress` `=` $ingress^)? (`egress` `=` $egress^)?
    (`si_bytes` `=` $si_bytes^)? `>`
  }];
  let genVerifyDecl = 1;
}

def Split_LoadAttr : Split_Attr<"Load", "load"> {
  let summary = "what a stage asks of its device";
  let description = [{
    Counts, bytes and nanoseconds, see docs/CostModel.md. `overhead_ns` is the
    part of `compute_ns` that messages take, `runtime_bytes` what the process
    takes before any model, `state_bytes` what stays from item to item beside
    the weights. Of these, `cached_bytes` stay in fast memory, for which the
    first item takes `first_item_ns`, and `streamed_bytes` are read again for
    each item, in `stream_ns` of `compute_ns`.
  }];
  let parameters = (ins "int64_t":$macs, "int64_t":$flops, "int64_t":$bytes,
                        "int64_t":$weight_bytes,
                        "int64_t":$peak_activation_bytes,
                        "int64_t":$buffer_bytes, "int64_t":$compute_ns,
                        DefaultValuedParameter<"int64_t", "0">:$overhead_ns,
                        DefaultValuedParameter<"int64_t", "0">:$runtime_bytes,
                        DefaultValuedParameter<"int64_t", "0">:$state_bytes,
                        DefaultValuedParameter<"int64_t", "0">:$cached_bytes,
                        DefaultValuedParameter<"int64_t", "0">:$streamed_bytes,
                        DefaultValuedParameter<"int64_t", "0">:$stream_ns,
                        DefaultValuedParameter<"int64_t", "0">:$first_item_ns);
}

def Split_PlacementAttr : Split_Attr<"Placement", "placement"> {
  let summary = "which device runs each stage, and how good that is";
  let description = [{
    `devices[k]` is the index in the topology of stage k's device, `loads[k]`
    what the stage asks of it. `replicas[k]`, where there are any, lists further
    devices that take turns with it. Times are in nanoseconds; no plan of
    `lower_bound_class` has a bottleneck below `lower_bound_ns`, or, by the
    objective, a latency below it, or fewer devices than `lower_bound_devices`
    and a bottleneck of at most `target_ns`. `strategy` is what was asked for,
    `method` what found the placement; `stopped_by_clock` where another run may
    find another one. Where items wait for their predecessors, `round_trip_ns`
    is after how long the next one can begin, and `lower_bound_ns` bounds what
    is between two items. `target_ns` and `max_latency_ns`, where above 0, limit
    the time between items and the latency, and bounds hold within them. Where
    weights stay in a cache, `first_item_ns` is the latency of the item that
    fills it.
  }];
  let parameters = (ins
    ArrayRefParameter<"int32_t">:$devices,
    ArrayRefParameter<"::onnx_split::split::LoadAttr">:$loads,
    "::mlir::StringAttr":$objective, "::mlir::StringAttr":$strategy,
    "::mlir::StringAttr":$plan_class, "uint64_t":$seed,
    "int64_t":$bottleneck_ns, "int64_t":$lower_bound_ns,
    "::mlir::StringAttr":$lower_bound_name,
    "::mlir::StringAttr":$lower_bound_class, "int64_t":$latency_ns,
    OptionalArrayRefParameter<"::mlir::DenseI32ArrayAttr">:$replicas,
    DefaultValuedParameter<"int32_t", "0">:$lower_bound_devices,
    DefaultValuedParameter<"int64_t", "0">:$target_ns,
    OptionalParameter<"::mlir::StringAttr">:$method,
    DefaultValuedParameter<"bool", "false">:$stopped_by_clock,
    DefaultValuedParameter<"int64_t", "0">:$round_trip_ns,
    DefaultValuedParameter<"int64_t", "0">:$max_latency_ns,
    DefaultValuedParameter<"int64_t", "0">:$first_item_ns
  );
  let assemblyFormat = [{
    `<` `devices` `=` `[` $devices `]` `,`
    (`replicas` `=` `[` $replicas^ `]` `,`)? `loads` `=` `[` $loads `]` `,`
    struct($objective, $strategy, $plan_class, $seed, $bottleneck_ns,
           $lower_bound_ns, $lower_bound_name, $lower_bound_class,
           $latency_ns, $lower_bound_devices, $target_ns, $method,
           $stopped_by_clock, $round_trip_ns, $max_latency_ns,
           $first_item_ns) `>`
  }];
  let genVerifyDecl = 1;
}

def Split_CrossingAttr : Split_Attr<"Crossing", "crossing"> {
  let summary = "a tensor that one stage makes and a later one reads";
  let description = [{
    What the evaluation of a placement found: there is one per tensor and
    receiving stage. `time_ns` is what a message with the tensor takes between
    the slowest pair of devices that meet.
  }];
  let parameters = (ins "::mlir::StringAttr":$tensor, "int32_t":$from,
                        "int32_t":$to, "int64_t":$time_ns);
  let genVerifyDecl = 1;
}

def Split_MessageAttr : Split_Attr<"Message", "message"> {
  let summary = "what one stage sends to another for each item";
  let description = [{
    All `tensors` at once. -1 as a stage is the ingress device in `from` and the
    egress device in `to`. `time_ns` is how long the message occupies its link,
    and `latency_ns` how much longer it is on its way, between the slowest pair
    of devices that meet. `medium` is the index of the one that carries it, or
    -1.
  }];
  let parameters = (ins "int32_t":$from, "int32_t":$to,
                        "::mlir::ArrayAttr":$tensors, "int64_t":$bytes,
                        "int64_t":$time_ns,
                        DefaultValuedParameter<"int64_t", "0">:$latency_ns,
                        DefaultValuedParameter<"int32_t", "-1">:$medium);
  let genVerifyDecl = 1;
}

def Split_LinkLoadAttr : Split_Attr<"LinkLoad", "link_load"> {
  let summary = "what one directed link carries for each item";
  let description = [{From device to device, in the medium, or -1.}];
  let parameters = (ins "int32_t":$from, "int32_t":$to, "int64_t":$time_ns,
                        DefaultValuedParameter<"int32_t", "-1">:$medium);
}

def Split_TrafficAttr : Split_Attr<"Traffic", "traffic"> {
  let summary = "what the evaluation of a placement found";
  let description = [{
    Messages in the order of stages, the loads of the links that carry them, and
    the load of each device and each medium of the topology, all in nanoseconds
    for an item.
  }];
  let parameters = (ins
    OptionalArrayRefParameter<"::onnx_split::split::MessageAttr">:$messages,
    OptionalArrayRefParameter<"::onnx_split::split::LinkLoadAttr">:$links,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$media_ns,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$devices_ns);
  let assemblyFormat = [{
    `<` (`messages` `=` `[` $messages^ `]` ` `)?
        (`links` `=` `[` $links^ `]` ` `)? (`media_ns` `=` $media_ns^ ` `)?
        (`devices_ns` `=` $devices_ns^)? `>`
  }];
}

def Split_StateAttr : Split_Attr<"State", "state"> {
  let summary = "an output that comes back as an input of the next item";
  let description = [{
    Of the sequence that the item is of. Both ends stay with the stage, where
    they take `bytes` of memory. Both may be one buffer where `in_place` is set.
  }];
  let parameters = (ins "::mlir::StringAttr":$input,
                        "::mlir::StringAttr":$output, "int32_t":$stage,
                        "int64_t":$bytes,
                        DefaultValuedParameter<"bool", "false">:$in_place);
  let genVerifyDecl = 1;
}

def Split_ConstraintsAttr : Split_Attr<"Constraints", "constraints"> {
  let summary = "what the user demands of a placement";
  let description = [{
    `pins` are of the form PATTERN=DEVICE, or PATTERN=DEVICE+DEVICE for several;
    `cuts` and `no_cuts` name tensors. There are at most `max_stages` stages,
    where that is not 0, and at least `min_stages`. `boundary` is
    how the parts are joined, which decides what types can cross: ops, io or
    opaque. A device may hold several stages with `revisit`, and a stage run on
    several devices with `replicate`. Tensors of unknown size cross only where
    `cuts` names them, unless `unknown_sizes` is set. `states` lists inputs and
    the outputs that they come back from, in turn; both stay in one stage. With
    `sequences` above 0, so many items at most are on their way.
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::ArrayAttr">:$pins,
    OptionalParameter<"::mlir::ArrayAttr">:$cuts,
    OptionalParameter<"::mlir::ArrayAttr">:$no_cuts,
    DefaultValuedParameter<"int32_t", "0">:$max_stages,
    DefaultValuedParameter<"int32_t", "0">:$min_stages,
    OptionalParameter<"::mlir::StringAttr">:$boundary,
    DefaultValuedParameter<"bool", "false">:$revisit,
    DefaultValuedParameter<"bool", "false">:$replicate,
    DefaultValuedParameter<"bool", "false">:$unknown_sizes,
    OptionalParameter<"::mlir::ArrayAttr">:$states,
    DefaultValuedParameter<"int32_t", "0">:$sequences
  );
  let genVerifyDecl = 1;
}

def Split_WireAttr : Split_Attr<"Wire", "wire"> {
  let summary = "a tensor on its way from one stage to another";
  let description = [{
    There is one wire per tensor and receiving stage. `tag` is unique in the
    plan; `seq` orders the wires of a pair of stages. `name` is what both parts
    call the graph output and input.
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name, "::mlir::StringAttr":$tensor, "int32_t":$from,
    "int32_t":$to, "::mlir::StringAttr":$send_device,
    "::mlir::StringAttr":$recv_device, "int32_t":$tag, "int32_t":$seq,
    "int64_t":$bytes, "int64_t":$time_ns, "::mlir::Type":$type
  );
  let genVerifyDecl = 1;
}

/// The rank is that of the stage's own device among the processes of a run, and
/// equals the stage's number.
def Split_PartAttr : Split_Attr<"Part", "part"> {
  let summary = "the stage that an onnx.model holds";
  let parameters = (ins "int32_t":$stage, "::mlir::StringAttr":$device,
                        "int32_t":$rank,
                        "::onnx_split::split::LoadAttr":$load);
  let genVerifyDecl = 1;
}

#endif // ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITATTRS_TD
