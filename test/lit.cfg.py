"""The lit suite. The site configuration in the build folder, which loads this
file, says where the programs are."""

import os

import lit.formats

config.name = "onnx-split"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".onnxtxt", ".test", ".textproto"]
config.excludes = ["Inputs", "Python", "Unit"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join(
    [config.programs_dir, config.llvm_tools_dir, config.environment["PATH"]]
)

schema_dir, schema = os.path.split(config.onnx_proto)
onnx_protoc = f"{config.protoc} --proto_path={schema_dir}"
config.substitutions += [
    # Text to binary model and back: standard input to standard output.
    ("%onnx-encode", f"{onnx_protoc} --encode=onnx.ModelProto {schema}"),
    ("%onnx-decode", f"{onnx_protoc} --decode=onnx.ModelProto {schema}"),
    # `%exits N command` succeeds where the command's status is N.
    ("%exits", f"sh {config.test_source_root}/Tools/exits.sh"),
    ("%python", config.python),
    # How many times less a test of large inputs does under sanitizers, which
    # are that much slower.
    ("%thinned", "20" if config.sanitize else "1"),
    # `%limited command` has 4 GB and 20 s. The address sanitizer reserves
    # terabytes, so that its runs have no limit of memory.
    ("%limited", "timeout 60" if config.sanitize else
     f"sh {config.test_source_root}/Tools/limited.sh"),
]

# Every module that a test parses is also printed and parsed again.
if os.environ.get("ONNX_SPLIT_CHECK_ROUNDTRIP") == "1":
    config.substitutions.append(
        (r"\bonnx-split-opt\b(?! --verify-roundtrip)", "onnx-split-opt --verify-roundtrip")
    )

# A root without /dev/pts has no terminals to give.
try:
    for descriptor in os.openpty():
        os.close(descriptor)
    config.available_features.add("pty")
except OSError:
    lit_config.note("this system gives no terminals, so that tests of them are left out")
