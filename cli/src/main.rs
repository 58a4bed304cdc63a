//! `landfall`: the headless server and its administration.

mod args;

use clap::Parser;

fn main() {
    let _ = args::Arguments::parse();
}
