"""tract in Python."""

# /// script
# dependencies = ["tract==0.23.9", "numpy==2.4.6"]
# ///

import chain
import tract


def run_part(part, feeds, outputs, work):
    model = tract.Onnx().load(part)
    names = [model.input_name(index) for index in range(model.input_count())]
    runnable = model.into_model().into_runnable()
    results = runnable.run([feeds[name] for name in names])
    return [result.to_numpy() for result in results]


chain.chain(run_part)
