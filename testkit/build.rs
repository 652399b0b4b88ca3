//! The migrations are compiled in; a new one must make them compile again.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
