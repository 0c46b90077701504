//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The test harness for wasm32 builds every binary; the command line is native only.
    #[cfg(not(target_arch = "wasm32"))]
    {
        let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
        let code = token_factory::cli::run(std::env::args_os().skip(1), &mut out, &mut err);
        ExitCode::from(code)
    }
    #[cfg(target_arch = "wasm32")]
    ExitCode::FAILURE
}
