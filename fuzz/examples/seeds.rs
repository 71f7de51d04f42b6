//! Writes the first inputs and the dictionary of each target, and prints the
//! targets' names, each with that of its program.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(root.join("dictionaries"))?;
    for target in callfold_tests::fuzz::targets() {
        let corpus = root.join("corpus").join(target.name);
        fs::create_dir_all(&corpus)?;
        for (index, seed) in target.inputs().iter().enumerate() {
            fs::write(corpus.join(format!("seed-{index:03}")), seed)?;
        }
        let words: String = (target.words)().iter().map(|word| entry(word)).collect();
        fs::write(root.join("dictionaries").join(format!("{}.dict", target.name)), words)?;
        println!("{} {}", target.name, target.program());
    }
    Ok(())
}

/// A line of a libFuzzer dictionary.
fn entry(word: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    format!("\"{}\"\n", word.bytes().map(escaped).collect::<String>())
}
