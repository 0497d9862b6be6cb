//! tract in Rust: the parts of a folder one after another. Tensors are passed on
//! by name, as in ../chain.py.

use std::{collections::HashMap, env, fs, path::PathBuf};

use anyhow::Context;
use percent_encoding::{percent_decode_str, utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};
use tract_onnx::prelude::*;

// What Python's quote() leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');

fn names(list: &serde_json::Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|name| name.as_str().map(String::from)).collect()
}

fn main() -> TractResult<()> {
    let arguments: Vec<PathBuf> = env::args().skip(1).map(PathBuf::from).collect();
    let [folder, work] = &arguments[..] else {
        anyhow::bail!("usage: run-tract FOLDER WORK");
    };

    let mut tensors: HashMap<String, Tensor> = HashMap::new();
    for entry in fs::read_dir(folder.join("inputs"))? {
        let file = entry?.path();
        let stem = file.file_stem().and_then(|stem| stem.to_str()).context("file name")?;
        let array: tract_ndarray::ArrayD<f32> = ndarray_npy::read_npy(&file)?;
        tensors.insert(percent_decode_str(stem).decode_utf8()?.into(), array.into());
    }

    let plan: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("plan.json"))?)?;
    for stage in plan["stages"].as_array().context("no stages")? {
        let file = folder.join(stage["file"].as_str().context("no file")?);
        let model = tract_onnx::onnx()
            .model_for_path(&file)?
            .into_optimized()?
            .into_runnable()?;
        let mut feeds = tvec!();
        for name in names(&stage["inputs"]) {
            feeds.push(tensors[&name].clone().into_tvalue());
        }
        let results = model.run(feeds)?;
        for (name, result) in names(&stage["outputs"]).into_iter().zip(results) {
            let file = format!("{}.npy", utf8_percent_encode(&name, ENCODED));
            ndarray_npy::write_npy(work.join(file), &result.to_plain_array_view::<f32>()?)?;
            tensors.insert(name, result.into_tensor());
        }
    }
    Ok(())
}
