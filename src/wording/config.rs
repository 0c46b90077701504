//! What the importer of a `config.json` says, in the reader's language.

use super::Locale;
use super::phrases::{Table, in_language};
use crate::catalogue::hf_config::{ConfigError, ConfigWarning};

/// Why a configuration cannot be read.
pub fn error(locale: Locale, error: &ConfigError) -> String {
    in_language(locale, &error.to_string(), PHRASES)
}

/// What to know about one that was read.
pub fn warning(locale: Locale, warning: &ConfigWarning) -> String {
    in_language(locale, &warning.to_string(), PHRASES)
}

/// Whole messages first, then what they are made of; the least particular at the end.
const PHRASES: Table = &[
    (
        "the text has % bytes; a config.json has at most %",
        "文本有 %1 字节，config.json 最多 %2 字节",
    ),
    (
        "not valid JSON at line %, column %: %. Paste the whole config.json",
        "第 %1 行第 %2 列不是有效的 JSON：%3。请粘贴完整的 config.json",
    ),
    (
        "the file must be a JSON object {…}, not %",
        "文件须为 JSON 对象 {…}，而不是%1",
    ),
    (
        "this is %; paste the model's config.json instead",
        "这是%1，请改为粘贴模型的 config.json",
    ),
    (
        "models of type % are not supported: %",
        "不支持 %1 类型的模型：%2",
    ),
    ("the configuration of % lacks %", "%1 的配置缺少 %2"),
    // What a layer or a dimension must be.
    (
        "% is %; it must lie between % and %",
        "%1 为 %2，须在 %3 至 %4 之间",
    ),
    (
        "layer_types names an attention of type % that is not known here",
        "layer_types 中的注意力类型 %1 无法识别",
    ),
    (
        "the pattern of layers names a block % that is not known here",
        "层的排列中有无法识别的模块 %1",
    ),
    (
        "% key-value heads for % query heads",
        "%1 个 KV 头与 %2 个 query 头不相配",
    ),
    (
        "hidden_size % is no multiple of the % heads; head_dim is needed",
        "hidden_size %1 不是 %2 个头的整数倍，需要给出 head_dim",
    ),
    (
        "% experts per token of % experts",
        "每个 token 选 %1 个专家，而专家共 %2 个",
    ),
    ("% has % entries for % layers", "%1 有 %2 项，而层数为 %3"),
    (
        "an inner width of % cannot be shared out to Mamba heads",
        "内部宽度 %1 无法均分给各个 Mamba 头",
    ),
    // Warnings.
    (
        "model type % is not known here; read by the usual conventions, check the dimensions",
        "模型类型 %1 未收录，已按通行惯例读取，请核对各项维度",
    ),
    (
        "the % tower is not counted, only the language model",
        "只计语言模型，不计%1部分",
    ),
    (
        "% is not in the file; % is the default of %",
        "文件中没有 %1，采用 %3 的默认值 %2",
    ),
    (
        "the file states no context length; % tokens are assumed",
        "文件未给出上下文长度，按 %1 token 计",
    ),
    (
        "tie_word_embeddings is not in the file; embedding and LM head are counted separately",
        "文件中没有 tie_word_embeddings，embedding 与 LM head 分别计算",
    ),
    ("approximate: %", "近似：%1"),
    ("not counted: %", "未计入：%1"),
    (
        "sliding windows over latent attention are counted as full attention",
        "潜在注意力的滑动窗口按全注意力计算",
    ),
    ("the n-gram embedding", "n-gram 词嵌入"),
    (
        "experts that do nothing are left out; the mean number of real experts per token is used",
        "不计空专家，按每个 token 实际专家数的均值计算",
    ),
    (
        "Mamba-1 layers are described as Mamba-2 layers of the same size and state",
        "Mamba-1 层按同等规模与状态的 Mamba-2 层描述",
    ),
    (
        "short convolutions are described as Mamba-2 layers of the same size",
        "短卷积按同等规模的 Mamba-2 层描述",
    ),
    (
        "experts for pictures (second entries of the lists) are counted as more experts for text of the same weight",
        "图像专家（列表的第二项）按同等规模的文本专家计入",
    ),
    (
        "cross-attention layers (cross_attention_layers) are counted as attention over one picture of % tokens",
        "交叉注意力层（cross_attention_layers）按对一幅 %1 token 图像的注意力计算",
    ),
    (
        "block-sparse attention (blocksparse_…) is counted as full attention",
        "块稀疏注意力（blocksparse_…）按全注意力计算",
    ),
    (
        "attention and Mamba of a layer share one output projection; it is counted twice",
        "同一层的注意力与 Mamba 共用输出投影，此处重复计算",
    ),
    (
        "embeddings by layer (hidden_size_per_layer_input: Gemma 3n and 4 E-series), which engines may keep in host memory",
        "逐层 embedding（hidden_size_per_layer_input：Gemma 3n 与 4 的 E 系列），引擎可将其放在主机内存",
    ),
    (
        "low-rank side paths (laurel_rank, altup_num_inputs)",
        "低秩旁路（laurel_rank、altup_num_inputs）",
    ),
    (
        "the talker that turns answers into speech (talker_config)",
        "把回答转为语音的模块（talker_config）",
    ),
    (
        "tie_word_embeddings is % around the text configuration and % in it; % is used, as transformers does",
        "tie_word_embeddings 在文本配置之外为 %1，之内为 %2；与 transformers 一致，采用 %3",
    ),
    (
        "the quantisation % is not known here, so weights count as not quantised; choose a number format that is as wide",
        "量化方法 %1 未收录，权重按未量化计算；请选择位宽相同的格式",
    ),
    (
        "weights of % bit are counted as % bit, the nearest that is planned with",
        "%1 位权重按最接近的 %2 位计算",
    ),
    (
        "weights of several number formats are counted in the widest of them",
        "权重含多种格式，按其中最宽的计算",
    ),
    (
        "PLaMo's Mamba layers are described as Mamba-2 layers of the same size and state",
        "PLaMo 的 Mamba 层按同等规模与状态的 Mamba-2 层描述",
    ),
    (
        "gated memory units are described as Mamba-2 layers of the same size",
        "门控记忆单元按同等规模的 Mamba-2 层描述",
    ),
    ("vision", "视觉"),
    ("audio", "音频"),
    // Why a kind of model is not planned.
    (
        "it is an encoder and generates no tokens",
        "它是编码器，不生成 token",
    ),
    (
        "encoder-decoder models are not planned",
        "编码器—解码器模型不在规划范围内",
    ),
    (
        "its layers differ one by one (block_configs)",
        "各层互不相同（block_configs）",
    ),
    ("its layers differ one by one", "各层互不相同"),
    (
        "its kind of recurrence is not described here",
        "尚未描述这类循环结构",
    ),
    (
        "its attention layers share their weights",
        "其注意力层共用权重",
    ),
    // Other files of a repository.
    ("a tokenizer file", "分词器文件"),
    (
        "a generation_config.json",
        "生成参数文件 generation_config.json",
    ),
    (
        "the configuration of an adapter (LoRA)",
        "适配器（LoRA）的配置",
    ),
    ("the configuration of a diffusion model", "扩散模型的配置"),
    ("an index of weight files", "权重文件的索引"),
    ("the configuration of a preprocessor", "预处理器的配置"),
    (
        "a quantisation record (hf_quant_config.json)",
        "量化记录（hf_quant_config.json）",
    ),
    // The JSON parser's words.
    ("EOF while parsing %", "内容不完整"),
    ("expected value", "此处应有一个值"),
    ("expected ident", "此处的词无法识别"),
    ("expected %", "此处应为 %1"),
    ("key must be a string", "键须为带引号的文本"),
    ("trailing comma", "多余的逗号"),
    ("trailing characters", "结尾处有多余内容"),
    ("invalid number", "数字格式有误"),
    ("number out of range", "数字过大"),
    (
        "control character % found while parsing a string",
        "文本中含有换行等控制字符",
    ),
    ("invalid escape", "转义有误"),
    ("recursion limit exceeded", "嵌套层数过多"),
    // Kinds of values.
    ("a whole number", "整数"),
    ("a number", "数字"),
    ("a list of texts", "文本列表"),
    ("a list of layer numbers", "层号列表"),
    ("layer numbers separated by commas", "以逗号分隔的层号"),
    ("a list", "列表"),
    ("an object", "对象"),
    ("true or false", "真假值"),
    ("the text %", "文本 %1"),
    ("a text", "文本"),
    ("a model of unknown type", "未知类型的模型"),
    ("% must be %, not %", "%1 须为%2，而不是%3"),
    ("%, %", "%1、%2"),
    ("% or %", "%1 或 %2"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::hf_config::parse;

    fn refused(text: &str) -> [String; 2] {
        let why = parse(text).unwrap_err();
        [Locale::En, Locale::Zh].map(|l| error(l, &why))
    }

    #[test]
    fn errors_and_warnings_are_said_in_both_languages() {
        assert_eq!(
            refused(r#"{"model_type": "bert", "hidden_size": 768}"#),
            [
                "models of type bert are not supported: it is an encoder and generates no tokens",
                "不支持 bert 类型的模型：它是编码器，不生成 token"
            ]
        );
        assert_eq!(
            refused(r#"{"hidden_size": "#)[1],
            "第 1 行第 16 列不是有效的 JSON：内容不完整。请粘贴完整的 config.json"
        );
        assert_eq!(refused("[]")[1], "文件须为 JSON 对象 {…}，而不是列表");
        let lacks = &refused(r#"{"model_type": "llama", "hidden_size": 64}"#)[1];
        assert!(
            lacks.starts_with("llama 的配置缺少 ") && lacks.contains("、"),
            "{lacks}"
        );
        let wide = r#"{"model_type": "llama", "hidden_size": "many", "num_hidden_layers": 2}"#;
        assert_eq!(
            refused(wide)[1],
            "hidden_size 须为整数，而不是文本 \"many\""
        );
    }

    /// A text in a source that begins where `rest` does.
    fn literal(rest: &str) -> Option<&str> {
        let inside = rest.trim_start().strip_prefix('"')?;
        let mut before = ' ';
        let end = inside.find(|c| {
            let ends = c == '"' && before != '\\';
            before = c;
            ends
        });
        inside.get(..end?)
    }

    /// The sentences of the importer's source: all that it may say.
    fn said(source: &str) -> Vec<&str> {
        // With what a sentence begins there; "" = any text is one.
        let marks: [(&str, &[&str]); 8] = [
            ("#[error(", &[""]),
            ("Inconsistent(format!(", &[""]),
            ("Approximate(", &[""]),
            ("NotCounted(", &[""]),
            ("reason: ", &[""]),
            ("expected: ", &[""]),
            ("Some(", &["it ", "its ", "encoder-"]),
            ("=> ", &["a ", "an ", "the "]),
        ];
        let mut out = Vec::new();
        for (mark, begins) in marks {
            for (at, _) in source.match_indices(mark) {
                let text = literal(&source[at + mark.len()..]).unwrap_or_default();
                let is_sentence = begins.iter().any(|b| text.starts_with(b));
                if is_sentence && !text.is_empty() && text != "{0}" {
                    out.push(text);
                }
            }
        }
        out
    }

    /// A message with something in place of what it is made with.
    fn example(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            if let Some(after) = rest[at..].strip_prefix("{{") {
                let end = after.find("}}").unwrap_or(0);
                out.push_str(&["{", &after[..end], "}"].concat());
                rest = &after[end + 2..];
            } else {
                out.push('7');
                rest = rest[at..].split_once('}').map_or("", |(_, rest)| rest);
            }
        }
        out + rest
    }

    #[test]
    fn nothing_that_the_importer_says_is_without_chinese() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalogue/hf_config");
        let mut seen = 0;
        let mut missing = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.to_string_lossy().contains("tests") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let source = source
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            for text in said(source) {
                let zh = in_language(Locale::Zh, &example(text), PHRASES);
                if !zh.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)) {
                    missing.push(text.to_owned());
                }
                seen += 1;
            }
        }
        assert!(
            missing.is_empty(),
            "no Chinese for {missing:#?}: add them to PHRASES in src/wording/config.rs"
        );
        assert!(seen > 40, "{seen}");
    }
}
