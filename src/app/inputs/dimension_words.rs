//! The names of a model's dimensions, by the kind of layer group and the key in links.

use token_factory::scenario::dimensions::Of;

use crate::texts::Text;

/// The name of a group.
pub fn title_of(of: Of, kind: &str) -> Text {
    match (of, kind) {
        (Of::Whole, _) => whole,
        (_, "gqa") => group_gqa,
        (_, "mla") => group_mla,
        (_, "vf") => group_v4,
        (_, "gdn") => group_gdn,
        (_, "kda") => group_kda,
        (_, "ssm") => group_ssm,
        (_, "lightning") => group_lightning,
        (_, "mfa") => group_mfa,
        (_, "moe") => group_moe,
        (Of::FeedForward, _) => group_dense,
        (Of::Attention, _) => group_other,
    }
}

/// The name of a dimension.
pub fn label(of: Of, kind: &str, key: &str) -> Text {
    match (of, kind, key) {
        (Of::Whole, _, "h") => hidden,
        (Of::Whole, _, "v") => vocabulary,
        (Of::Whole, _, "mtp") => draft_layers,
        (Of::Whole, _, "hc") => hyper_connections,
        (Of::Whole, _, "pos") => positions,
        (Of::Whole, _, "c") => context,
        (Of::Whole, _, "ew") => vocabulary_width,
        (Of::Whole, _, _) => layers,
        (_, "moe", "e") => experts,
        (_, "moe", "k") => top_k,
        (_, "moe", "f") => expert_inner,
        (_, "moe", "s") => shared_experts,
        (_, "moe", "sf") => shared_inner,
        (_, "moe", "hash") => hash_layers,
        (_, "moe", "lat") => latent,
        (_, "dense", "f") => inner,
        (_, "gdn", "k") => key_heads,
        (_, "gdn", "v") => value_heads,
        (_, "gdn", "kd") => key_width,
        (_, "kda" | "ssm" | "lightning", "q") => heads,
        (_, "ssm", "g") => state_groups,
        (_, "ssm", "s") => state,
        (_, _, "q") => query_heads,
        (_, _, "kv") => kv_heads,
        (_, _, "d") => head_width,
        (_, _, "vd") => value_width,
        (_, _, "w") => window,
        (_, _, "chunk") => chunk,
        (_, _, "qr") => query_rank,
        (_, _, "kr") => kv_rank,
        (_, _, "nope") => nope,
        (_, _, "rope") => rope,
        (_, _, "conv") => convolution,
        (_, _, "cr") => compression,
        (_, _, "g") => output_groups,
        (_, _, "or") => output_rank,
        (_, _, "ih") => index_heads,
        (_, _, "id") => index_width,
        (_, _, "ik") => index_tokens,
        (_, _, "ib") => index_block,
        // The first key of a group is its kind.
        _ => layers,
    }
}

/// Its usual name in a `config.json`; "" where there is none that families share.
pub fn config_key(kind: &str, key: &str) -> &'static str {
    match (kind, key) {
        ("", "h") => "hidden_size",
        ("", "v") => "vocab_size",
        ("", "l") => "num_hidden_layers",
        ("", "mtp") => "num_nextn_predict_layers",
        ("", "c") => "max_position_embeddings",
        ("", "ew") => "word_embed_proj_dim",
        ("moe", "e") => "num_experts, n_routed_experts",
        ("moe", "k") => "num_experts_per_tok",
        ("moe", "f") => "moe_intermediate_size",
        ("moe", "s") => "n_shared_experts",
        ("dense", "f") => "intermediate_size",
        ("gdn", "k") => "linear_num_key_heads",
        ("gdn", "v") => "linear_num_value_heads",
        ("gdn", "kd") => "linear_key_head_dim",
        ("gdn", "vd") => "linear_value_head_dim",
        ("gdn", "conv") => "linear_conv_kernel_dim",
        ("ssm", "q") => "mamba_num_heads",
        ("ssm", "d") => "mamba_head_dim",
        ("ssm", "s") => "ssm_state_size",
        ("gqa" | "mla" | "vf" | "mfa", "q") => "num_attention_heads",
        ("gqa" | "vf", "kv") => "num_key_value_heads",
        ("gqa" | "vf", "d") => "head_dim",
        ("gqa" | "vf", "w") => "sliding_window",
        ("gqa", "chunk") => "attention_chunk_size",
        ("mla" | "vf", "qr") => "q_lora_rank",
        ("mla", "kr") => "kv_lora_rank",
        ("mla", "nope") => "qk_nope_head_dim",
        ("mla" | "vf", "rope") => "qk_rope_head_dim",
        ("mla", "vd") => "v_head_dim",
        (_, "ih") => "index_n_heads",
        (_, "id") => "index_head_dim",
        (_, "ik") => "index_topk",
        _ => "",
    }
}

crate::texts! {
    whole = "Model", "整体";
    group_gqa = "Attention (grouped heads, GQA)", "注意力（分组头 GQA）";
    group_mla = "Attention (latent, MLA)", "注意力（潜在 MLA）";
    group_v4 = "Attention (compressed, CSA/HCA)", "注意力（压缩 CSA/HCA）";
    group_gdn = "Linear attention (Gated DeltaNet)", "线性注意力（Gated DeltaNet）";
    group_kda = "Linear attention (KDA)", "线性注意力（KDA）";
    group_ssm = "State space (Mamba-2)", "状态空间（Mamba-2）";
    group_lightning = "Linear attention (Lightning)", "线性注意力（Lightning）";
    group_mfa = "Attention (factorised, MFA)", "注意力（分解 MFA）";
    group_other = "Attention", "注意力";
    group_dense = "Feed-forward (dense)", "前馈（稠密）";
    group_moe = "Feed-forward (experts, MoE)", "前馈（专家 MoE）";
    layers = "Layers", "层数";
    hidden = "Hidden width", "隐藏维度";
    vocabulary = "Vocabulary", "词表大小";
    vocabulary_width = "Width of the vocabulary matrix, 0 = hidden size", "词表矩阵宽度（0 = 隐藏维度）";
    draft_layers = "Draft layers (MTP)", "草稿层（MTP）";
    hyper_connections = "Hyper-connections", "超连接数";
    positions = "Learned positions", "可学习位置数";
    context = "Longest context", "最长上下文";
    experts = "Experts", "专家数";
    top_k = "Experts per token", "每 token 专家数";
    expert_inner = "Inner width of an expert", "单个专家内部宽度";
    shared_experts = "Shared experts", "共享专家数";
    shared_inner = "Inner width of all shared experts", "共享专家内部总宽度";
    hash_layers = "Layers routed by hash", "哈希路由层数";
    latent = "Latent width of experts", "专家潜在宽度";
    inner = "Inner width", "内部宽度";
    heads = "Heads", "头数";
    query_heads = "Query heads", "Query 头数";
    kv_heads = "KV heads", "KV 头数";
    key_heads = "Key heads", "Key 头数";
    value_heads = "Value heads", "Value 头数";
    head_width = "Width of a head", "每头宽度";
    key_width = "Width of a key head", "Key 头宽度";
    value_width = "Width of a value head", "Value 头宽度";
    window = "Sliding window, tokens", "滑动窗口（token）";
    chunk = "Chunk of local attention, tokens", "局部注意力分块（token）";
    query_rank = "Rank of the query", "Query 的秩";
    kv_rank = "Rank of the cached latent", "缓存潜在向量的秩";
    nope = "Width of a head without rotary part", "每头非旋转部分宽度";
    rope = "Width of the rotary part", "旋转部分宽度";
    convolution = "Width of the convolution", "卷积宽度";
    compression = "Tokens per compressed entry", "每个压缩条目的 token 数";
    output_groups = "Groups of the output", "输出分组数";
    output_rank = "Rank of an output group", "输出分组的秩";
    state_groups = "Groups of the state (B, C)", "状态分组数（B、C）";
    state = "Width of the state", "状态宽度";
    index_heads = "Heads of the sparse index", "稀疏索引头数";
    index_width = "Width of an index head", "索引头宽度";
    index_tokens = "Entries the index selects", "索引选取的条目数";
    index_block = "Tokens of an index block", "索引块的 token 数";
}
