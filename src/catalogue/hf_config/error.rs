//! Why a `config.json` cannot be read, and what to know about one that was.

use thiserror::Error;

/// A file of a model repository that is not its `config.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFile {
    /// `tokenizer.json`, `tokenizer_config.json`.
    Tokenizer,
    /// `generation_config.json`.
    Generation,
    /// `adapter_config.json` of a LoRA.
    Adapter,
    /// A diffusers pipeline or component.
    Diffusion,
    /// `model.safetensors.index.json`.
    WeightIndex,
    /// `preprocessor_config.json`.
    Preprocessor,
    /// `hf_quant_config.json`.
    Quantization,
}

impl OtherFile {
    /// What to call it in a message.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Tokenizer => "a tokenizer file",
            Self::Generation => "a generation_config.json",
            Self::Adapter => "the configuration of an adapter (LoRA)",
            Self::Diffusion => "the configuration of a diffusion model",
            Self::WeightIndex => "an index of weight files",
            Self::Preprocessor => "the configuration of a preprocessor",
            Self::Quantization => "a quantisation record (hf_quant_config.json)",
        }
    }
}

/// Why the text cannot become a model: what is wrong, what is allowed, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The text is too long to be a configuration.
    #[error("the text has {bytes} bytes; a config.json has at most {limit}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// What is accepted.
        limit: usize,
    },
    /// The text is not JSON.
    #[error(
        "not valid JSON at line {line}, column {column}: {reason}. Paste the whole config.json"
    )]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The parser's words.
        reason: String,
    },
    /// JSON, but not an object.
    #[error("the file must be a JSON object {{…}}, not {found}")]
    NotObject {
        /// What it is.
        found: &'static str,
    },
    /// Another file of the repository.
    #[error("this is {}; paste the model's config.json instead", .0.describe())]
    WrongFile(OtherFile),
    /// A kind of model that this planner does not know how to plan.
    #[error("models of type {model_type} are not supported: {reason}")]
    Unsupported {
        /// The file's `model_type`.
        model_type: String,
        /// Why.
        reason: &'static str,
    },
    /// Dimensions are missing.
    #[error("the configuration of {model_type} lacks {}", .keys.join(", "))]
    Missing {
        /// The file's `model_type`, or "a model of unknown type".
        model_type: String,
        /// What is missing; alternatives separated by " or ".
        keys: Vec<String>,
    },
    /// A value of the wrong type.
    #[error("{key} must be {expected}, not {found}")]
    WrongType {
        /// Where.
        key: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A number outside of what can be.
    #[error("{key} is {value}; it must lie between {low} and {high}")]
    OutOfRange {
        /// Where.
        key: String,
        /// The number, as written.
        value: String,
        /// Smallest allowed.
        low: u32,
        /// Largest allowed.
        high: u32,
    },
    /// Values that contradict each other.
    #[error("{0}")]
    Inconsistent(String),
}

/// What to know about a model that was read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigWarning {
    /// Read by the conventions that most families share.
    #[error(
        "model type {model_type:?} is not known here; read by the usual conventions, check the dimensions"
    )]
    UnknownType {
        /// The file's `model_type`; empty where it has none.
        model_type: String,
    },
    /// A vision or audio tower is left out.
    #[error("the {tower} tower is not counted, only the language model")]
    TowerNotCounted {
        /// "vision", "audio".
        tower: &'static str,
    },
    /// A dimension the file leaves out because it equals the family's default.
    #[error("{key} is not in the file; {value} is the default of {model_type}")]
    DefaultUsed {
        /// The key.
        key: &'static str,
        /// The value used.
        value: u32,
        /// Whose default.
        model_type: String,
    },
    /// The file states no context length.
    #[error("the file states no context length; {assumed} tokens are assumed")]
    ContextUnknown {
        /// Tokens.
        assumed: u32,
    },
    /// The file does not say whether embedding and LM head share weights.
    #[error("tie_word_embeddings is not in the file; embedding and LM head are counted separately")]
    TyingUnknown,
    /// Wrapper and text configuration contradict each other.
    #[error(
        "tie_word_embeddings is {other} around the text configuration and {used} in it; {used} is used, as transformers does"
    )]
    TyingDisagrees {
        /// What the text configuration says.
        used: bool,
        /// What the wrapper says.
        other: bool,
    },
    /// A quantisation whose width is not known.
    #[error(
        "the quantisation {method:?} is not known here, so weights count as not quantised; choose a number format that is as wide"
    )]
    QuantisationUnknown {
        /// The file's `quant_method`; empty where it has none.
        method: String,
    },
    /// A quantisation to a width that is none of those planned with.
    #[error("weights of {bits} bit are counted as {used} bit, the nearest that is planned with")]
    QuantisationNearest {
        /// Bits of an element, as stated or as codebooks come to.
        bits: String,
        /// Bits of the format used.
        used: u32,
    },
    /// A part whose size is only close.
    #[error("approximate: {0}")]
    Approximate(&'static str),
    /// A part that is left out.
    #[error("not counted: {0}")]
    NotCounted(&'static str),
}
