// Each rule of the dialect's verifiers is broken once.
//
// RUN: onnx-split-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Discardable attributes
//===----------------------------------------------------------------------===//

// expected-error @below {{'builtin.module' op has 'split.cost', which must be a #split.cost on an onnx.node}}
module attributes {split.cost = #split.cost<>} {
}

// -----

// expected-error @below {{'onnx.node' op has 'split.cost', which must be a #split.cost on an onnx.node}}
onnx.node "Op"() {output_names = [], split.cost = 1 : i64} : () -> ()

// -----

// expected-error @below {{'onnx.node' op has 'split.copies', which must be an array of ascending 32-bit stages on an onnx.node}}
onnx.node "Op"() {output_names = [], split.copies = array<i32: 2, 1>} : () -> ()

// -----

// expected-error @below {{'onnx.node' op has 'split.copies', which must be an array of ascending 32-bit stages on an onnx.node}}
onnx.node "Op"() {output_names = [], split.copies = array<i32: -1>} : () -> ()

// -----

// expected-error @below {{'onnx.node' op has 'split.task', which must be an array of 64-bit integers on an onnx.node, three for each stage}}
onnx.node "Op"() {output_names = [], split.task = array<i64: 0, 1>} : () -> ()

// -----

// expected-error @below {{'builtin.module' op has 'split.picture', which must be a dictionary on a module}}
module attributes {split.picture = 1 : i64} {
}

// -----

// expected-error @below {{'onnx.node' op has 'split.copied', which must be a unit attribute on an onnx.node}}
onnx.node "Op"() {output_names = [], split.copied = 1 : i64} : () -> ()

// -----

// expected-error @below {{'onnx.none' op has 'split.stage', which must be a 64-bit integer of at least 0 on an onnx.node}}
%x = onnx.none {split.stage = 0 : i64}

// -----

// expected-error @below {{'onnx.node' op has 'split.stage', which must be a 64-bit integer of at least 0 on an onnx.node}}
onnx.node "Op"() {output_names = [], split.stage = -1 : i64} : () -> ()

// -----

// expected-error @below {{'onnx.node' op has 'split.index', which must be a 64-bit integer of at least 0 on an onnx.node}}
onnx.node "Op"() {output_names = [], split.index = 0 : i32} : () -> ()

// -----

// expected-error @below {{'onnx.node' op has 'split.index', which must be a 64-bit integer of at least 0 on an onnx.node}}
onnx.node "Op"() {output_names = [], split.index = "0"} : () -> ()

// -----

// expected-error @below {{'builtin.module' op has 'split.topology', which must be a #split.topology on a module}}
module attributes {split.topology = #split.cost<>} {
}

// -----

// expected-error @below {{'onnx.none' op has 'split.topology', which must be a #split.topology on a module}}
%x = onnx.none {split.topology = #split.topology<devices = [<name = "a">]>}

// -----

// expected-error @below {{'builtin.module' op has 'split.placement', which must be a #split.placement on a module}}
module attributes {split.placement} {
}

// -----

// expected-error @below {{'builtin.module' op has 'split.infeasible', which must be a unit attribute on a module}}
module attributes {split.infeasible = true} {
}

// -----

// expected-error @below {{'onnx.none' op has 'split.infeasible', which must be a unit attribute on a module}}
%x = onnx.none {split.infeasible}

// -----

// expected-error @below {{'builtin.module' op has 'split.wires', which must be an array of #split.wire on a module}}
module attributes {split.wires = [#split.cost<>]} {
}

// -----

// expected-error @below {{'builtin.module' op has 'split.wires', which must be an array of #split.wire on a module}}
module attributes {split.wires} {
}

// -----

// expected-error @below {{'onnx.model' op has 'split.part', which must be a #split.part on an onnx.model}}
onnx.model "m" attributes {opset_imports = [], split.part = 0 : i64} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

// expected-error @below {{'builtin.module' op has 'split.device', which the split dialect does not define}}
module attributes {split.device = "a"} {
}

// -----

//===----------------------------------------------------------------------===//
// #split.topology
//===----------------------------------------------------------------------===//

// expected-error @below {{names a device outside 0..0}}
module attributes {split.topology = #split.topology<devices = [<name = "a">] links = [<from = 0, to = 1, bits_per_second = 1, latency_ns = 0>]>} {
}

// -----

// expected-error @below {{names a device outside 0..0}}
module attributes {split.topology = #split.topology<devices = [<name = "a">] links = [<from = -1, to = 0, bits_per_second = 1, latency_ns = 0>]>} {
}

// -----

// expected-error @below {{provider_options need a provider}}
// expected-error @below {{failed to parse Split_TopologyAttr parameter 'devices'}}
module attributes {split.topology = #split.topology<devices = [<name = "a", provider_options = {x = "1"}>]>} {
}

// -----

// expected-error @below {{provider_options must be strings}}
// expected-error @below {{failed to parse Split_TopologyAttr parameter 'devices'}}
module attributes {split.topology = #split.topology<devices = [<name = "a", provider = "X", provider_options = {x = 1}>]>} {
}

// -----

// expected-error @below {{names a device outside 0..0}}
module attributes {split.topology = #split.topology<devices = [<name = "a">] media = [<"wifi", devices = [0, 1], bits_per_second = 1>]>} {
}

// -----

// expected-error @below {{ingress and egress must be -1 or a device in 0..0}}
module attributes {split.topology = #split.topology<devices = [<name = "a">] ingress = 1>} {
}

// -----

// expected-error @below {{ingress and egress must be -1 or a device in 0..0}}
module attributes {split.topology = #split.topology<devices = [<name = "a">] egress = -2>} {
}

// -----

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

// expected-error @below {{'split.stage' op must hold one onnx.graph}}
split.stage <stage = 0, device = "a", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
  %x = onnx.none
}

// -----

%x = onnx.none
// expected-error @below {{'split.stage' op has operands that differ in type from its graph's inputs}}
split.stage <stage = 0, device = "a", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>(%x) : (!onnx.omitted) -> () {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

// expected-error @below {{'split.stage' op has results that differ in type from its graph's outputs}}
%y = split.stage <stage = 0, device = "a", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> !onnx.tensor<float> {
  onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "w">], value_infos = []} {
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1> -> !onnx.tensor<int64>
    onnx.return %w : !onnx.tensor<int64>
  }
}

// -----

// A stage is a model of its own: nothing comes in but by its operands.
%x = onnx.initializer #onnx.tensor<name = "w", data_type = 1> -> !onnx.tensor<float>
// expected-note @below {{required by region isolation constraints}}
split.stage <stage = 0, device = "a", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    // expected-error @below {{'onnx.node' op using value defined outside the region}}
    onnx.node "Op"(%x) {output_names = []} : (!onnx.tensor<float>) -> ()
    onnx.return
  }
}

// -----

%x = onnx.none
// expected-error @below {{'split.transfer' op goes from stage 1 to stage 1, but stage numbers must rise along a wire}}
%y = split.transfer %x <name = "w", tensor = "x", from = 1, to = 1, send_device = "a", recv_device = "a", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.omitted> : !onnx.omitted

// -----

// What a transfer, a send or a receive moves keeps its type.
%x = onnx.none
// expected-error @below {{'split.transfer' op failed to verify that operand and result agree}}
%y = "split.transfer"(%x) {wire = #split.wire<name = "w", tensor = "x", from = 0, to = 1, send_device = "a", recv_device = "b", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.omitted>} : (!onnx.omitted) -> !onnx.unknown

// -----

%x = onnx.none
// expected-error @below {{'split.send' op failed to verify that operand and result agree}}
%y = "split.send"(%x) {wire = #split.wire<name = "w", tensor = "x", from = 0, to = 1, send_device = "a", recv_device = "b", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.omitted>} : (!onnx.omitted) -> !onnx.unknown

// -----

%x = onnx.none
// expected-error @below {{'split.recv' op failed to verify that operand and result agree}}
%y = "split.recv"(%x) {wire = #split.wire<name = "w", tensor = "x", from = 0, to = 1, send_device = "a", recv_device = "b", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.omitted>} : (!onnx.omitted) -> !onnx.unknown

// -----

// Passes index the loads by stage.
// expected-error @below {{a placement of 2 stages must have as many loads, not 1}}
module attributes {split.topology = #split.topology<devices = [<name = "p">]>, split.placement = #split.placement<devices = [0, 0], loads = [<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>} {}

// -----

// expected-error @below {{compute must list pairs of an element type and operations per second, not [1]}}
module attributes {device = #split.device<name = "p", compute = [1]>} {}

// -----

// expected-error @below {{unsupported must list strings, not [1]}}
module attributes {device = #split.device<name = "p", unsupported = [1]>} {}

// -----

// expected-error @below {{weight_cache must not be negative, and weight_stream must be above 0}}
module attributes {device = #split.device<name = "p", weight_cache = 8, weight_stream = 0>} {}

// -----

//===----------------------------------------------------------------------===//
// Numbers that passes index arrays with
//===----------------------------------------------------------------------===//

// Replicas are on devices that there are.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{'builtin.module' op has 'split.placement', which must be a #split.placement on a module, on devices of its split.topology}}
module attributes {split.topology = #split.topology<devices = [<name = "p">, <name = "q">]>, split.placement = #split.placement<devices = [0], replicas = [[1, 2]], loads = [#load], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>} {}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{'builtin.module' op has 'split.placement', which must be a #split.placement on a module, on devices of its split.topology}}
module attributes {split.topology = #split.topology<devices = [<name = "p">]>, split.placement = #split.placement<devices = [0], replicas = [[-1]], loads = [#load], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>} {}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{a placement of 1 stages must have replicas for as many or none, not 2}}
module attributes {split.topology = #split.topology<devices = [<name = "p">]>, split.placement = #split.placement<devices = [0], replicas = [[], []], loads = [#load], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>} {}

// -----

// A placement of a module without devices is on none.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{'builtin.module' op has 'split.placement', which must be a #split.placement on a module, on devices of its split.topology}}
module attributes {split.placement = #split.placement<devices = [0], loads = [#load], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>} {}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {split.topology = #split.topology<devices = [<name = "p">]>, split.placement = #split.placement<devices = [0], loads = [#load], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>} {
  // expected-error @below {{'onnx.model' op has 'split.part', which must be a #split.part on an onnx.model, of a stage of the module's split.placement}}
  onnx.model "m" attributes {opset_imports = [], split.part = #split.part<stage = 1, device = "p", rank = 1, load = #load>} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      onnx.return
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{stage and rank of a part must not be negative}}
module attributes {part = #split.part<stage = -1, device = "p", rank = 0, load = #load>} {}

// -----

// expected-error @below {{stages, tag, seq, bytes and time_ns of a wire must not be negative}}
module attributes {wire = #split.wire<name = "w", tensor = "x", from = -1, to = 0, send_device = "a", recv_device = "b", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.omitted>} {}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{'builtin.module' op has 'split.wires', which must be an array of #split.wire on a module, between stages of its split.placement}}
module attributes {split.topology = #split.topology<devices = [<name = "p">]>, split.placement = #split.placement<devices = [0], loads = [#load], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>,
    split.wires = [#split.wire<name = "w", tensor = "x", from = 0, to = 1, send_device = "a", recv_device = "b", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.omitted>]} {}

// -----

// A stage number that is 0 when it is cut to 32 bits.
onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    // expected-error @below {{'onnx.node' op has 'split.stage', which must be a 64-bit integer of at least 0 on an onnx.node, and below 2^31}}
    onnx.node "Op"() {output_names = [], split.stage = 4294967296 : i64} : () -> ()
    onnx.return
  }
}

// -----

// expected-error @below {{a crossing must go from a stage to a later one, in a time of at least 0, not from 1 to 1 in 5 ns}}
module attributes {split.crossings = [#split.crossing<tensor = "x", from = 1, to = 1, time_ns = 5>]} {}

// -----

// expected-error @below {{'builtin.module' op has 'split.crossings', which must be an array of #split.crossing on a module, between stages of its split.placement}}
module attributes {split.topology = #split.topology<devices = [<name = "p">]>, split.placement = #split.placement<devices = [0], loads = [<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>], objective = "", strategy = "", plan_class = "", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "", latency_ns = 0>,
    split.crossings = [#split.crossing<tensor = "x", from = 0, to = 1, time_ns = 5>]} {}

// -----

// expected-error @below {{'builtin.module' op has 'split.crossings', which must be an array of #split.crossing on a module}}
module attributes {split.crossings = [1]} {}

// -----

// expected-error @below {{pins, cuts, no_cuts and states must list strings, not [1]}}
module attributes {split.constraints = #split.constraints<cuts = [1]>} {}

// -----

// expected-error @below {{states must list inputs and outputs in turn}}
module attributes {split.constraints = #split.constraints<states = ["h"]>} {}

// -----

// expected-error @below {{sequences must not be negative}}
module attributes {split.constraints = #split.constraints<sequences = -1>} {}

// -----

// expected-error @below {{stage and bytes of a state must not be negative}}
module attributes {split.states = [#split.state<input = "h", output = "hn", stage = -1, bytes = 1>]} {}

// -----

// expected-error @below {{has 'split.states', which must be an array of #split.state on a module, of stages of its split.placement}}
module attributes {split.states = ["h"]} {}

// -----

// expected-error @below {{max_stages must not be negative}}
module attributes {split.constraints = #split.constraints<max_stages = -1>} {}

// -----

// expected-error @below {{min_stages must not be negative}}
module attributes {split.constraints = #split.constraints<min_stages = -1>} {}

// -----

// expected-error @below {{min_stages must not be above max_stages}}
module attributes {split.constraints = #split.constraints<max_stages = 2, min_stages = 3>} {}

// -----

// expected-error @below {{boundary must be ops, io or opaque, not "both"}}
module attributes {split.constraints = #split.constraints<boundary = "both">} {}

// -----

// expected-error @below {{'builtin.module' op has 'split.constraints', which must be a #split.constraints on a module}}
module attributes {split.constraints} {}

// -----

// expected-error @below {{'builtin.module' op has 'split.unknown', which must be a string on an onnx.node}}
module attributes {split.unknown = "why"} {}

// -----

// expected-error @below {{'builtin.module' op has 'split.constant', which must be a unit attribute on an onnx.node}}
module attributes {split.constant} {}

// -----

// expected-error @below {{the default link must not have negative figures}}
module attributes {split.topology = #split.topology<devices = [<name = "a">] default = (1, -1)>} {}

// -----

// expected-error @below {{has negative figures}}
module attributes {split.topology = #split.topology<devices = [<name = "a">, <name = "b">] links = [<from = 0, to = 1, bits_per_second = 1, latency_ns = 0, message_ns = -1>]>} {}

// -----

// expected-error @below {{names a medium outside -2..-1}}
module attributes {split.topology = #split.topology<devices = [<name = "a">, <name = "b">] links = [<from = 0, to = 1, bits_per_second = 1, latency_ns = 0, medium = 0>]>} {}

// -----

// Without a placement there are no stages to send anything.
// expected-error @below {{which must be a #split.traffic on a module}}
module attributes {split.topology = #split.topology<devices = [<name = "a">]>, split.traffic = #split.traffic<devices_ns = [0]>} {}

// -----

// expected-error @+2 {{failed to parse Split_TrafficAttr parameter 'messages'}}
// expected-error @below {{a message must have tensors, which are strings}}
module attributes {split.traffic = #split.traffic<messages = [<from = 0, to = 1, tensors = [], bytes = 0, time_ns = 0>]>} {}

// -----

// expected-error @+2 {{failed to parse Split_TrafficAttr parameter 'messages'}}
// expected-error @below {{a message must go from a stage, or -1, to a later one, or -1, not from 1 to 1}}
module attributes {split.traffic = #split.traffic<messages = [<from = 1, to = 1, tensors = ["x"], bytes = 0, time_ns = 0>]>} {}
